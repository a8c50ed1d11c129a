//! What reaches the keeper, and what it wants done. Between the two stands [`crate::engine`], which knows no clock, no socket and no
//! dice: the same events in the same order lead to the same actions, to the byte, so a recording is a replay.

use serde::{Deserialize, Serialize};

use crate::market::Address;
use crate::target::Outcome;

/// In the order in which they arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// An account as a source saw it: the program's, an oracle's, the clock, or one of the keeper's own.
    Account(Account),
    /// What became of a slot.
    Slot(u64, Fate),
    /// The newest blockhash, valid for transactions sent from now on, and the last block height at which one with it may land.
    Blockhash { hash: [u8; 32], slot: u64, last_valid_height: u64 },
    /// Fees paid lately for what the keeper writes: the price per compute unit that the chosen quantile of landed transactions paid.
    Fee { micro_lamports_per_unit: u64 },
    /// What bundlers were tipped lately: the median of those that landed.
    Tip { lamports: u64 },
    /// How to sell one token for another; replaces what was known of the pair.
    Route(Route),
    /// Sent before this keeper was started, by one that was killed: from the journal, before anything else.
    Resumed(Attempt),
    /// A sink, or the chain, says what became of a transaction.
    Outcome { obligation: Address, attempt: u64, outcome: Outcome },
    /// The source is gone: what is known may be old. Nothing is sent until [`Event::Loaded`].
    Lost,
    /// A source begins to deliver everything there is as of at least this slot ...
    Loading { slot: u64 },
    /// ... and has. An account that was known before and has not come since the loading began is closed.
    Loaded,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub address: Address,
    pub slot: u64,
    /// `u64::MAX` where the account was read as of the end of the slot.
    pub write_version: u64,
    pub owner: Address,
    /// Empty where the account has been closed.
    pub data: Vec<u8>,
}

/// What a swap quotes, for any amount: the engine writes the amounts into the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The mints.
    pub sold: Address,
    pub bought: Address,
    /// `bought_atoms` for `sold_atoms`, after all costs of the swap. What is sold at once is at most `sold_atoms`.
    pub sold_atoms: u64,
    pub bought_atoms: u64,
    /// The keeper signs; source and destination are its associated token accounts.
    pub program: Address,
    pub accounts: Vec<RouteAccount>,
    pub data: Vec<u8>,
    /// Where in the data the amount to sell stands, u64 little-endian, and the least to be bought, where the program takes one.
    pub sold_at: u32,
    pub bought_at: Option<u32>,
    /// Lookup tables that the accounts are in: address and content.
    pub tables: Vec<(Address, Vec<Address>)>,
    /// Compute units that it uses at most.
    pub units: u32,
    /// Of the market, at which this was quoted.
    pub slot: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteAccount {
    pub address: Address,
    pub is_signer: bool,
    pub is_writable: bool,
}

/// What the journal keeps of a [`Send`] before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub target: Address,
    pub attempt: u64,
    pub kind: Kind,
    /// At which it was sent.
    pub slot: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// The newest that anybody has seen.
    Processed,
    /// Final, and everything up to it has been delivered.
    Rooted,
    /// A fork that died: what it wrote has never been.
    Dead,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// A signed transaction, to all sinks at once: with one blockhash it lands once.
    Send(Send),
    /// Somebody wants to know.
    Tell(Notice),
    /// What is known cannot be mended by updates: deliver everything again.
    Reload,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// The target: an obligation, or the reserve that is refreshed.
    pub target: Address,
    pub attempt: u64,
    pub kind: Kind,
    /// The newest that the engine knew of.
    pub slot: u64,
    /// The wire format; its first signature is bytes 1 to 64.
    pub transaction: Vec<u8>,
    /// No block above this one can contain it.
    pub last_valid_height: u64,
    /// Paid to whoever bundles it, zero without a bundle.
    pub tip_lamports: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    Liquidate,
    Flag,
    Refresh,
}

impl Send {
    /// For the journal.
    pub fn attempt(&self) -> Attempt {
        let Self { target, attempt, kind, slot, .. } = *self;
        Attempt { target, attempt, kind, slot }
    }
}

/// For the borrower, or for whoever runs the keeper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Of the market, at which this became true.
    pub slot: u64,
    pub obligation: Address,
    pub owner: Address,
    pub line: Line,
    /// Basis points, rounded down.
    pub health_bps: u64,
}

/// Which line an obligation has crossed, downwards unless it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Line {
    /// Above its warning line again.
    Recovered,
    /// The owner's warning line, or one that a subscriber chose.
    Warning,
    /// Below a health of 1: the cure window begins with the flag.
    Call,
    /// Somebody may liquidate it now.
    Liquidatable,
    /// It has been liquidated.
    Liquidated,
}
