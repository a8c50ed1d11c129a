//! Numbers about an engine, for its operator.

use std::collections::BTreeMap;

/// Counts are since the start, unless they say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineStatus {
    /// The newest slot of any event, the slot of the newest clock, and the root.
    pub slot: u64,
    pub clock_slot: u64,
    pub root: u64,
    /// Whether everything has been delivered, so that the engine may send.
    pub is_loaded: bool,
    /// The slot of the newest blockhash; 0 without one.
    pub blockhash_slot: u64,
    /// The current counts.
    pub obligations: usize,
    pub reserves: usize,
    /// Reserves whose price may not be used now.
    pub unpriced: usize,
    /// Rows below their lines in the last step, and candidates for it.
    pub below: usize,
    pub looked_at: usize,
    pub steps: u64,
    pub accounts: u64,
    /// Refused accounts, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Skipped obligations of the last step, by reason.
    pub skips: BTreeMap<&'static str, usize>,
    /// Sent transactions, by kind.
    pub sent: BTreeMap<&'static str, u64>,
    /// How they ended.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// The current targets, by state.
    pub targets: BTreeMap<&'static str, usize>,
    pub index_builds: u64,
    pub index_refines: u64,
    pub reloads: u64,
    pub notices: u64,
}
