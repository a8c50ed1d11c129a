//! How much debt a liquidation repays, and what the liquidator earns. docs/MODEL.md, "Liquidation".

use crate::health::{Health, Totals};
use crate::math::{div_ceil, div_floor, mul_bounded, mul_exact, mul_wide, narrow_saturating};
use crate::quote::Quote;
use crate::terms::LiquidationTerms;
use crate::unit_value::UnitValue;
use crate::units::{Atoms, BPS_ONE, Bps, DebtShares, SupplyShares, Usd};
use crate::{Refusal, Result};

/// A cent. A liquidator gets a collateral of a deep obligation without payment if it is worth less.
const CRUMB: u128 = (1 << Usd::FRACTION_BITS) / 100;

/// A collateral and a debt of one unhealthy obligation, with what their liquidation needs.
pub struct Pair {
    pub collateral: Quote,
    pub collateral_shares: SupplyShares,
    pub debt: Quote,
    pub debt_shares: DebtShares,
    /// The whole debt position, rounded up.
    pub owed: Atoms,
    /// The obligation, both positions included.
    pub totals: Totals,
    /// The health to restore.
    pub target: Bps,
    /// `None` without a margin call.
    pub slots_since_call: Option<u64>,
    pub insurance: Insurance,
}

/// What the debt's reserve sets aside of a bonus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Insurance {
    pub share: Bps,
    /// How much the bucket still takes.
    pub room: Atoms,
}

/// What a liquidation moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub bonus_bps: u64,
    pub repay: Atoms,
    /// The insurance bucket's share of the bonus, paid in addition.
    pub premium: Atoms,
    pub seize: SupplyShares,
}

impl Pair {
    /// The bonus and the largest repayment up to `max_repay` that the obligation's state allows, and the collateral for
    /// it.
    pub fn plan(&self, terms: &LiquidationTerms, max_repay: Atoms) -> Result<Plan> {
        if self.totals.maintenance.covers_debt() {
            return Err(Refusal::ObligationHealthy);
        }
        self.check_turn(terms)?;
        let (atom, share) = (self.debt.spot_atom_floor()?, self.collateral.spot_share_ceil()?);
        if self.totals.is_deep(terms.deep_line()) {
            let bonus_bps = self.deep_bonus_floor(terms)?;
            let affordable = self.insurance.affordable_floor(max_repay, bonus_bps);
            let plan = self.seizure(bonus_bps, self.owed.min(affordable), atom, share)?;
            // A transfer fee can take the whole payment for so little. The liquidator gets it without payment, so that
            // the program can write the loss off.
            if plan.repay.0 == 0 && share.value_ceil(self.collateral_shares.0)?.0 < CRUMB {
                return Ok(Plan { seize: self.collateral_shares, ..plan });
            }
            return Ok(plan);
        }
        let bonus_bps = self.bonus_floor(terms)?;
        let affordable = self.insurance.affordable_floor(max_repay, bonus_bps);
        let repay = self.wanted_ceil(terms, bonus_bps, atom)?.min(affordable).min(self.owed);
        let plan = self.seizure(bonus_bps, repay, atom, share)?;
        self.check_not_toxic(atom.value_floor(plan.repay.0)?, share.value_ceil(plan.seize.0)?)?;
        Ok(plan)
    }

    /// INV-12: above the hard line a liquidation waits until the margin call is old enough and the average price
    /// agrees.
    fn check_turn(&self, terms: &LiquidationTerms) -> Result<()> {
        if self.totals.maintenance.is_below(terms.hard_line().get()) || self.totals.is_deep(terms.deep_line()) {
            return Ok(());
        }
        let cured = u64::from(terms.cure_slots);
        if cured > 0 && self.slots_since_call.is_none_or(|slots| slots < cured) {
            Err(Refusal::CureWindowOpen)
        } else if self.totals.average.covers_debt() {
            Err(Refusal::WickGuarded)
        } else {
            Ok(())
        }
    }

    /// The bonus in basis points, rounded down. A larger one would make health or solvency worse.
    fn bonus_floor(&self, terms: &LiquidationTerms) -> Result<u64> {
        match (self.solvency_cap_floor()?, self.health_cap_floor()?) {
            (Some(solvent), Some(healthy)) => Ok(self.dutch_bonus_floor(terms)?.min(solvent).min(healthy)),
            _ => Err(Refusal::PairLowersHealth),
        }
    }

    /// On a deep obligation the bonus only keeps its collateral solvent, and is at least the deep bonus.
    fn deep_bonus_floor(&self, terms: &LiquidationTerms) -> Result<u64> {
        let solvent = self.solvency_cap_floor()?.unwrap_or(0);
        Ok(self.dutch_bonus_floor(terms)?.min(solvent).max(u64::from(terms.deep_bonus_bps)))
    }

    /// `min(b0 + kh * (1 - health) + kt * slots, b_max)`
    fn dutch_bonus_floor(&self, terms: &LiquidationTerms) -> Result<u64> {
        let Health { limit, debt } = self.totals.maintenance;
        let missing = mul_bounded(debt.0 - limit.0, u64::from(terms.health_slope_bps));
        let by_health = narrow_saturating(div_floor(missing, debt.0)?);
        let by_time = self.slots_since_call.unwrap_or(0).saturating_mul(u64::from(terms.slot_step_bps));
        Ok(by_time.saturating_add(u64::from(terms.base_bonus_bps) + by_health).min(terms.max_bonus().get()))
    }

    /// `C / D - 1`: with a larger bonus, collateral over debt would fall.
    fn solvency_cap_floor(&self) -> Result<Option<u64>> {
        over_par_floor(mul_bounded(self.totals.collateral.0, BPS_ONE), self.totals.debt.0)
    }

    /// `BF * A / (LT * B) - 1`: with a larger bonus, swapping this collateral for this debt would lower the health
    /// factor.
    fn health_cap_floor(&self) -> Result<Option<u64>> {
        if self.collateral.weights.liquidation_threshold.0 == 0 {
            // It has no weight in the health factor, so seizing it cannot lower health.
            return Ok(Some(u64::MAX));
        }
        let Health { limit, debt } = self.totals.maintenance;
        let gain = mul_bounded(limit.0, self.debt.weights.borrow_factor.get());
        let cost = mul_bounded(debt.0, self.collateral.weights.liquidation_threshold.get());
        // Without the last 16 bits (1e-15 USD) the factor of 10,000 fits, and the cap is only tighter.
        over_par_floor(mul_bounded(gain >> 16, BPS_ONE), (cost >> 16) + 1)
    }

    /// The repayment that brings health back to the target: `(h*B - A) / (h*BF - LT*(1 + b))`, rounded up. The whole
    /// debt when no finite amount does or when the rest would be dust.
    fn wanted_ceil(&self, terms: &LiquidationTerms, bonus_bps: u64, atom: UnitValue) -> Result<Atoms> {
        let Health { limit, debt } = self.totals.maintenance;
        let freed = self.target.get() * self.debt.weights.borrow_factor.get();
        let spent = self.collateral.weights.liquidation_threshold.get() * (BPS_ONE + bonus_bps);
        if freed <= spent {
            return Ok(self.owed);
        }
        let missing = mul_bounded(debt.0, self.target.get()) - mul_bounded(limit.0, BPS_ONE);
        let wanted = Usd(div_ceil(missing, u128::from(freed - spent))?);
        let owed = atom.value_floor(self.owed.0)?;
        if owed.0 < wanted.0.saturating_add(terms.dust().0) {
            return Ok(self.owed);
        }
        atom.count_ceil(wanted).map(Atoms)
    }

    /// Takes collateral worth at most the repayment and the bonus. When there is less, takes all of it for a smaller
    /// repayment.
    fn seizure(&self, bonus_bps: u64, repay: Atoms, atom: UnitValue, share: UnitValue) -> Result<Plan> {
        let with_bonus = BPS_ONE + bonus_bps;
        let budget = Usd(mul_bounded(atom.value_floor(repay.0)?.0, with_bonus) / u128::from(BPS_ONE));
        let worth = share.value_ceil(self.collateral_shares.0)?;
        if budget < worth {
            let seize = SupplyShares(share.count_floor(budget)?);
            return Ok(Plan { bonus_bps, repay, premium: self.insurance.premium_floor(repay, bonus_bps), seize });
        }
        let price = Usd(div_ceil(mul_bounded(worth.0, BPS_ONE), u128::from(with_bonus))?);
        let repay = Atoms(atom.count_ceil(price)?).min(repay);
        let premium = self.insurance.premium_floor(repay, bonus_bps);
        Ok(Plan { bonus_bps, repay, premium, seize: self.collateral_shares })
    }

    /// INV-7, as integer products on every call: neither the health factor nor collateral over debt falls.
    fn check_not_toxic(&self, paid: Usd, taken: Usd) -> Result<()> {
        let Health { limit, debt } = self.totals.maintenance;
        let freed = paid.weighted(self.debt.weights.borrow_factor);
        let spent = taken.weighted(self.collateral.weights.liquidation_threshold);
        let health = mul_wide(limit.0, freed.0) >= mul_wide(debt.0, spent.0);
        let solvency = mul_wide(self.totals.collateral.0, paid.0) >= mul_wide(self.totals.debt.0, taken.0);
        if health && solvency { Ok(()) } else { Err(Refusal::InvariantBroken) }
    }
}

impl Insurance {
    /// The bucket's part of a repayment, in units of 1e-8.
    fn rate(&self, bonus_bps: u64) -> u64 {
        if self.room.0 == 0 { 0 } else { self.share.get() * bonus_bps }
    }

    /// The premium on a repayment, rounded down.
    fn premium_floor(&self, repay: Atoms, bonus_bps: u64) -> Atoms {
        let premium = mul_exact(repay.0, self.rate(bonus_bps)) / u128::from(BPS_ONE * BPS_ONE);
        Atoms(narrow_saturating(premium)).min(self.room)
    }

    /// The largest repayment that together with its premium is within `max_repay`. A liquidator who brings exactly what
    /// a plan takes gets that plan.
    fn affordable_floor(&self, max_repay: Atoms, bonus_bps: u64) -> Atoms {
        const ONE: u64 = BPS_ONE * BPS_ONE;
        match self.rate(bonus_bps) {
            0 => max_repay,
            rate => {
                // The premium is rounded down: the total stays below the next atom.
                let below = mul_exact(max_repay.0, ONE) + u128::from(ONE);
                let in_full = narrow_saturating(below.div_ceil(u128::from(ONE + rate)).saturating_sub(1));
                Atoms(in_full).max(max_repay.saturating_sub(self.room))
            }
        }
    }
}

/// `numerator / denominator - 10,000`, rounded down; `None` when that is negative.
fn over_par_floor(numerator: u128, denominator: u128) -> Result<Option<u64>> {
    Ok(narrow_saturating(div_floor(numerator, denominator)?).checked_sub(BPS_ONE))
}
