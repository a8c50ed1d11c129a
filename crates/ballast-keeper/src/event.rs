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
    /// The wire format.
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
