//! What the planner may spend and what it must earn.

use std::collections::BTreeMap;

use ballast_core::positions::Positions;
use ballast_core::units::{Atoms, Bps};

use crate::compute::CostFactors;
use crate::pair::ReservePair;
use crate::store::Store;

/// What the keeper has and wants. Values in units of 2^-40 USD; arrays by the reserve's listing number.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The most that one liquidation may repay, premium included.
    pub budgets: [Atoms; Store::RESERVES],
    /// What earlier liquidations of this step take of a reserve's cash.
    pub taken: [Atoms; Store::RESERVES],
    /// The reserves whose token the keeper has an account for, as bits.
    pub accounts: u64,
    /// The positions of the keeper's obligation that takes seized shares where a reserve cannot pay tokens out.
    pub taker: Option<Positions>,
    /// The sales that allow a flash loan.
    pub sales: BTreeMap<ReservePair, SaleQuote>,
    /// What it costs to sell a token, in basis points of its value.
    pub sale_costs: [Bps; Store::RESERVES],
    /// The cost of one transaction, tip included.
    pub transaction_cost: i128,
    /// The keeper leaves a liquidation that earns less to others; the exception is [`Policy::least`].
    pub least_profit: i128,
    /// How far the seizure may fall below the plan, because prices move until the transaction lands.
    pub tolerance: Bps,
}

/// A swap pays `bought` for `sold`, and a proportional amount for each part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleQuote {
    pub sold: Atoms,
    pub bought: Atoms,
}

impl SaleQuote {
    /// Returns what a part of the sale pays.
    pub fn bought_floor(&self, sold: Atoms) -> Atoms {
        let bought = u128::from(self.bought.0) * u128::from(sold.0) / u128::from(self.sold.0.max(1));
        Atoms(u64::try_from(bought).unwrap_or(u64::MAX))
    }
}

impl Policy {
    /// Returns the policy of a liquidator with every token account, unlimited funds and no costs, who accepts any loss.
    pub fn unlimited() -> Self {
        Self {
            budgets: [Atoms(u64::MAX); Store::RESERVES],
            taken: [Atoms(0); Store::RESERVES],
            accounts: u64::MAX,
            taker: None,
            sales: BTreeMap::new(),
            sale_costs: [Bps(0); Store::RESERVES],
            transaction_cost: 0,
            least_profit: i128::MIN,
            tolerance: Bps(0),
        }
    }

    /// Returns the least profit of a liquidation. One that takes the last collateral of a bad debt books the loss, and
    /// the keeper does that for nothing: a loss that nobody books grows.
    pub fn least(&self, factors: &CostFactors) -> i128 {
        if factors.writes_off { self.least_profit.min(0) } else { self.least_profit }
    }
}
