//! Numbers about an engine, for whoever runs it.

use std::collections::BTreeMap;

/// Counts are since the start, unless they say `now`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineStatus {
    /// The newest slot heard of, the slot of the newest clock, and the root.
    pub slot: u64,
    pub clock_slot: u64,
    pub root: u64,
    /// Whether everything has been delivered, so that something may be sent.
    pub is_loaded: bool,
    /// Of the newest blockhash; 0 without one.
    pub blockhash_slot: u64,
    /// Now.
    pub obligations: usize,
    pub reserves: usize,
    /// Reserves without a price that may be used, now.
    pub unpriced: usize,
    /// Below their lines in the last step, and how many rows were looked at for it.
    pub below: usize,
    pub looked_at: usize,
    pub steps: u64,
    pub accounts: u64,
    /// Accounts that could not be decoded, or are of nobody's interest, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// In the last step, by reason.
    pub skips: BTreeMap<&'static str, usize>,
    /// Sent, by kind.
    pub sent: BTreeMap<&'static str, u64>,
    /// What became of it.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Now, by state.
    pub targets: BTreeMap<&'static str, usize>,
    pub index_builds: u64,
    pub index_refines: u64,
    pub reloads: u64,
    pub notices: u64,
}
