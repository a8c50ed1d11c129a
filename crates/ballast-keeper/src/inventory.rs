//! What the keeper holds and what of it is promised: to transactions under way, and to liquidations planned before in the same step.

use std::collections::BTreeMap;

use ballast_core::units::Atoms;

use crate::history::Version;
use crate::market::Address;
use crate::target::Targets;

#[derive(Default)]
pub struct Inventory {
    /// By number of the reserve.
    held: BTreeMap<u8, (Version, u64)>,
    /// By target and attempt: the reserve's number and the atoms.
    promised: BTreeMap<(Address, u64), (u8, u64)>,
}

impl Inventory {
    /// The newest version counts; of a fork that has died, until the next write.
    pub fn set(&mut self, number: u8, version: Version, atoms: u64) {
        let held = self.held.entry(number).or_insert((version, atoms));
        if held.0 <= version {
            *held = (version, atoms);
        }
    }

    /// The account of a token is gone.
    pub fn close(&mut self, number: u8) {
        self.held.remove(&number);
    }

    /// The reserves whose token the keeper has an account for, as bits.
    pub fn accounts(&self) -> u64 {
        self.held.keys().fold(0, |bits, number| bits | 1 << number)
    }

    /// What may be spent on a debt.
    pub fn free(&self, number: u8) -> Atoms {
        let held = self.held.get(&number).map_or(0, |(_, atoms)| *atoms);
        let promised = self.promised.values().filter(|promise| promise.0 == number).map(|promise| promise.1);
        Atoms(promised.fold(held, u64::saturating_sub))
    }

    /// For a liquidation that is sent; nothing, where a loan pays.
    pub fn promise(&mut self, target: &Address, attempt: u64, number: u8, atoms: Atoms) {
        self.promised.insert((*target, attempt), (number, atoms.0));
    }

    /// Whether the attempt is a liquidation.
    pub fn is_promised(&self, target: &Address, attempt: u64) -> bool {
        self.promised.contains_key(&(*target, attempt))
    }

    /// Takes back what was promised to transactions that are no longer under way.
    pub fn release(&mut self, targets: &Targets, now: u64) {
        self.promised.retain(|(target, attempt), _| targets.is_under_way(target, *attempt, now));
    }
}
