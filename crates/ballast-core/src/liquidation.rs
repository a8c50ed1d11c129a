//! How much debt a liquidation repays, and what the liquidator earns. docs/MODEL.md, "Liquidation".

use crate::call::{Call, Zone};
use crate::health::{Health, Totals};
use crate::math::{
    Q64, div_ceil, div_floor, mul_bounded, mul_exact, mul_shr_ceil, mul_wide, narrow, narrow_saturating,
};
use crate::quote::Quote;
use crate::terms::LiquidationTerms;
use crate::unit_value::UnitValue;
use crate::units::{Atoms, BPS_ONE, Bps, DebtShares, SupplyShares, Usd};
use crate::{Refusal, Result};

/// A cent. A liquidator gets what would be left of a collateral of a deep obligation without payment if it is worth less.
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
    pub call: Call,
    pub slot: u64,
    /// A pause of liquidations of one of the reserves ended less than a cure window ago.
    pub is_resuming: bool,
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
    /// The debt that goes: the repayment, and on an insolvent obligation the loss that comes with it.
    pub retire: Atoms,
}

/// Whether a liquidation may lower the health factor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HealthCap {
    InForce,
    /// INV-15: nobody has taken a pair that is better for the borrower for a while, and some collaterals cannot be
    /// seized without lowering the health factor.
    Lifted,
}

impl Pair {
    /// The bonus and the largest repayment up to `max_repay` that the obligation's state allows, and the collateral for
    /// it.
    pub fn plan(&self, terms: &LiquidationTerms, max_repay: Atoms) -> Result<Plan> {
        if self.totals.maintenance.covers_debt() {
            return Err(Refusal::ObligationHealthy);
        }
        if self.totals.is_deep(terms.deep_line()) {
            return self.close_out(terms, max_repay);
        }
        let zone = if self.totals.is_hard(terms) { Zone::Hard } else { Zone::Soft };
        if zone == Zone::Soft {
            self.check_soft(terms)?;
        }
        let (atom, share) = (self.debt.spot_atom_floor()?, self.collateral.spot_share_ceil()?);
        let is_old = self.call.elapsed(Zone::Hard, terms, self.slot) >= u64::from(terms.relax_slots);
        let cap = if zone == Zone::Hard && is_old { HealthCap::Lifted } else { HealthCap::InForce };
        let dutch_bps = self.dutch_bonus_floor(terms, zone)?;
        let bonus_bps = self.bonus_floor(dutch_bps, cap)?;
        let affordable = self.insurance.affordable_floor(max_repay, bonus_bps);
        let repay = self.wanted_ceil(terms, bonus_bps, atom)?.min(affordable).min(self.owed);
        let plan = self.seizure(bonus_bps, repay, atom, share)?;
        self.check_not_toxic(atom.value_floor(plan.repay.0)?, share.value_ceil(plan.seize.0)?, cap)?;
        Ok(plan)
    }

    /// A deep obligation is liquidated whole. If its collateral cannot pay the debt and the bonus, each debt loses the
    /// same part (INV-16).
    fn close_out(&self, terms: &LiquidationTerms, max_repay: Atoms) -> Result<Plan> {
        let bonus_bps = self.deep_bonus_floor(terms)?;
        let (atom, share) = (self.debt.spot_atom_floor()?, self.collateral.spot_share_ceil()?);
        let recovered = self.recovered_ceil(bonus_bps)?;
        let payable = recovered.part_ceil(self.owed)?;
        let affordable = self.insurance.affordable_floor(max_repay, bonus_bps);
        let plan = self.seizure(bonus_bps, payable.min(affordable), atom, share)?;
        let retire = match plan.repay {
            _ if self.totals.collateral.0 == 0 => self.owed,
            repay if repay >= payable => self.owed,
            repay => recovered.whole_floor(repay)?.min(self.owed),
        };
        // A crumb goes with the rest, so that the loss can be booked: rounding leaves some, and a transfer fee can take
        // the whole payment for so little.
        let rest = SupplyShares(self.collateral_shares.0.saturating_sub(plan.seize.0));
        let is_crumb = share.value_ceil(rest.0)?.0 < CRUMB && (recovered != Part::WHOLE || plan.repay.0 == 0);
        let seize = if is_crumb { self.collateral_shares } else { plan.seize };
        Ok(Plan { seize, retire, ..plan })
    }

    /// INV-12: above the hard line a liquidation waits until the margin call is old enough, as long after a pause of
    /// liquidations, and until the average price agrees.
    fn check_soft(&self, terms: &LiquidationTerms) -> Result<()> {
        if self.is_resuming || !self.call.is_cured(terms, self.slot) {
            Err(Refusal::CureWindowOpen)
        } else if !self.totals.average_agrees() {
            Err(Refusal::WickGuarded)
        } else {
            Ok(())
        }
    }

    /// The bonus in basis points. A larger one would make solvency worse, or health while that counts.
    fn bonus_floor(&self, dutch_bps: u64, cap: HealthCap) -> Result<u64> {
        let healthy = match cap {
            HealthCap::InForce => self.health_cap_floor()?,
            HealthCap::Lifted => Some(u64::MAX),
        };
        match (self.solvency_cap_floor()?, healthy) {
            (Some(solvent), Some(healthy)) => Ok(dutch_bps.min(solvent).min(healthy)),
            _ => Err(Refusal::PairLowersHealth),
        }
    }

    /// On a deep obligation the bonus only keeps its collateral solvent, until the loss is certain. From then on it
    /// rises with every slot, because the lenders lose while nobody buys (INV-17).
    fn deep_bonus_floor(&self, terms: &LiquidationTerms) -> Result<u64> {
        let solvent = self.solvency_cap_floor()?;
        let Some(slots) = self.call.slots_since_certain(self.slot) else {
            let solvent = solvent.ok_or(Refusal::LossNotCertain)?;
            return Ok(self.dutch_bonus_floor(terms, Zone::Hard)?.min(solvent));
        };
        let rising =
            (slots.saturating_mul(u64::from(terms.deep_step_centibps)) / 100).min(u64::from(terms.max_deep_bonus_bps));
        Ok(self.dutch_bonus_floor(terms, Zone::Hard)?.min(solvent.unwrap_or(0)).max(rising))
    }

    /// `min(b0 + kh * (1 - health) + kt * slots, b_max)`
    fn dutch_bonus_floor(&self, terms: &LiquidationTerms, zone: Zone) -> Result<u64> {
        let Health { limit, debt } = self.totals.maintenance;
        let missing = mul_bounded(debt.0 - limit.0, u64::from(terms.health_slope_bps));
        let by_health = narrow_saturating(div_floor(missing, debt.0)?);
        let slots = self.call.elapsed(zone, terms, self.slot);
        let by_time = slots.saturating_mul(u64::from(terms.slot_step_centibps)) / 100;
        Ok(by_time.saturating_add(u64::from(terms.base_bonus_bps) + by_health).min(terms.max_bonus().get()))
    }

    /// The part of each debt that the collateral pays at this bonus: `C / (D * (1 + b))`, at most one.
    fn recovered_ceil(&self, bonus_bps: u64) -> Result<Part> {
        let worth = mul_bounded(self.totals.collateral.0, BPS_ONE);
        let needed = mul_bounded(self.totals.debt.0, BPS_ONE + bonus_bps);
        if worth >= needed { Ok(Part::WHOLE) } else { Part::ratio_ceil(worth, needed) }
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
            let premium = self.insurance.premium_floor(repay, bonus_bps);
            return Ok(Plan { bonus_bps, repay, premium, seize, retire: repay });
        }
        let price = Usd(div_ceil(mul_bounded(worth.0, BPS_ONE), u128::from(with_bonus))?);
        let repay = Atoms(atom.count_ceil(price)?).min(repay);
        let premium = self.insurance.premium_floor(repay, bonus_bps);
        Ok(Plan { bonus_bps, repay, premium, seize: self.collateral_shares, retire: repay })
    }

    /// INV-7, as integer products on every call: collateral over debt never falls, and the health factor not before it
    /// may.
    fn check_not_toxic(&self, paid: Usd, taken: Usd, cap: HealthCap) -> Result<()> {
        let Health { limit, debt } = self.totals.maintenance;
        let freed = paid.weighted(self.debt.weights.borrow_factor);
        let spent = taken.weighted(self.collateral.weights.liquidation_threshold);
        let health = cap == HealthCap::Lifted || mul_wide(limit.0, freed.0) >= mul_wide(debt.0, spent.0);
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

/// A part of a debt, in Q64. One is stored as such, because it does not fit 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part(u128);

impl Part {
    const WHOLE: Self = Self(Q64);

    /// `part / whole`, rounded up, of a part that is smaller than the whole.
    fn ratio_ceil(part: u128, whole: u128) -> Result<Self> {
        // Shifts both to at most 64 significant bits. This can only raise the quotient.
        let bits = 64 - whole.leading_zeros().min(64);
        let (short, whole) = (part >> bits, whole >> bits);
        let short = if short << bits == part { short } else { short + 1 };
        div_ceil(short.min(whole) << 64, whole).map(Self)
    }

    fn part_ceil(self, whole: Atoms) -> Result<Atoms> {
        narrow(mul_shr_ceil(u128::from(whole.0), self.0, 64)?).map(Atoms)
    }

    /// The whole whose part this is.
    fn whole_floor(self, part: Atoms) -> Result<Atoms> {
        Ok(Atoms(narrow_saturating(div_floor(u128::from(part.0) << 64, self.0)?)))
    }
}

/// `numerator / denominator - 10,000`, rounded down; `None` when that is negative.
fn over_par_floor(numerator: u128, denominator: u128) -> Result<Option<u64>> {
    Ok(narrow_saturating(div_floor(numerator, denominator)?).checked_sub(BPS_ONE))
}
