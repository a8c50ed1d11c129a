//! What a reserve counts for as collateral and as debt. docs/MODEL.md, "Lines".

use crate::liquidation::LiquidationTerms;
use crate::units::{BPS_ONE, Bps};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Coupled parameters are one struct and validated as a whole.
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
    pub reserved: [u8; 6],
}

impl RiskParams {
    pub const MAX_BORROW_FACTOR_BPS: u16 = 50_000;
    pub const MAX_RESERVE_FACTOR_BPS: u16 = 5_000;
    pub const MAX_ORIGINATION_FEE_BPS: u16 = 500;

    pub fn loan_to_value(&self) -> Bps {
        Bps(self.ltv_bps)
    }

    pub fn liquidation_threshold(&self) -> Bps {
        Bps(self.liquidation_threshold_bps)
    }

    pub fn borrow_factor(&self) -> Bps {
        Bps(self.borrow_factor_bps)
    }

    pub fn reserve_factor(&self) -> Bps {
        Bps(self.reserve_factor_bps)
    }

    pub fn origination_fee(&self) -> Bps {
        Bps(self.origination_fee_bps)
    }

    /// INV-8: loan-to-value < liquidation threshold < 1 / (1 + the largest bonus), so that an obligation at its threshold can pay
    /// any bonus and still come out solvent; and the threshold is below the deep line, so that it is not closed whole either.
    pub fn validate(&self, terms: &LiquidationTerms) -> Result<()> {
        let margin =
            self.ltv_bps < self.liquidation_threshold_bps || self.liquidation_threshold_bps == 0 && self.ltv_bps == 0;
        let pays_bonus = self.liquidation_threshold().get() * (BPS_ONE + terms.max_bonus().get()) < BPS_ONE * BPS_ONE;
        let saved_in_part = self.liquidation_threshold_bps < terms.deep_line_bps;
        let bounded = self.borrow_factor().get() >= BPS_ONE
            && self.borrow_factor_bps <= Self::MAX_BORROW_FACTOR_BPS
            && self.reserve_factor_bps <= Self::MAX_RESERVE_FACTOR_BPS
            && self.origination_fee_bps <= Self::MAX_ORIGINATION_FEE_BPS;
        if margin && pays_bonus && saved_in_part && bounded && self.reserved == [0; 6] {
            Ok(())
        } else {
            Err(Refusal::InvalidRiskParams)
        }
    }
}
