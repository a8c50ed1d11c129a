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

/// What one of the two pausers has closed, and until when. It ends by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Closure {
    /// The bits of the paused actions, see [`Pausable::bit`].
    pub actions: u64,
    /// Unix seconds.
    pub ends_at: i64,
}

impl Closure {
    fn liquidations_end(self) -> i64 {
        if self.actions & Pausable::Liquidate.bit() != 0 { self.ends_at } else { 0 }
    }

    #[inline(always)]
    pub fn stops(&self, action: Pausable, now: i64) -> bool {
        self.actions & action.bit() != 0 && now < self.ends_at
    }
}

/// The pauses of a reserve. Each pauser has a closure of their own, so neither prolongs or shortens what the other has
/// closed by pausing beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Pause {
    pub authority: Closure,
    /// Its end starts the guardian's cooldown.
    pub guardian: Closure,
    /// When the last pause of liquidations ended or will end, in Unix seconds; 0 for none.
    pub liquidations_resume_at: i64,
}

impl Pause {
    /// A day.
    pub const MAX_SECS: i64 = 86_400;
    /// All that can be paused.
    pub const ALL: u64 = 15;

    #[inline(always)]
    pub fn stops(&self, action: Pausable, now: i64) -> bool {
        self.authority.stops(action, now) || self.guardian.stops(action, now)
    }

    /// Pauses `actions` for `secs`. The authority decides what is closed: their pause replaces both closures, so they
    /// can renew a pause, and end one with 0 actions. The guardian pauses once: during that pause they can only add
    /// actions, and after it they wait a day, so that they cannot close a market for good. A pause of the authority
    /// starts no cooldown, or the authority could keep the guardian from ever pausing.
    ///
    /// Refuses unknown actions, more than a day, and actions for no time.
    pub fn set(&mut self, by: Pauser, actions: u64, secs: u32, now: i64) -> Result<()> {
        let secs = i64::from(secs);
        if actions & !Self::ALL != 0 || secs > Self::MAX_SECS || (secs == 0 && actions != 0) {
            return Err(Refusal::InvalidPause);
        }
        let closure = Closure { actions, ends_at: now.saturating_add(secs) };
        match by {
            Pauser::Authority => {
                self.authority = closure;
                self.guardian = Closure { actions: 0, ends_at: self.guardian.ends_at.min(now) };
            }
            Pauser::Guardian if now < self.guardian.ends_at => self.guardian.actions |= actions,
            Pauser::Guardian if now < self.guardian.ends_at.saturating_add(Self::MAX_SECS) => {
                return Err(Refusal::PauseTooSoon);
            }
            Pauser::Guardian => self.guardian = closure,
        }
        self.liquidations_resume_at =
            match [self.authority, self.guardian].map(Closure::liquidations_end).into_iter().max() {
                Some(ends_at) if ends_at > now => ends_at,
                _ => self.liquidations_resume_at.min(now),
            };
        Ok(())
    }

    /// Whether a pause of liquidations runs, or ended less than `secs` ago.
    #[inline(always)]
    pub fn stopped_liquidations_within(&self, secs: u64, now: i64) -> bool {
        let since = now.saturating_sub(self.liquidations_resume_at);
        self.liquidations_resume_at != 0 && u64::try_from(since).is_ok_and(|since| since < secs)
    }

    /// What `by` has closed.
    pub fn closure(&self, by: Pauser) -> Closure {
        match by {
            Pauser::Authority => self.authority,
            Pauser::Guardian => self.guardian,
        }
    }
}
