//! The rules before decision 0011, as commit e634fdc had them, in floating point.
//!
//! The clock ran from the margin call, the cure window included, one basis point a slot. Every price of the obligation
//! had to be young. A pair that would lower health was refused forever, and a deep obligation paid a constant bonus.

use ballast_core::call::Call;

use crate::borrower::{AssetPair, Borrower, Sums};
use crate::market::{Moment, QuotedAsset, TERMS};
use crate::rules::swap::swap;
use crate::rules::{LiquidationRules, Offer};

pub struct Before;

const BASE_BONUS: f64 = 0.001;
const HEALTH_SLOPE: f64 = 0.5;
const SLOT_STEP: f64 = 0.000_1;
const MOST_BONUS: f64 = 0.1;
const DEEP_BONUS: f64 = 0.02;
const HARD_LINE: f64 = 0.97;
/// Five minutes, the longest that the terms allowed.
const CURE_SLOTS: u64 = 750;
const CALL_SLOTS: u64 = 1_500;

impl Before {
    fn slots_since_call(call: &Call, slot: u64) -> Option<u64> {
        let slots = slot.saturating_sub(call.called_at);
        (call.called_at != 0 && slots <= CALL_SLOTS).then_some(slots)
    }

    /// The cure window is over and the average agrees.
    fn is_cured(borrower: &Borrower, moment: &Moment) -> bool {
        Self::slots_since_call(&borrower.call, moment.slot).is_some_and(|slots| slots >= CURE_SLOTS)
            && borrower.sums(moment, |asset| asset.average).health() < 1.0
    }
}

impl LiquidationRules for Before {
    fn name(&self) -> &'static str {
        "before"
    }

    fn believes(&self, asset: &QuotedAsset) -> bool {
        asset.is_alive
    }

    fn flag(&self, borrower: &mut Borrower, moment: &Moment) {
        let is_unhealthy = borrower.sums(moment, |asset| asset.spot).health() < 1.0;
        if is_unhealthy && Self::slots_since_call(&borrower.call, moment.slot).is_none() {
            borrower.call.called_at = moment.slot;
        }
    }

    /// Below the hard line nobody waited.
    fn is_due(&self, borrower: &Borrower, moment: &Moment) -> bool {
        borrower.sums(moment, |asset| asset.spot).health() < HARD_LINE
    }

    fn offer(&self, borrower: &Borrower, moment: &Moment, pair: AssetPair) -> Option<Offer> {
        let sums = borrower.sums(moment, |asset| asset.spot);
        let Sums { collateral, debt, limit } = sums;
        let is_alive = borrower.lines.iter().all(|line| moment.assets[line.asset].is_alive);
        if !is_alive || sums.health() >= 1.0 {
            return None;
        }
        let is_deep = collateral * f64::from(TERMS.deep_line_bps) / 1e4 < debt;
        if !is_deep && sums.health() >= HARD_LINE && !Self::is_cured(borrower, moment) {
            return None;
        }
        let slots = Self::slots_since_call(&borrower.call, moment.slot).unwrap_or(0);
        let by_health = BASE_BONUS + HEALTH_SLOPE * (1.0 - sums.health());
        let dutch = (by_health + SLOT_STEP * slots as f64).min(MOST_BONUS);
        let threshold = moment.assets[pair.collateral].threshold;
        let (solvent, healthy) = (collateral / debt - 1.0, limit / (threshold * debt) - 1.0);
        let owed = borrower.tokens(pair.debt) * moment.assets[pair.debt].spot;
        let (bonus, repay) = if is_deep {
            (dutch.min(solvent.max(0.0)).max(DEEP_BONUS), owed)
        } else if solvent < 0.0 || healthy < 0.0 {
            return None;
        } else {
            let bonus = dutch.min(solvent).min(healthy);
            (bonus, wanted(&sums, threshold, bonus).min(owed))
        };
        let mut offer = swap(borrower, moment, pair, repay, bonus)?;
        let mut after = borrower.clone();
        after.hold(offer.positions);
        if after.sums(moment, |asset| asset.spot).health() >= 1.0 {
            offer.call = Call::default();
        }
        Some(offer)
    }
}

/// The repayment that restores the target health.
fn wanted(sums: &Sums, threshold: f64, bonus: f64) -> f64 {
    let target = f64::from(TERMS.target_health_bps) / 1e4;
    let divisor = target - threshold * (1.0 + bonus);
    if divisor <= 0.0 { f64::MAX } else { (target * sums.debt - sums.limit) / divisor }
}
