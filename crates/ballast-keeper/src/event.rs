//! What reaches the keeper, and what it wants done. Between the two stands [`crate::engine`], which has no clock, no
//! socket and no random numbers: the same events in the same order lead to the same actions, byte for byte, so a
//! recording can be replayed.

use anchor_lang::prelude::Address;
use serde::{Deserialize, Serialize};
use solana_account::ReadableAccount;

use crate::target::Outcome;

/// What a source, a node, a router or a sink reports, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeeperEvent {
    /// An account as a source saw it: the program's, an oracle's, the clock, or one of the keeper's own.
    Account(ObservedAccount),
    /// The state of a slot.
    Slot(u64, Fate),
    /// The newest blockhash, valid for transactions sent from now on, and the last block height at which one with it
    /// may land.
    Blockhash { hash: [u8; 32], slot: u64, last_valid_height: u64 },
    /// Recent fees for the accounts that the keeper writes: the chosen quantile of the price per compute unit of landed
    /// transactions.
    Fee { micro_lamports_per_unit: u64 },
    /// The median of recent tips to bundlers that landed.
    Tip { lamports: u64 },
    /// How to sell one token for another. It replaces the earlier route of the pair.
    Route(Route),
    /// An attempt of an earlier keeper that was killed. It comes from the journal, before anything else.
    Resumed(Attempt),
    /// How a transaction ended, reported by a sink or by the chain.
    Outcome { obligation: Address, attempt: u64, outcome: Outcome },
    /// The source is lost, so the accounts may be old. The engine sends nothing until [`KeeperEvent::Loaded`].
    Lost,
    /// A source begins to deliver all accounts as of at least this slot ...
    Loading { slot: u64 },
    /// ... and has delivered them. A known account that has not come since the load began is closed.
    Loaded,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedAccount {
    pub address: Address,
    pub slot: u64,
    /// `u64::MAX` for an account read as of the end of the slot.
    pub write_version: u64,
    pub owner: Address,
    /// Empty if the account has been closed.
    pub data: Vec<u8>,
}

/// Lets the client decode the account without a copy. Decoding reads no lamports and no rent.
impl ReadableAccount for ObservedAccount {
    fn lamports(&self) -> u64 {
        0
    }
    fn data(&self) -> &[u8] {
        &self.data
    }
    fn owner(&self) -> &Address {
        &self.owner
    }
    fn executable(&self) -> bool {
        false
    }
    fn rent_epoch(&self) -> u64 {
        0
    }
}

/// A router's swap for any amount: the engine writes the amounts into the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The mints.
    pub sold: Address,
    pub bought: Address,
    /// The swap pays `bought_atoms` for `sold_atoms`, after all its costs. One sale sells at most `sold_atoms`.
    pub sold_atoms: u64,
    pub bought_atoms: u64,
    /// The keeper signs. Source and destination are its associated token accounts.
    pub program: Address,
    pub accounts: Vec<RouteAccount>,
    pub data: Vec<u8>,
    /// The offset in the data of the amount to sell, a little-endian u64, and that of the least to buy if the program
    /// takes one.
    pub sold_at: u32,
    pub bought_at: Option<u32>,
    /// The lookup tables that hold the accounts: address and content.
    pub tables: Vec<(Address, Vec<Address>)>,
    /// The most compute units that the swap uses.
    pub units: u32,
    /// The market's slot of the quote.
    pub slot: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteAccount {
    pub address: Address,
    pub is_signer: bool,
    pub is_writable: bool,
}

/// What the journal keeps of a [`SignedTransaction`] before the daemon sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub target: Address,
    pub attempt: u64,
    pub kind: TransactionKind,
    /// The slot in which it was sent.
    pub slot: u64,
}

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// The newest slot that any node has seen.
    Processed,
    /// The slot is final, and the source has delivered everything up to it.
    Rooted,
    /// The slot is on a fork that died, so its writes never happened.
    Dead,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeeperAction {
    /// Send a transaction to all sinks at once. It lands once, because it has one blockhash.
    Send(SignedTransaction),
    /// Send a notice to its subscribers.
    Notify(Notice),
    /// Deliver all accounts again: updates cannot correct the engine's view.
    Reload,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTransaction {
    /// The obligation, or the reserve that is refreshed.
    pub target: Address,
    pub attempt: u64,
    pub kind: TransactionKind,
    /// The newest slot that the engine knew of.
    pub slot: u64,
    /// The wire format. Its first signature is bytes 1 to 64.
    pub transaction: Vec<u8>,
    /// The height of the last block that can contain it.
    pub last_valid_height: u64,
    /// What the bundler earns; zero without a bundle.
    pub tip_lamports: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransactionKind {
    Liquidate,
    Flag,
    Refresh,
}

impl TransactionKind {
    /// Returns one word for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liquidate => "liquidate",
            Self::Flag => "flag",
            Self::Refresh => "refresh",
        }
    }
}

impl SignedTransaction {
    /// Returns the journal's entry.
    pub fn attempt(&self) -> Attempt {
        let Self { target, attempt, kind, slot, .. } = *self;
        Attempt { target, attempt, kind, slot }
    }
}

/// A message to the borrower, or to the operator of the keeper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The market's slot in which it became true.
    pub slot: u64,
    pub obligation: Address,
    pub owner: Address,
    pub line: HealthLine,
    /// In basis points, rounded down.
    pub health_bps: u64,
}

/// The line that an obligation has crossed, downward unless the variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HealthLine {
    /// Above its warning line again.
    Recovered,
    /// Below the owner's warning line, or below one that a subscriber chose.
    Warning,
    /// Below a health of 1: the cure window begins with the flag.
    Call,
    /// Anyone may liquidate it now.
    Liquidatable,
    /// It has been liquidated.
    Liquidated,
}
