//! All parameters of a reserve, and how they may change. docs/MODEL.md, "Governance".

use crate::curve::{Curve, CurvePoint};
use crate::limits::Limits;
use crate::price::PriceGuard;
use crate::risk::RiskParams;
use crate::terms::LiquidationTerms;
use crate::volatility::MarginModel;
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// What governance decides about a reserve: one struct, validated and changed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct Settings {
    pub curve: Curve,
    pub risk: RiskParams,
    pub guard: PriceGuard,
    pub limits: Limits,
    pub margin: MarginModel,
}

/// What the guardian may lower at once. The outflow limit is absent, because a lower one would hold suppliers back for
/// longer than a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
pub struct Tightening {
    pub ltv_bps: u16,
    pub max_utilization_bps: u16,
    pub supply_cap_atoms: u64,
    pub borrow_cap_atoms: u64,
    pub collateral_cap_usd: u64,
    pub allowed_debts: u64,
}

impl Settings {
    /// The settings of a closed reserve: nobody can supply or borrow, and nothing counts as collateral.
    pub const CLOSED: Self = Self {
        curve: Curve {
            points: {
                let mut points = [CurvePoint { utilization_bps: 0, rate_bps: 0 }; 8];
                points[1].utilization_bps = 10_000;
                points
            },
            len: 2,
        },
        risk: RiskParams {
            ltv_bps: 0,
            liquidation_threshold_bps: 0,
            borrow_factor_bps: 10_000,
            reserve_factor_bps: 0,
            origination_fee_bps: 0,
            insurance_share_bps: 0,
            insurance_target_bps: 0,
            flash_fee_bps: 0,
        },
        guard: PriceGuard {
            max_age_new_risk_secs: 60,
            max_age_liquidation_secs: 300,
            max_confidence_bps: 100,
            confidence_multiplier_bps: 10_000,
            max_ema_deviation_bps: 1_000,
            max_move_bps: 1_000,
        },
        limits: Limits {
            supply_cap_atoms: 0,
            borrow_cap_atoms: 0,
            collateral_cap_usd: 0,
            min_debt_atoms: 0,
            allowed_debts: 0,
            outflow_floor_atoms: 0,
            outflow_window_secs: 3_600,
            probation_secs: 0,
            outflow_bps: 0,
            max_utilization_bps: 0,
            reserved: 0,
        },
        margin: MarginModel::OFF,
    };

    /// The most that one change may add to a loan-to-value or a threshold.
    pub const MAX_WEIGHT_STEP_BPS: u16 = 500;
    /// The most that one change may take off a borrow factor.
    pub const MAX_FACTOR_STEP_BPS: u16 = 1_000;
    /// The most that one change may add to the highest utilization.
    pub const MAX_UTILIZATION_STEP_BPS: u16 = 1_000;
    /// One change may at most double the highest rate and then add this.
    pub const MAX_RATE_STEP_BPS: u32 = 1_000;
    /// The most debts that one change may allow in addition.
    pub const MAX_NEW_DEBTS: u32 = 8;

    pub fn validate(&self, terms: &LiquidationTerms) -> Result<()> {
        self.curve.validate()?;
        self.risk.validate(terms)?;
        self.guard.validate()?;
        self.limits.validate()?;
        self.margin.validate()
    }

    /// INV-11: refuses settings too far from those that the steps of a reserve in use count from
    /// ([`crate::pool::Pool::steps_from`]). A weight moves by a few percent, a limit at most doubles, a protection at
    /// most halves. The last number of a row is what it may move beyond that, so that small values can move at all.
    /// Anything may become stricter. A cap that no change has ever set has nothing to double and may become anything.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        let too_far = self.weights_go_too_far(from) || self.limits_go_too_far(from) || self.prices_go_too_far(from);
        if too_far { Err(Refusal::StepTooLarge) } else { Ok(()) }
    }

    fn weights_go_too_far(&self, from: &Self) -> bool {
        let (to, from, rate, old_rate) = (&self.risk, &from.risk, self.curve.max_rate_bps(), from.curve.max_rate_bps());
        raised(to.ltv_bps, from.ltv_bps, Self::MAX_WEIGHT_STEP_BPS)
            || raised(to.liquidation_threshold_bps, from.liquidation_threshold_bps, Self::MAX_WEIGHT_STEP_BPS)
            // A lower borrow factor is the looser one.
            || raised(from.borrow_factor_bps, to.borrow_factor_bps, Self::MAX_FACTOR_STEP_BPS)
            || rate > old_rate * 2 + Self::MAX_RATE_STEP_BPS
    }

    fn limits_go_too_far(&self, from: &Self) -> bool {
        let (to, from) = (&self.limits, &from.limits);
        let cap_doubled = |new: u64, old: u64| old != 0 && doubled(new, old, 0);
        cap_doubled(to.supply_cap_atoms, from.supply_cap_atoms)
            || cap_doubled(to.borrow_cap_atoms, from.borrow_cap_atoms)
            || cap_doubled(to.collateral_cap_usd, from.collateral_cap_usd)
            || raised(to.max_utilization_bps, from.max_utilization_bps, Self::MAX_UTILIZATION_STEP_BPS)
            || (to.allowed_debts & !from.allowed_debts).count_ones() > Self::MAX_NEW_DEBTS
            || doubled(to.outflow_bps, from.outflow_bps, 500)
            || doubled(to.outflow_floor_atoms, from.outflow_floor_atoms, from.supply_cap_atoms / 100)
            || halved(to.outflow_window_secs, from.outflow_window_secs, 0)
            || halved(to.probation_secs, from.probation_secs, 0)
    }

    fn prices_go_too_far(&self, from: &Self) -> bool {
        let (guard, old_guard, margin, old_margin) = (&self.guard, &from.guard, &self.margin, &from.margin);
        doubled(guard.max_age_new_risk_secs, old_guard.max_age_new_risk_secs, 60)
            || doubled(guard.max_age_liquidation_secs, old_guard.max_age_liquidation_secs, 60)
            || doubled(guard.max_confidence_bps, old_guard.max_confidence_bps, 100)
            || doubled(guard.max_ema_deviation_bps, old_guard.max_ema_deviation_bps, 100)
            || doubled(guard.max_move_bps, old_guard.max_move_bps, 100)
            || halved(guard.confidence_multiplier_bps, old_guard.confidence_multiplier_bps, 1_000)
            || halved(margin.z_bps, old_margin.z_bps, 1_000)
            || halved(margin.cost_bps, old_margin.cost_bps, 50)
            || halved(margin.stress_bps, old_margin.stress_bps, 500)
            || halved(margin.horizon_secs, old_margin.horizon_secs, 60)
    }

    /// Lowers what may fall at once. Refuses if anything would rise.
    pub fn tighten(&mut self, to: &Tightening) -> Result<()> {
        let Self { risk, limits, .. } = self;
        let rises = to.ltv_bps > risk.ltv_bps
            || to.max_utilization_bps > limits.max_utilization_bps
            || to.supply_cap_atoms > limits.supply_cap_atoms
            || to.borrow_cap_atoms > limits.borrow_cap_atoms
            || to.collateral_cap_usd > limits.collateral_cap_usd
            || to.allowed_debts & !limits.allowed_debts != 0;
        if rises {
            return Err(Refusal::NotTighter);
        }
        risk.ltv_bps = to.ltv_bps;
        limits.max_utilization_bps = to.max_utilization_bps;
        limits.supply_cap_atoms = to.supply_cap_atoms;
        limits.borrow_cap_atoms = to.borrow_cap_atoms;
        limits.collateral_cap_usd = to.collateral_cap_usd;
        limits.allowed_debts = to.allowed_debts;
        Ok(())
    }
}

/// Whether a value rises by more than `most`.
fn raised(new: u16, old: u16, most: u16) -> bool {
    new.saturating_sub(old) > most
}

/// Whether a limit rises above its double and `more`.
fn doubled(new: impl Into<u64>, old: impl Into<u64>, more: u64) -> bool {
    new.into() > old.into().saturating_mul(2).saturating_add(more)
}

/// Whether a protection falls below its half less `more`.
fn halved(new: impl Into<u64>, old: impl Into<u64>, more: u64) -> bool {
    new.into().saturating_add(more) < old.into().div_ceil(2)
}

/// What the last change has set of the values that a tightening lowers. Steps count from here, so a tightening neither
/// opens a way around them, such as a cap of 0 that has nothing to double, nor makes the way back longer than one
/// change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct StepBase {
    /// The last caps that were not 0: a change to 0 is no way around the steps either.
    pub supply_cap_atoms: u64,
    pub borrow_cap_atoms: u64,
    pub collateral_cap_usd: u64,
    pub allowed_debts: u64,
    pub ltv_bps: u32,
    pub max_utilization_bps: u32,
}

impl StepBase {
    /// Records the settings of a change.
    pub fn record(&mut self, Settings { risk, limits, .. }: &Settings) {
        let cap = |new: u64, last: u64| if new == 0 { last } else { new };
        *self = Self {
            supply_cap_atoms: cap(limits.supply_cap_atoms, self.supply_cap_atoms),
            borrow_cap_atoms: cap(limits.borrow_cap_atoms, self.borrow_cap_atoms),
            collateral_cap_usd: cap(limits.collateral_cap_usd, self.collateral_cap_usd),
            allowed_debts: limits.allowed_debts,
            ltv_bps: risk.ltv_bps.into(),
            max_utilization_bps: limits.max_utilization_bps.into(),
        };
    }

    /// Undoes in `settings` what tightenings have lowered.
    pub fn restore(&self, settings: &mut Settings) {
        let Settings { risk, limits, .. } = settings;
        let ratio = |now: u16, last: u32| now.max(u16::try_from(last).unwrap_or(u16::MAX));
        risk.ltv_bps = ratio(risk.ltv_bps, self.ltv_bps);
        limits.max_utilization_bps = ratio(limits.max_utilization_bps, self.max_utilization_bps);
        limits.supply_cap_atoms = limits.supply_cap_atoms.max(self.supply_cap_atoms);
        limits.borrow_cap_atoms = limits.borrow_cap_atoms.max(self.borrow_cap_atoms);
        limits.collateral_cap_usd = limits.collateral_cap_usd.max(self.collateral_cap_usd);
        limits.allowed_debts |= self.allowed_debts;
    }
}
