//! Whom to tell about, and what he has been told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::event::{Line, Notice};
use crate::market::Address;

/// So many of those who have been told something are looked at in a step, whether they have recovered.
const GLANCES: usize = 1_024;

#[derive(Default)]
pub struct Watch {
    everybody: bool,
    /// Owners and obligations.
    wanted: BTreeSet<Address>,
    /// By obligation. Of those who are watched only: the hot store has no owners.
    owners: HashMap<Address, Address>,
    /// The last line told, by obligation.
    told: BTreeMap<Address, Line>,
    /// The last that was looked at.
    glanced: Option<Address>,
}

impl Watch {
    pub fn new(wanted: BTreeSet<Address>, everybody: bool) -> Self {
        Self { everybody, wanted, ..Self::default() }
    }

    /// An obligation is there, and whose it is.
    pub fn meet(&mut self, obligation: &Address, owner: &Address) {
        if self.everybody || self.wanted.contains(owner) || self.wanted.contains(obligation) {
            self.owners.insert(*obligation, *owner);
        }
    }

    pub fn forget(&mut self, obligation: &Address) {
        self.owners.remove(obligation);
        self.told.remove(obligation);
    }

    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub fn is_watched(&self, obligation: &Address) -> bool {
        self.owners.contains_key(obligation)
    }

    pub fn told(&self, obligation: &Address) -> Option<Line> {
        self.told.get(obligation).copied()
    }

    /// What is to be told about a watched obligation that is now below a line: nothing twice, and nothing of a line above.
    pub fn cross(&mut self, obligation: &Address, line: Line, slot: u64, health_bps: u64) -> Option<Notice> {
        let owner = *self.owners.get(obligation)?;
        if line != Line::Liquidated && self.told(obligation).is_some_and(|told| line <= told) {
            return None;
        }
        match line {
            // Whoever has been liquidated is told of the next call again.
            Line::Liquidated => self.told.insert(*obligation, Line::Warning),
            Line::Recovered => self.told.remove(obligation),
            line => self.told.insert(*obligation, line),
        };
        Some(Notice { slot, obligation: *obligation, owner, line, health_bps })
    }

    /// Health is good again.
    pub fn recover(&mut self, obligation: &Address, slot: u64, health_bps: u64) -> Option<Notice> {
        self.told.remove(obligation)?;
        let owner = *self.owners.get(obligation)?;
        Some(Notice { slot, obligation: *obligation, owner, line: Line::Recovered, health_bps })
    }

    /// The next ones, in turn, who may have recovered.
    pub fn glance(&mut self) -> Vec<Address> {
        let after = self.glanced.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.told.range((after, Bound::Unbounded)).take(GLANCES).map(|(obligation, _)| *obligation);
        let next = next.collect::<Vec<_>>();
        self.glanced = if next.len() == GLANCES { next.last().copied() } else { None };
        next
    }

    /// In order.
    pub fn obligations_of(&self, owner: &Address) -> Vec<Address> {
        let owned = self.owners.iter().filter(|(_, whose)| *whose == owner).map(|(obligation, _)| *obligation);
        let mut owned = owned.collect::<Vec<_>>();
        owned.sort_unstable();
        owned
    }
}
