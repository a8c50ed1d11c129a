//! The warning and the margin call of an obligation. docs/MODEL.md, "Lines".

use crate::health::Health;
use crate::units::{BPS_ONE, Bps};
use bytemuck::{Pod, Zeroable};

/// What `flag` has recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Call {
    /// The slot of the margin call; 0 for none.
    pub called_at: u64,
    /// 1: the warning has been given and has not been re-armed.
    pub warned: u64,
}

/// How a line has been crossed since the last flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crossing {
    #[default]
    None,
    Down,
    Up,
}

/// What a flag has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossings {
    pub warning: Crossing,
    pub call: Crossing,
}

impl Call {
    /// Ten minutes: a call this old is no call. Who cures an obligation by a deposit or a repayment, which know no health, need not
    /// flag it; when it slips again, an old call would spare the liquidator the cure window and give him the highest bonus at once.
    pub const LIFE_SLOTS: u64 = 1_500;
    /// How far above the warning line health must be before it warns again.
    pub const HYSTERESIS_BPS: u64 = 200;

    /// Slots since a call that still counts.
    pub fn slots_since(&self, slot: u64) -> Option<u64> {
        let since = slot.saturating_sub(self.called_at);
        if self.called_at == 0 || since > Self::LIFE_SLOTS { None } else { Some(since) }
    }

    /// Brings the records up to date with the health at `slot`. `warning`: how far above 1 the owner wants to be warned.
    pub fn update(&mut self, health: &Health, warning: Bps, slot: u64) -> Crossings {
        let line = BPS_ONE + warning.get();
        let warning = if self.warned == 0 && health.is_below(line) {
            self.warned = 1;
            Crossing::Down
        } else if self.warned != 0 && !health.is_below(line + Self::HYSTERESIS_BPS) {
            self.warned = 0;
            Crossing::Up
        } else {
            Crossing::None
        };
        let call = if !health.covers_debt() && self.slots_since(slot).is_none() {
            self.called_at = slot.max(1);
            Crossing::Down
        } else if health.covers_debt() && self.called_at != 0 {
            self.called_at = 0;
            Crossing::Up
        } else {
            Crossing::None
        };
        Crossings { warning, call }
    }

    /// An obligation that has been seen healthy is not called.
    #[inline(always)]
    pub fn clear_if_healthy(&mut self, health: &Health) {
        if health.covers_debt() {
            self.called_at = 0;
        }
    }
}
