//! When a liquidation pays, and when somebody is there to make it.

use crate::dice::Dice;
use crate::market::{Moment, STEP_SLOTS};
use crate::rules::Offer;

/// Liquidators who compete: the first that earns enough takes an offer.
#[derive(Clone, Copy, Debug)]
pub struct Liquidators {
    /// What they want to earn, as a part of what they pay.
    pub need: f64,
    pub costs: SaleCosts,
    /// How many slots pass until somebody looks at an obligation, on average.
    pub wait_slots: u64,
}

/// What it costs to sell collateral, as a part of its worth.
#[derive(Clone, Copy, Debug)]
pub enum SaleCosts {
    /// The need contains them.
    None,
    /// A fifth of how far the price stands below its average of an hour, 6 % at most.
    OfFall,
}

impl Liquidators {
    pub const fn orderly(need: f64) -> Self {
        Self { need, costs: SaleCosts::None, wait_slots: STEP_SLOTS }
    }

    /// 20 bps on top of the costs, and a minute until somebody looks.
    pub const STRESSED: Self = Self { need: 0.002, costs: SaleCosts::OfFall, wait_slots: 150 };

    /// Whether somebody looks at a borrower in this step. It does not depend on the rules.
    pub fn look(&self, borrower: u64, slot: u64) -> bool {
        Dice::of(&[borrower, slot]).roll() % self.wait_slots < STEP_SLOTS
    }

    /// What an offer earns beyond what liquidators need, in USD at the prices of the market.
    pub fn surplus(&self, offer: &Offer, moment: &Moment) -> f64 {
        let [collateral, debt] = [offer.pair.collateral, offer.pair.debt].map(|asset| &moment.assets[asset]);
        let cost = match self.costs {
            SaleCosts::None => 0.0,
            SaleCosts::OfFall => ((1.0 - collateral.fair / collateral.average) / 5.0).clamp(0.0, 0.06),
        };
        offer.seized * collateral.fair * (1.0 - cost) - offer.repaid * debt.fair * (1.0 + self.need)
    }
}
