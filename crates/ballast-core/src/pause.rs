//! Which actions a reserve is closed to. docs/MODEL.md, "pause".

use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// What a pause can close. Depositing and repaying are not among them: no pause stops them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pausable {
    Withdraw,
    Borrow,
    Liquidate,
    FlashBorrow,
}

impl Pausable {
    /// The bit of a pause.
    #[inline(always)]
    pub fn bit(self) -> u64 {
        match self {
            Self::Withdraw => 1,
            Self::Borrow => 2,
            Self::Liquidate => 4,
            Self::FlashBorrow => 8,
        }
    }
}

/// Who pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pauser {
    Authority,
    Guardian,
}

/// A pause ends by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Pause {
    /// The bits of the paused actions, see [`Pausable::bit`].
    pub actions: u64,
    /// Unix seconds.
    pub ends_at: i64,
    /// When the guardian's last pause ended or will end. Only the guardian's own pauses start the cooldown.
    pub guardian_ends_at: i64,
}

impl Pause {
    /// A day.
    pub const MAX_SECS: i64 = 86_400;
    /// All that can be paused.
    pub const ALL: u64 = 15;

    #[inline(always)]
    pub fn stops(&self, action: Pausable, now: i64) -> bool {
        self.actions & action.bit() != 0 && now < self.ends_at
    }

    /// Pauses `actions` for `secs`. The authority may repeat a pause, and end one with 0 actions. The guardian pauses
    /// once: during that pause they can only add actions, and after it they wait a day, so that they cannot close a
    /// market for good. A pause of the authority starts no cooldown, or the authority could keep the guardian from ever
    /// pausing. A guardian's pause keeps the actions of a pause that still runs.
    pub fn set(&mut self, by: Pauser, actions: u64, secs: u32, now: i64) -> Result<()> {
        let secs = i64::from(secs);
        if actions & !Self::ALL != 0 || secs > Self::MAX_SECS {
            return Err(Refusal::InvalidPause);
        }
        let ends_at = now.saturating_add(secs);
        match by {
            Pauser::Authority => *self = Self { actions, ends_at, guardian_ends_at: self.guardian_ends_at.min(now) },
            Pauser::Guardian if now < self.guardian_ends_at => self.actions |= actions,
            Pauser::Guardian if now < self.guardian_ends_at.saturating_add(Self::MAX_SECS) => {
                return Err(Refusal::PauseTooSoon);
            }
            Pauser::Guardian => {
                let lasting = if now < self.ends_at { self.actions } else { 0 };
                let ends_at = ends_at.max(self.ends_at);
                *self = Self { actions: actions | lasting, ends_at, guardian_ends_at: ends_at };
            }
        }
        Ok(())
    }
}
