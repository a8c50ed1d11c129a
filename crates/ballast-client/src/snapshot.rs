//! Reads a whole market: all that is needed to build instructions and to compute what they would do.
//!
//! ```no_run
//! # #[cfg(feature = "rpc")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ballast_client::Snapshot;
//! use ballast_core::price::PriceUse;
//! use solana_rpc_client::rpc_client::RpcClient;
//!
//! let node = RpcClient::new("http://127.0.0.1:8899");
//! let market = Snapshot::read(&node, &"BaLLast1111111111111111111111111111111111111".parse()?)?;
//! for obligation in market.obligations(&node)? {
//!     let totals = market.totals(&obligation.state.positions, PriceUse::Liquidation);
//!     println!("{}: {:?}", obligation.address, totals.map(|totals| totals.maintenance.factor_bps_floor()));
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rpc"))]
//! # fn main() {}
//! ```

use crate::accounts::{self, Found, Moment, ProgramAccount, Undecodable};
use crate::addresses::CLOCK;
use crate::chain::{BATCH, Chain, Filter};
use crate::instructions::{Asset, ObligationAccounts, UnknownReserve};
use crate::refusal::TransactionRefusal;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::state::{Change, Config, Obligation, Reserve};
use ballast_core::health::Totals;
use ballast_core::pool::ReserveId;
use ballast_core::positions::Positions;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use solana_account::Account;
use std::collections::BTreeMap;
use std::mem::offset_of;

#[derive(Clone)]
pub struct Snapshot {
    pub moment: Moment,
    pub config: Found<Config>,
    /// In the order of listing.
    pub reserves: Vec<PricedReserve>,
}

/// A reserve and its price.
#[derive(Clone)]
pub struct PricedReserve {
    pub reserve: Found<Reserve>,
    /// An error if the price account cannot be read. The rest of the market can be read without it.
    pub price: Result<RawPrice, Undecodable>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError<E: std::error::Error> {
    #[error("the node did not answer: {0}")]
    Chain(E),
    #[error("{address}: {reason}")]
    Account { address: Address, reason: Undecodable },
}

/// Why the value of a position is unknown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unvalued {
    #[error(transparent)]
    Unknown(#[from] UnknownReserve),
    #[error("reserve {reserve}: {reason}")]
    Price { reserve: Address, reason: Undecodable },
    #[error("reserve {reserve}: {sentence}")]
    Refused { reserve: Address, refusal: ballast_core::Refusal, sentence: String },
}

impl Unvalued {
    /// Returns the reason without the reserve's address.
    pub fn reason(&self) -> String {
        match self {
            Self::Unknown(unknown) => unknown.to_string(),
            Self::Price { reason, .. } => reason.to_string(),
            Self::Refused { sentence, .. } => sentence.clone(),
        }
    }
}

impl Snapshot {
    /// Reads all reserves of a market with their prices. Of a market with at most 48 assets, all of it is of one slot.
    pub fn read<C: Chain>(chain: &C, config: &Address) -> Result<Self, ReadError<C::Error>> {
        let found = of_market::<Reserve, C>(chain, offset_of!(Reserve, config), config)?;
        let of_reserves = found.iter().flat_map(|reserve| [reserve.address, reserve.state.source.account]);
        let addresses: Vec<_> = [CLOCK, *config].into_iter().chain(of_reserves).collect();
        let mut accounts = BTreeMap::new();
        for batch in addresses.chunks(BATCH) {
            accounts.extend(batch.iter().zip(chain.accounts(batch).map_err(ReadError::Chain)?));
        }
        let read =
            |address: &Address| Read { address: *address, account: accounts.get(address).and_then(Option::as_ref) };
        // The reserves are read again, in one slot with their prices.
        let listed = found.iter().map(|found| {
            let reserve = read(&found.address).found::<Reserve, C::Error>()?;
            Ok(PricedReserve { price: read(&reserve.state.source.account).price(&reserve.state), reserve })
        });
        let mut reserves = listed.collect::<Result<Vec<_>, _>>()?;
        reserves.sort_by_key(|listed| listed.reserve.state.pool.listing_number);
        let moment = read(&CLOCK).decoded(accounts::decode_clock)?;
        Ok(Self { moment, config: read(config).found()?, reserves })
    }

    /// Reads all obligations of the market, in no particular order.
    pub fn obligations<C: Chain>(&self, chain: &C) -> Result<Vec<Found<Obligation>>, ReadError<C::Error>> {
        of_market(chain, offset_of!(Obligation, config), &self.config.address)
    }

    /// Reads an obligation, and refuses one of another market.
    pub fn obligation<C: Chain>(&self, chain: &C, address: &Address) -> Result<Found<Obligation>, ReadError<C::Error>> {
        let accounts = chain.accounts(&[*address]).map_err(ReadError::Chain)?;
        let read = Read { address: *address, account: accounts.first().and_then(Option::as_ref) };
        let found: Found<Obligation> = read.found()?;
        let foreign = ReadError::Account { address: *address, reason: Undecodable::Market };
        if found.state.config == self.config.address { Ok(found) } else { Err(foreign) }
    }

    /// Reads the queued changes.
    pub fn changes<C: Chain>(&self, chain: &C) -> Result<Vec<Found<Change>>, ReadError<C::Error>> {
        of_market(chain, offset_of!(Change, config), &self.config.address)
    }

    /// Finds the reserve of a position.
    pub fn listed(&self, id: &ReserveId) -> Option<&PricedReserve> {
        self.reserves.iter().find(|listed| listed.reserve.state.pool.id == *id)
    }

    /// Returns the accounts that instructions on this obligation take.
    pub fn obligation_accounts(&self, obligation: &Found<Obligation>) -> Result<ObligationAccounts, UnknownReserve> {
        ObligationAccounts::new(obligation.address, &obligation.state.positions, |reserve| {
            self.listed(&ReserveId { bytes: reserve.to_bytes() }).map(|listed| listed.reserve.state.source.account)
        })
    }

    /// Sums all positions as the program does at this moment.
    pub fn totals(&self, positions: &Positions, usage: PriceUse) -> Result<Totals, Unvalued> {
        let mut totals = Totals::default();
        for position in positions.as_slice() {
            let unknown = UnknownReserve(position.reserve.bytes.into());
            let listed = self.listed(&position.reserve).ok_or(unknown)?;
            let quote = listed.quote(usage, self.moment.unix_timestamp)?;
            totals.add(position.holding(), &quote).map_err(|refusal| listed.refused(refusal))?;
        }
        Ok(totals)
    }
}

impl PricedReserve {
    /// Returns the addresses that instructions on this reserve take.
    pub fn asset(&self) -> Asset {
        Asset::of(&self.reserve)
    }

    /// Prices the reserve's shares.
    pub fn quote(&self, usage: PriceUse, now: i64) -> Result<Quote, Unvalued> {
        let unread = |reason: &Undecodable| Unvalued::Price { reserve: self.reserve.address, reason: reason.clone() };
        let pool = &self.reserve.state.pool;
        let price = match &self.price {
            // As in the program, the mark stands in for an account without a price.
            Err(_) if usage == PriceUse::Maintenance => pool.marked_price(),
            price => *price.as_ref().map_err(unread)?,
        };
        Quote::new(pool, &price, usage, now).map_err(|refusal| self.refused(refusal))
    }

    fn refused(&self, refusal: ballast_core::Refusal) -> Unvalued {
        let sentence = TransactionRefusal::from(BallastError::from(refusal)).sentence;
        Unvalued::Refused { reserve: self.reserve.address, refusal, sentence }
    }
}

/// Reads the accounts of a kind that have the market's address at the offset `field`.
fn of_market<T: ProgramAccount, C: Chain>(
    chain: &C,
    field: usize,
    config: &Address,
) -> Result<Vec<Found<T>>, ReadError<C::Error>> {
    let accounts = chain.program_accounts(&Filter::new::<T>(field, *config)).map_err(ReadError::Chain)?;
    accounts.iter().map(|(address, account)| Read { address: *address, account: Some(account) }.found()).collect()
}

/// The account at an address, if there is one.
struct Read<'a> {
    address: Address,
    account: Option<&'a Account>,
}

impl Read<'_> {
    fn decoded<T, E: std::error::Error>(
        &self,
        decode: impl FnOnce(&Account) -> Result<T, Undecodable>,
    ) -> Result<T, ReadError<E>> {
        let state = self.account.ok_or(Undecodable::Missing).and_then(decode);
        state.map_err(|reason| ReadError::Account { address: self.address, reason })
    }

    fn found<T: ProgramAccount, E: std::error::Error>(&self) -> Result<Found<T>, ReadError<E>> {
        Ok(Found { address: self.address, state: self.decoded(accounts::decode)? })
    }

    fn price(&self, reserve: &Reserve) -> Result<RawPrice, Undecodable> {
        self.account.ok_or(Undecodable::Missing).and_then(|account| accounts::decode_price(account, &reserve.source))
    }
}
