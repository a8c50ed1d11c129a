//! Compute units by instruction.

use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    pub instruction: &'static str,
    pub count: usize,
    pub min: u64,
    pub median: u64,
    pub max: u64,
}

/// In the order in which a loan goes through them.
const ORDER: [&str; 13] = [
    "config_init",
    "reserve_init",
    "change_propose",
    "change_execute",
    "obligation_open",
    "deposit",
    "borrow",
    "refresh",
    "flag",
    "liquidate",
    "repay",
    "withdraw",
    "obligation_close",
];

pub fn costs(spent: &BTreeMap<&'static str, Vec<u64>>) -> Vec<Cost> {
    let mut costs: Vec<_> = spent.iter().filter_map(|(name, units)| cost(name, units)).collect();
    costs.sort_by_key(|cost| ORDER.iter().position(|name| *name == cost.instruction));
    costs
}

fn cost(instruction: &'static str, units: &[u64]) -> Option<Cost> {
    let mut units = units.to_vec();
    units.sort_unstable();
    let (min, max) = (*units.first()?, *units.last()?);
    Some(Cost { instruction, count: units.len(), min, median: units[units.len() / 2], max })
}
