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
    /// One change may at most double the highest rate and then add this.
    pub const MAX_RATE_STEP_BPS: u32 = 1_000;

    pub fn validate(&self, terms: &LiquidationTerms) -> Result<()> {
        self.curve.validate()?;
        self.risk.validate(terms)?;
        self.guard.validate()?;
        self.limits.validate()?;
        self.margin.validate()
    }

    /// INV-11: refuses settings too far from the settings `from` of a reserve in use. Caps at most double; a cap of 0
    /// may become anything, because it has nothing to double.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        let raised = |new: u16, old: u16| new.saturating_sub(old) > Self::MAX_WEIGHT_STEP_BPS;
        let doubled = |new: u64, old: u64| old != 0 && new > old.saturating_mul(2);
        let weights = raised(self.risk.ltv_bps, from.risk.ltv_bps)
            || raised(self.risk.liquidation_threshold_bps, from.risk.liquidation_threshold_bps)
            || from.risk.borrow_factor_bps.saturating_sub(self.risk.borrow_factor_bps) > Self::MAX_FACTOR_STEP_BPS;
        let caps = doubled(self.limits.supply_cap_atoms, from.limits.supply_cap_atoms)
            || doubled(self.limits.borrow_cap_atoms, from.limits.borrow_cap_atoms)
            || doubled(self.limits.collateral_cap_usd, from.limits.collateral_cap_usd);
        let rates = self.curve.max_rate_bps() > from.curve.max_rate_bps() * 2 + Self::MAX_RATE_STEP_BPS;
        if weights || caps || rates { Err(Refusal::StepTooLarge) } else { Ok(()) }
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
