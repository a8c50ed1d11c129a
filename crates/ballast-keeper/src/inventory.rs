//! What the keeper holds, and how much of it is promised to transactions in flight.

use std::collections::BTreeMap;

use ballast_core::units::Atoms;

use crate::target::Targets;
use crate::tracked::Version;
use anchor_lang::prelude::Address;

#[derive(Default)]
pub struct Inventory {
    /// By listing number of the reserve.
    held: BTreeMap<u8, (Version, u64)>,
    /// By target and attempt: the reserve's listing number and the atoms.
    promised: BTreeMap<(Address, u64), (u8, u64)>,
}

impl Inventory {
    /// Records a balance if it is the newest. The balance of a dead fork counts until the next write.
    pub fn set(&mut self, number: u8, version: Version, atoms: u64) {
        let held = self.held.entry(number).or_insert((version, atoms));
        if held.0 <= version {
            *held = (version, atoms);
        }
    }

    /// Records that the account of a token is closed.
    pub fn close(&mut self, number: u8) {
        self.held.remove(&number);
    }

    /// Returns the reserves whose token the keeper has an account for, as bits.
    pub fn accounts(&self) -> u64 {
        self.held.keys().fold(0, |bits, number| bits | 1 << number)
    }

    /// Returns what the keeper may spend on a debt.
    pub fn free(&self, number: u8) -> Atoms {
        let held = self.held.get(&number).map_or(0, |(_, atoms)| *atoms);
        let promised = self.promised.values().filter(|promise| promise.0 == number).map(|promise| promise.1);
        Atoms(promised.fold(held, u64::saturating_sub))
    }

    /// Promises tokens to a liquidation that is sent: zero if a loan pays.
    pub fn promise(&mut self, target: &Address, attempt: u64, number: u8, atoms: Atoms) {
        self.promised.insert((*target, attempt), (number, atoms.0));
    }

    /// Returns whether the attempt is a liquidation.
    pub fn is_promised(&self, target: &Address, attempt: u64) -> bool {
        self.promised.contains_key(&(*target, attempt))
    }

    /// Takes back what was promised to transactions that are no longer in flight.
    pub fn release(&mut self, targets: &Targets, now: u64) {
        self.promised.retain(|(target, attempt), _| targets.is_in_flight(target, *attempt, now));
    }
}
