//! Decodes accounts: the program's, Pyth's, and the clock.
//!
//! ```
//! use ballast::state::Reserve;
//! use ballast_client::accounts::{Undecodable, decode};
//! use solana_account::Account;
//!
//! let foreign = Account { data: vec![0; 952], ..Account::default() };
//! assert!(matches!(decode::<Reserve>(&foreign), Err(Undecodable::Owner { .. })));
//! ```

use crate::refusal;
use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use ballast::oracle;
use ballast::state::{Change, Config, Obligation, PriceSource, Reserve, VERSION};
use ballast_core::price::RawPrice;
use bytemuck::Pod;
use solana_account::ReadableAccount;

/// Why an account cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    #[error("the account does not exist; it may be closed, or on another cluster")]
    Missing,
    #[error("the account belongs to {owner}, not to {expected}")]
    Owner { owner: Address, expected: Address },
    #[error("the account is not of the kind {expected}")]
    Kind { expected: &'static str },
    #[error("a newer program has written the account (version {0}); update the client")]
    Version(u8),
    #[error("the account belongs to another market")]
    Market,
    /// The sentence of the program's own error.
    #[error("{0}")]
    Price(&'static str),
}

/// A kind of account that the program owns. Every kind begins with a discriminator and a version.
pub trait ProgramAccount: Discriminator + Pod {
    const NAME: &'static str;
    /// The size of the account in bytes, with the discriminator.
    const LEN: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();
}

impl ProgramAccount for Config {
    const NAME: &'static str = "config";
}
impl ProgramAccount for Reserve {
    const NAME: &'static str = "reserve";
}
impl ProgramAccount for Obligation {
    const NAME: &'static str = "obligation";
}
impl ProgramAccount for Change {
    const NAME: &'static str = "change";
}

/// A decoded account and its address.
#[derive(Clone, Copy, Debug)]
pub struct Found<T> {
    pub address: Address,
    pub state: T,
}

/// Decodes one of the program's accounts with the checks that the program makes.
pub fn decode<T: ProgramAccount>(account: &impl ReadableAccount) -> Result<T, Undecodable> {
    check_owner(account, ballast::ID)?;
    let wrong = Undecodable::Kind { expected: T::NAME };
    let Some(body) = account.data().strip_prefix(T::DISCRIMINATOR) else { return Err(wrong) };
    let body = body.get(..size_of::<T>()).ok_or(wrong)?;
    let version = body[0];
    if version != VERSION {
        return Err(Undecodable::Version(version));
    }
    Ok(bytemuck::pod_read_unaligned(body))
}

/// Decodes the price account of a reserve. Core judges the price when it is used.
pub fn decode_price(account: &impl ReadableAccount, source: &PriceSource) -> Result<RawPrice, Undecodable> {
    let refused = |error| Undecodable::Price(refusal::sentence(error).unwrap_or("The price account cannot be read."));
    check_owner(account, oracle::receiver(source.receiver).map_err(refused)?.owner)?;
    oracle::parse(account.data(), &source.feed_id).map_err(refused)
}

/// The chain's slot and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub slot: u64,
    pub unix_timestamp: i64,
}

/// Decodes the clock sysvar, five words of 8 bytes: slot, start of the epoch, epoch, epoch of the leaders, Unix
/// seconds.
pub fn decode_clock(account: &impl ReadableAccount) -> Result<Moment, Undecodable> {
    const SLOT: usize = 0;
    const UNIX_TIMESTAMP: usize = 32;
    let word = |at: usize| account.data().get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    let (Some(slot), Some(time)) = (word(SLOT), word(UNIX_TIMESTAMP)) else {
        return Err(Undecodable::Kind { expected: "clock" });
    };
    Ok(Moment { slot: u64::from_le_bytes(slot), unix_timestamp: i64::from_le_bytes(time) })
}

fn check_owner(account: &impl ReadableAccount, expected: Address) -> Result<(), Undecodable> {
    let owner = *account.owner();
    if owner == expected { Ok(()) } else { Err(Undecodable::Owner { owner, expected }) }
}
