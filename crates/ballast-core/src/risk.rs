//! What a reserve counts for as collateral and as debt. docs/MODEL.md, "Lines".

use crate::terms::LiquidationTerms;
use crate::units::{BPS_ONE, Bps};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Coupled parameters, so they are validated as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct RiskParams {
    /// Loan-to-value: what a unit of collateral adds to the borrow limit. 0: not accepted as collateral for new debt.
    pub ltv_bps: u16,
    /// Liquidation threshold: what it adds to the limit at which liquidation starts. Above the loan-to-value.
    pub liquidation_threshold_bps: u16,
    /// Borrow factor: what a unit of debt counts for. At least 10,000.
    pub borrow_factor_bps: u16,
    /// The protocol's part of the interest.
    pub reserve_factor_bps: u16,
    /// Added to a debt when it is taken.
    pub origination_fee_bps: u16,
    /// The part of liquidation bonuses and of collected fees that goes to the insurance bucket.
    pub insurance_share_bps: u16,
    /// The part of the claims up to which the insurance bucket takes premiums and fees.
    pub insurance_target_bps: u16,
    /// What a flash loan costs.
    pub flash_fee_bps: u16,
}

impl RiskParams {
    pub const MAX_BORROW_FACTOR_BPS: u16 = 50_000;
    pub const MAX_RESERVE_FACTOR_BPS: u16 = 5_000;
    pub const MAX_ORIGINATION_FEE_BPS: u16 = 500;
    /// Half: the protocol's own part bears losses too, and a bonus stays with who earns it.
    pub const MAX_INSURANCE_SHARE_BPS: u16 = 5_000;
    pub const MAX_FLASH_FEE_BPS: u16 = 500;

    pub fn reserve_factor(&self) -> Bps {
        Bps(self.reserve_factor_bps)
    }

    pub fn origination_fee(&self) -> Bps {
        Bps(self.origination_fee_bps)
    }

    pub fn insurance_share(&self) -> Bps {
        Bps(self.insurance_share_bps)
    }

    pub fn insurance_target(&self) -> Bps {
        Bps(self.insurance_target_bps)
    }

    pub fn flash_fee(&self) -> Bps {
        Bps(self.flash_fee_bps)
    }

    /// The weights without a ramp.
    #[inline(always)]
    pub fn weights(&self) -> Weights {
        Weights {
            loan_to_value: Bps(self.ltv_bps),
            liquidation_threshold: Bps(self.liquidation_threshold_bps),
            borrow_factor: Bps(self.borrow_factor_bps),
            initial_factor: Bps(self.borrow_factor_bps),
        }
    }

    /// INV-8: loan-to-value < liquidation threshold < 1 / (1 + the largest bonus), so that an obligation at its
    /// threshold can pay any bonus and still come out solvent; and the threshold is below the deep line, so that it is
    /// not closed out either.
    pub fn validate(&self, terms: &LiquidationTerms) -> Result<()> {
        let threshold = u64::from(self.liquidation_threshold_bps);
        let margin = self.ltv_bps < self.liquidation_threshold_bps || threshold == 0 && self.ltv_bps == 0;
        let pays_bonus = threshold * (BPS_ONE + terms.max_bonus().get()) < BPS_ONE * BPS_ONE;
        let saved_in_part = self.liquidation_threshold_bps < terms.deep_line_bps;
        let bounded = u64::from(self.borrow_factor_bps) >= BPS_ONE
            && self.borrow_factor_bps <= Self::MAX_BORROW_FACTOR_BPS
            && self.reserve_factor_bps <= Self::MAX_RESERVE_FACTOR_BPS
            && self.origination_fee_bps <= Self::MAX_ORIGINATION_FEE_BPS
            && self.flash_fee_bps <= Self::MAX_FLASH_FEE_BPS;
        let insured =
            self.insurance_share_bps <= Self::MAX_INSURANCE_SHARE_BPS && self.insurance_target().get() <= BPS_ONE;
        if margin && pays_bonus && saved_in_part && bounded && insured {
            Ok(())
        } else {
            Err(Refusal::InvalidRiskParams)
        }
    }
}

/// The weights of a reserve at one moment: its parameters, lowered by its ramp and its volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    pub loan_to_value: Bps,
    pub liquidation_threshold: Bps,
    pub borrow_factor: Bps,
    /// What a unit of debt counts for in an initial margin. A ramp does not spare new risk.
    pub initial_factor: Bps,
}

impl Weights {
    /// Counts collateral this part lower and debt this part higher, both against the borrower.
    #[cold]
    pub fn discounted(self, discount_bps: u64) -> Self {
        let part = discount_bps.min(BPS_ONE);
        let threshold = self.liquidation_threshold.get() * (BPS_ONE - part) / BPS_ONE;
        let factor = (self.borrow_factor.get() * (BPS_ONE + part)).div_ceil(BPS_ONE);
        let bps = |value: u64| Bps(u16::try_from(value).unwrap_or(u16::MAX));
        Self { liquidation_threshold: bps(threshold), borrow_factor: bps(factor), ..self }
    }
}

/// A threshold on its way down or a borrow factor on its way up, in a straight line: a change of parameters makes
/// nobody's debt due overnight. docs/MODEL.md, "Governance".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Ramp {
    /// Unix seconds. Both 0 when there is no ramp.
    pub starts_at: i64,
    pub ends_at: i64,
    pub from_threshold_bps: u32,
    pub from_borrow_factor_bps: u32,
}

impl Ramp {
    /// A day.
    pub const MIN_SECS: u32 = 86_400;
    /// 90 days.
    pub const MAX_SECS: u32 = 7_776_000;

    /// From the weights in force to `to`. What gets easier for borrowers takes effect at once.
    pub fn new(from: Weights, to: &RiskParams, now: i64, secs: u32) -> Self {
        let threshold = from.liquidation_threshold.0.max(to.liquidation_threshold_bps);
        let borrow_factor = from.borrow_factor.0.min(to.borrow_factor_bps);
        if threshold == to.liquidation_threshold_bps && borrow_factor == to.borrow_factor_bps {
            return Self::default();
        }
        Self {
            starts_at: now,
            ends_at: now.saturating_add(i64::from(secs)),
            from_threshold_bps: u32::from(threshold),
            from_borrow_factor_bps: u32::from(borrow_factor),
        }
    }

    /// The weights at `now`, each rounded in the borrower's favor.
    #[inline(always)]
    pub fn weights_at(&self, risk: &RiskParams, now: i64) -> Weights {
        if now >= self.ends_at { risk.weights() } else { self.ramping(risk, now) }
    }

    #[cold]
    fn ramping(&self, risk: &RiskParams, now: i64) -> Weights {
        let secs = |span: i64| u64::try_from(span).unwrap_or(0);
        let (left, whole) = (secs(self.ends_at.saturating_sub(now)), secs(self.ends_at.saturating_sub(self.starts_at)));
        let left = left.min(whole);
        let part_ceil = |span: u32| (u64::from(span) * left).div_ceil(whole.max(1));
        let fall = self.from_threshold_bps.saturating_sub(u32::from(risk.liquidation_threshold_bps));
        let rise = u32::from(risk.borrow_factor_bps).saturating_sub(self.from_borrow_factor_bps);
        let threshold = u64::from(risk.liquidation_threshold_bps).saturating_add(part_ceil(fall));
        let borrow_factor = u64::from(risk.borrow_factor_bps).saturating_sub(part_ceil(rise));
        let bps = |value: u64| Bps(u16::try_from(value).unwrap_or(u16::MAX));
        Weights { liquidation_threshold: bps(threshold), borrow_factor: bps(borrow_factor), ..risk.weights() }
    }
}
