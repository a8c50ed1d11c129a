//! Compares the keeper's decisions with what the chain shows: who was faster, and what the keeper missed. In shadow
//! mode the keeper sends nothing, so all liquidations are by others.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Liquidations on chain after this keeper's decision, and the sum of the slots between.
    pub ahead: u64,
    pub slots_ahead: u64,
    /// Liquidations that this keeper decided in the same slot or later.
    pub late: u64,
    /// Liquidations without a decision.
    pub missed: u64,
    /// Decisions without a liquidation: the obligation recovered, or the decision was wrong.
    pub idle: u64,
    /// The first decision about each obligation that has not been liquidated yet.
    decided: BTreeMap<Address, u64>,
}

impl Score {
    /// A decision is idle after ten minutes.
    const PATIENCE_SLOTS: u64 = 1_500;

    /// Records a decision to liquidate.
    pub fn decide(&mut self, obligation: &Address, slot: u64) {
        self.decided.entry(*obligation).or_insert(slot);
    }

    /// Records a liquidation that the chain shows in `slot`.
    pub fn see(&mut self, obligation: &Address, slot: u64) {
        match self.decided.remove(obligation) {
            None => self.missed += 1,
            Some(decided) if decided < slot => {
                self.ahead += 1;
                self.slots_ahead += slot - decided;
            }
            Some(_) => self.late += 1,
        }
    }

    /// Counts old decisions as idle.
    pub fn sweep(&mut self, now: u64) {
        let before = self.decided.len();
        self.decided.retain(|_, decided| now < decided.saturating_add(Self::PATIENCE_SLOTS));
        self.idle += (before - self.decided.len()) as u64;
    }
}
