//! Handles updates that arrive late, twice, in any order, and from forks that die.
//!
//! The rule: the current value of an account is that of its greatest [`Version`], by slot and then by write version,
//! among all updates whose slots were not abandoned. The order in which updates, abandonments and roots arrive does not
//! matter. Up to the root nothing changes anymore: an update at or below it is ignored, so a source reports a root
//! only after it has delivered everything up to it.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::Address;

use crate::tracked::{TrackedValue, Version, VersionedValue};

/// The versions above the root, and for each account that has any the one it had at the root.
#[derive(Default)]
pub struct History {
    root: u64,
    abandoned: BTreeSet<u64>,
    /// By version; the first is the one at the root, and there is a second. Accounts are in order, so that a replay
    /// uses the same rows.
    recent: BTreeMap<Address, Vec<VersionedValue>>,
}

impl History {
    /// Returns a history that begins after `root`.
    pub fn new(root: u64) -> Self {
        Self { root, ..Self::default() }
    }

    pub fn root(&self) -> u64 {
        self.root
    }

    /// Takes an update in, and returns whether it is now the newest of its account. `rooted` is the account's state at
    /// the root, used if it has no version above; its slot is at most the root.
    pub fn insert(
        &mut self,
        account: Address,
        version: Version,
        value: &Option<TrackedValue>,
        rooted: VersionedValue,
    ) -> bool {
        if version.slot <= self.root || self.abandoned.contains(&version.slot) {
            return false;
        }
        let states = self.recent.entry(account).or_insert_with(|| vec![rooted]);
        match states.binary_search_by_key(&version, |state| state.0) {
            Ok(_) => false,
            Err(at) => {
                states.insert(at, (version, value.clone()));
                at + 1 == states.len()
            }
        }
    }

    /// Replaces an account's state at the root, and returns whether it has versions above, which stay in force.
    pub fn rebase(&mut self, account: &Address, state: VersionedValue) -> bool {
        let first = self.recent.get_mut(account).and_then(|states| states.first_mut());
        first.map(|first| *first = state).is_some()
    }

    /// Forgets the writes of a slot, also those that arrive later, and returns the states that the accounts have
    /// instead. A slot at or below the root can no longer be abandoned.
    pub fn abandon(&mut self, slot: u64) -> Vec<(Address, VersionedValue)> {
        if slot <= self.root || !self.abandoned.insert(slot) {
            return Vec::new();
        }
        let mut restored = Vec::new();
        self.recent.retain(|account, states| {
            let newest = states.last().map(|state| state.0);
            states.retain(|state| state.0.slot != slot);
            if let Some(state) = states.last().filter(|state| Some(state.0) != newest) {
                restored.push((*account, state.clone()));
            }
            states.len() > 1
        });
        restored
    }

    /// Makes the slots up to `root` final.
    pub fn advance(&mut self, root: u64) {
        self.root = self.root.max(root);
        self.abandoned = self.abandoned.split_off(&self.root.saturating_add(1));
        self.recent.retain(|_, states| {
            let above = states.iter().skip(1).position(|state| state.0.slot > self.root);
            // The last at or below the root is the new first.
            states.drain(..above.unwrap_or(states.len() - 1));
            states.len() > 1
        });
    }

    /// Returns the accounts with versions above the root, as they were at the root.
    pub fn rooted(&self) -> Vec<(Address, VersionedValue)> {
        self.recent.iter().filter_map(|(account, states)| Some((*account, states.first()?.clone()))).collect()
    }

    /// Returns the same accounts as they are now.
    pub fn newest(&self) -> Vec<(Address, VersionedValue)> {
        self.recent.iter().filter_map(|(account, states)| Some((*account, states.last()?.clone()))).collect()
    }
}
