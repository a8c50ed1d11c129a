//! The keeper's decisions against what the chain shows: who was faster, and what was overlooked. Of a keeper in the shadows, which sends
//! nothing, all liquidations are others'.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Liquidated on the chain after this keeper had decided to, and by how many slots in all.
    pub ahead: u64,
    pub slots_ahead: u64,
    /// Decided not before the slot in which it was liquidated.
    pub late: u64,
    /// Liquidated, and never decided.
    pub missed: u64,
    /// Decided, and nobody has liquidated it: it recovered, or the decision was a mistake.
    pub idle: u64,
    /// The first decision about each obligation that has not been liquidated yet.
    decided: BTreeMap<Address, u64>,
}

impl Score {
    /// A decision this old is idle: ten minutes.
    const PATIENCE_SLOTS: u64 = 1_500;

    /// This keeper would liquidate, or does.
    pub fn decide(&mut self, obligation: &Address, slot: u64) {
        self.decided.entry(*obligation).or_insert(slot);
    }

    /// The chain shows, in `slot`, that it has been liquidated.
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

    /// Gives up decisions that nobody has carried out.
    pub fn sweep(&mut self, now: u64) {
        let before = self.decided.len();
        self.decided.retain(|_, decided| now < decided.saturating_add(Self::PATIENCE_SLOTS));
        self.idle += (before - self.decided.len()) as u64;
    }
}
