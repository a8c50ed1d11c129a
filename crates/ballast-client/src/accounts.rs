//! Bytes to state: the program's accounts, Pyth's, and the clock.
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
use solana_account::Account;

/// Why an account is not what it was read as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    #[error("there is no account; it may have been closed, or be of another cluster")]
    Missing,
    #[error("the account is owned by {owner} and not by {expected}")]
    Owner { owner: Address, expected: Address },
    #[error("the account is no {expected}")]
    Kind { expected: &'static str },
    #[error("the account was written by a newer program, version {0}; update the client")]
    Version(u8),
    #[error("the account is of another market")]
    Market,
    /// What the program itself would say of it.
    #[error("{0}")]
    Price(&'static str),
}

/// One of the program's accounts. All begin with a discriminator and a version.
pub trait Kind: Discriminator + Pod {
    const NAME: &'static str;
    /// All bytes of the account.
    const LEN: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();
}

impl Kind for Config {
    const NAME: &'static str = "config";
}
impl Kind for Reserve {
    const NAME: &'static str = "reserve";
}
impl Kind for Obligation {
    const NAME: &'static str = "obligation";
}
impl Kind for Change {
    const NAME: &'static str = "change";
}

/// An account and where it was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<T> {
    pub address: Address,
    pub state: T,
}

/// One of the program's accounts, checked as the program checks it.
pub fn decode<T: Kind>(account: &Account) -> Result<T, Undecodable> {
    check_owner(account, ballast::ID)?;
    let wrong = Undecodable::Kind { expected: T::NAME };
    let Some(body) = account.data.strip_prefix(T::DISCRIMINATOR) else { return Err(wrong) };
    let body = body.get(..size_of::<T>()).ok_or(wrong)?;
    if body[0] != VERSION {
        return Err(Undecodable::Version(body[0]));
    }
    Ok(bytemuck::pod_read_unaligned(body))
}

/// What the price account of a reserve says. Whether it is good enough, core judges when it is used.
pub fn decode_price(account: &Account, source: &PriceSource) -> Result<RawPrice, Undecodable> {
    let refused = |error| Undecodable::Price(refusal::sentence(error).unwrap_or("The price account cannot be read."));
    check_owner(account, oracle::receiver(source.receiver).map_err(refused)?.owner)?;
    oracle::parse(&account.data, &source.feed_id).map_err(refused)
}

/// The chain's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub slot: u64,
    pub unix_timestamp: i64,
}

/// The clock sysvar: slot, start of the epoch, epoch, epoch of the leaders, Unix seconds.
pub fn decode_clock(account: &Account) -> Result<Moment, Undecodable> {
    let word = |at: usize| account.data.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
    let (Some(slot), Some(time)) = (word(0), word(32)) else { return Err(Undecodable::Kind { expected: "clock" }) };
    Ok(Moment { slot: u64::from_le_bytes(slot), unix_timestamp: i64::from_le_bytes(time) })
}

fn check_owner(account: &Account, expected: Address) -> Result<(), Undecodable> {
    if account.owner == expected { Ok(()) } else { Err(Undecodable::Owner { owner: account.owner, expected }) }
}
