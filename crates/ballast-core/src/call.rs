//! The warning and the margin call of an obligation. docs/MODEL.md, "Lines".

use crate::health::Health;
use crate::units::{BPS_ONE, Bps};
use bytemuck::{Pod, Zeroable};

/// The records of `flag`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Call {
    /// The slot of the margin call; 0 for none.
    pub called_at: u64,
    /// 1 from a warning until it is re-armed.
    pub warned: u64,
}

/// Which way health has crossed a line since the last flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crossing {
    #[default]
    None,
    Down,
    Up,
}

/// The findings of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossings {
    pub warning: Crossing,
    pub call: Crossing,
}

impl Call {
    /// Ten minutes, after which a call no longer counts. A deposit or a repayment can cure an obligation without a
    /// flag, because neither computes health. When health falls again, an old call would give the liquidator the
    /// highest bonus at once, without a cure window.
    pub const LIFE_SLOTS: u64 = 1_500;
    /// How far above the warning line health must be before it warns again.
    pub const HYSTERESIS_BPS: u64 = 200;

    /// Slots since a call that still counts.
    pub fn slots_since(&self, slot: u64) -> Option<u64> {
        let since = slot.saturating_sub(self.called_at);
        if self.called_at == 0 || since > Self::LIFE_SLOTS { None } else { Some(since) }
    }

    /// Updates the records with the health at `slot`. `warning` is how far above 1 the owner wants a warning.
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

    /// Clears the call of a healthy obligation.
    #[inline(always)]
    pub fn clear_if_healthy(&mut self, health: &Health) {
        if health.covers_debt() {
            self.called_at = 0;
        }
    }
}
