//! Which obligations are watched, and the last notice about each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use anchor_lang::prelude::Address;

use crate::event::{HealthLine, Notice};

/// A step checks this many of the obligations with a notice for recovery.
const CHECKS: usize = 1_024;

#[derive(Default)]
pub struct WatchList {
    everybody: bool,
    /// Owners and obligations.
    subjects: BTreeSet<Address>,
    /// Owners by obligation, of watched obligations alone: the store has no owners.
    owners: HashMap<Address, Address>,
    /// The line of the last notice, by obligation.
    last_lines: BTreeMap<Address, HealthLine>,
    /// The last obligation that was checked for recovery.
    checked: Option<Address>,
}

impl WatchList {
    pub fn new(subjects: BTreeSet<Address>, everybody: bool) -> Self {
        Self { everybody, subjects, ..Self::default() }
    }

    /// Learns of an obligation and its owner.
    pub fn meet(&mut self, obligation: &Address, owner: &Address) {
        if self.everybody || self.subjects.contains(owner) || self.subjects.contains(obligation) {
            self.owners.insert(*obligation, *owner);
        }
    }

    pub fn forget(&mut self, obligation: &Address) {
        self.owners.remove(obligation);
        self.last_lines.remove(obligation);
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub fn is_watched(&self, obligation: &Address) -> bool {
        self.owners.contains_key(obligation)
    }

    pub fn last_line(&self, obligation: &Address) -> Option<HealthLine> {
        self.last_lines.get(obligation).copied()
    }

    /// Returns the notice that a watched obligation is now below a line, unless there was one about this line or a
    /// lower one.
    pub fn cross(&mut self, obligation: &Address, line: HealthLine, slot: u64, health_bps: u64) -> Option<Notice> {
        let owner = *self.owners.get(obligation)?;
        if line != HealthLine::Liquidated && self.last_line(obligation).is_some_and(|last| line <= last) {
            return None;
        }
        match line {
            // After a liquidation the next call is worth a notice again.
            HealthLine::Liquidated => self.last_lines.insert(*obligation, HealthLine::Warning),
            HealthLine::Recovered => self.last_lines.remove(obligation),
            line => self.last_lines.insert(*obligation, line),
        };
        Some(Notice { slot, obligation: *obligation, owner, line, health_bps })
    }

    /// Returns the notice of recovery, if there was a notice before.
    pub fn recover(&mut self, obligation: &Address, slot: u64, health_bps: u64) -> Option<Notice> {
        self.last_lines.remove(obligation)?;
        let owner = *self.owners.get(obligation)?;
        Some(Notice { slot, obligation: *obligation, owner, line: HealthLine::Recovered, health_bps })
    }

    /// Returns the next obligations, in turn, to check for recovery.
    pub fn next_to_check(&mut self) -> Vec<Address> {
        let after = self.checked.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.last_lines.range((after, Bound::Unbounded)).take(CHECKS).map(|(obligation, _)| *obligation);
        let next = next.collect::<Vec<_>>();
        self.checked = if next.len() == CHECKS { next.last().copied() } else { None };
        next
    }

    /// Returns the watched obligations of an owner, in order.
    pub fn obligations_of(&self, owner: &Address) -> Vec<Address> {
        let owned = self.owners.iter().filter(|(_, known)| *known == owner).map(|(obligation, _)| *obligation);
        let mut owned = owned.collect::<Vec<_>>();
        owned.sort_unstable();
        owned
    }
}
