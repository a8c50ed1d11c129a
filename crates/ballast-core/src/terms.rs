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
    /// kt: what every slot in which somebody could have liquidated adds, in hundredths of a basis point.
    pub slot_step_centibps: u16,
    pub max_bonus_bps: u16,
    /// kd: what every slot since the loss became certain adds to the bonus on a deep obligation, from 0, in hundredths
    /// of a basis point.
    pub deep_step_centibps: u16,
    /// Where that stops. At least the largest bonus: suppliers bear it, and a collateral that nobody buys pays nobody.
    pub max_deep_bonus_bps: u16,
    /// An obligation whose debt exceeds this part of its collateral is deep. A liquidation closes it out.
    pub deep_line_bps: u16,
    /// The health that a liquidation restores, unless the owner has chosen another.
    pub target_health_bps: u16,
    /// At a lower health factor the spot price alone decides, and no liquidation waits. 10,000: there is no soft zone
    /// above.
    pub hard_line_bps: u16,
    /// How far above 1 the warning line is, unless the owner chooses another.
    pub warning_bps: u16,
    /// In the soft zone, the slots after the margin call without liquidations. 0: no call is needed.
    pub cure_slots: u32,
    /// Below the hard line, the slots after which a liquidation may lower the health factor.
    pub relax_slots: u32,
    pub reserved: u32,
    /// In US cents: a liquidation also repays a rest of debt that is worth less.
    pub dust_cents: u64,
}

impl LiquidationTerms {
    pub const MAX_BONUS_BPS: u16 = 2_000;
    pub const MAX_DEEP_BONUS_BPS: u16 = 5_000;
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
    /// Half an hour: shorter than the time between two graces of a feed that halts every hour.
    pub const MAX_RELAX_SLOTS: u32 = 4_500;
    /// After a halt of a price the hard line is this much lower for a while.
    pub const HALT_GRACE_BPS: u64 = 300;

    pub fn validate(&self) -> Result<()> {
        let dust = self.dust_cents <= Self::MAX_DUST_CENTS;
        // A step of 0 would let an auction stand still.
        let bonuses = self.base_bonus_bps <= self.max_bonus_bps
            && self.max_bonus_bps <= Self::MAX_BONUS_BPS
            && self.slot_step_centibps > 0
            && self.deep_step_centibps > 0
            && (self.max_bonus_bps..=Self::MAX_DEEP_BONUS_BPS).contains(&self.max_deep_bonus_bps)
            && u64::from(self.health_slope_bps) <= BPS_ONE;
        let deep = (Self::MIN_DEEP_LINE_BPS..=10_000).contains(&self.deep_line_bps);
        let soft = (Self::MIN_HARD_LINE_BPS..=10_000).contains(&self.hard_line_bps)
            && self.cure_slots <= Self::MAX_CURE_SLOTS
            && self.relax_slots <= Self::MAX_RELAX_SLOTS
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

    /// Refuses to raise the largest bonuses or to lower the deep line. So INV-8 holds for every reserve that was opened
    /// under `from`.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        if self.max_bonus_bps > from.max_bonus_bps
            || self.max_deep_bonus_bps > from.max_deep_bonus_bps
            || self.deep_line_bps < from.deep_line_bps
        {
            Err(Refusal::StepTooLarge)
        } else {
            Ok(())
        }
    }

    /// The cure window in seconds, at 400 ms a slot.
    pub fn cure_secs(&self) -> u64 {
        u64::from(self.cure_slots) * 2 / 5
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
