//! The market's terms of liquidation. docs/MODEL.md, "Liquidation".

use crate::units::{BPS_ONE, Bps, Usd};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// The market's terms of liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct LiquidationTerms {
    /// b0: the bonus at the call line.
    pub base_bonus_bps: u16,
    /// kh: how much of the missing health is added to the bonus.
    pub health_slope_bps: u16,
    /// kt: what every slot since the margin call adds.
    pub slot_step_bps: u16,
    pub max_bonus_bps: u16,
    /// The least bonus on deep obligations, which a liquidation closes out.
    pub deep_bonus_bps: u16,
    /// An obligation whose debt exceeds this part of its collateral is deep.
    pub deep_line_bps: u16,
    /// The health that a liquidation restores, unless the owner has chosen another.
    pub target_health_bps: u16,
    /// At a lower health factor the spot price alone decides, and no liquidation waits. 10,000: there is no soft zone
    /// above.
    pub hard_line_bps: u16,
    /// In the soft zone, the slots after the margin call without liquidations. 0: no call is needed.
    pub cure_slots: u32,
    /// How far above 1 the warning line is, unless the owner chooses another.
    pub warning_bps: u16,
    pub reserved: u16,
    /// In US cents: a liquidation also repays a rest of debt that is worth less.
    pub dust_cents: u64,
}

impl LiquidationTerms {
    pub const MAX_BONUS_BPS: u16 = 2_000;
    /// Low, because suppliers may bear a part of the deep bonus.
    pub const MAX_DEEP_BONUS_BPS: u16 = 500;
    /// Below this, liquidations would close out obligations that a partial liquidation can save.
    pub const MIN_DEEP_LINE_BPS: u16 = 8_000;
    /// 1,000 USD.
    pub const MAX_DUST_CENTS: u64 = 100_000;
    pub const MIN_TARGET_HEALTH_BPS: u16 = 10_200;
    pub const MAX_TARGET_HEALTH_BPS: u16 = 12_500;
    pub const MIN_HARD_LINE_BPS: u16 = 9_000;
    pub const MAX_WARNING_BPS: u16 = 5_000;
    /// Five minutes, half of the lifetime of a margin call.
    pub const MAX_CURE_SLOTS: u32 = 750;

    pub fn validate(&self) -> Result<()> {
        let dust = self.dust_cents <= Self::MAX_DUST_CENTS;
        let bonuses = self.base_bonus_bps <= self.max_bonus_bps
            && self.deep_bonus_bps <= self.max_bonus_bps.min(Self::MAX_DEEP_BONUS_BPS)
            && self.max_bonus_bps <= Self::MAX_BONUS_BPS
            && u64::from(self.health_slope_bps) <= BPS_ONE;
        let deep = self.deep_line_bps >= Self::MIN_DEEP_LINE_BPS
            && u64::from(self.deep_line_bps) * (BPS_ONE + u64::from(self.deep_bonus_bps)) <= BPS_ONE * BPS_ONE;
        let soft = (Self::MIN_HARD_LINE_BPS..=10_000).contains(&self.hard_line_bps)
            && self.cure_slots <= Self::MAX_CURE_SLOTS
            && self.warning_bps <= Self::MAX_WARNING_BPS;
        if bonuses && deep && soft && Self::is_target(self.target_health_bps) && dust && self.reserved == 0 {
            Ok(())
        } else {
            Err(Refusal::InvalidLiquidationTerms)
        }
    }

    /// Whether a liquidation may restore this health.
    pub fn is_target(health_bps: u16) -> bool {
        (Self::MIN_TARGET_HEALTH_BPS..=Self::MAX_TARGET_HEALTH_BPS).contains(&health_bps)
    }

    /// Refuses to raise the largest bonus or to lower the deep line. So INV-8 holds for every reserve that was opened
    /// under `from`.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        if self.max_bonus_bps > from.max_bonus_bps || self.deep_line_bps < from.deep_line_bps {
            Err(Refusal::StepTooLarge)
        } else {
            Ok(())
        }
    }

    pub fn max_bonus(&self) -> Bps {
        Bps(self.max_bonus_bps)
    }

    pub fn deep_line(&self) -> Bps {
        Bps(self.deep_line_bps)
    }

    pub fn hard_line(&self) -> Bps {
        Bps(self.hard_line_bps)
    }

    pub fn dust(&self) -> Usd {
        Usd::from_cents(self.dust_cents)
    }
}
