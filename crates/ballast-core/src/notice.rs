//! How long a proposed change waits, and until when it can be executed. docs/MODEL.md, "Governance".

use crate::{Refusal, Result};

/// How long the changes of a market wait, in seconds. 0 during the setup of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeDelay(pub u64);

impl ChangeDelay {
    /// An hour.
    pub const MIN_SECS: u64 = 3_600;
    /// 30 days.
    pub const MAX_SECS: u64 = 2_592_000;

    pub fn validate(self) -> Result<()> {
        let waits = self.0 == 0 || (Self::MIN_SECS..=Self::MAX_SECS).contains(&self.0);
        if waits { Ok(()) } else { Err(Refusal::InvalidDelay) }
    }

    /// Refuses to fall back from a delay to none.
    pub fn check_step(self, from: Self) -> Result<()> {
        if from.0 == 0 || self.0 != 0 { Ok(()) } else { Err(Refusal::InvalidDelay) }
    }
}

/// What a proposal records when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeNotice {
    /// The target's count of changes then: whatever changes it meanwhile makes this change obsolete.
    pub epoch: u64,
    /// Unix seconds of the earliest execution.
    pub executable_at: i64,
}

impl ChangeNotice {
    /// 14 days: a change that nobody has executed by then is obsolete.
    pub const LIFE_SECS: i64 = 1_209_600;

    pub fn new(epoch: u64, delay: ChangeDelay, now: i64) -> Self {
        Self { epoch, executable_at: now.saturating_add(i64::try_from(delay.0).unwrap_or(i64::MAX)) }
    }

    /// INV-11: refuses a change whose notice is not over, and an obsolete one: too old, or proposed in another epoch.
    /// `epoch` is the target's count now.
    pub fn check_executable(&self, epoch: u64, now: i64) -> Result<()> {
        if now < self.executable_at {
            Err(Refusal::ChangeTooEarly)
        } else if now > self.executable_at.saturating_add(Self::LIFE_SECS) || self.epoch != epoch {
            Err(Refusal::ChangeObsolete)
        } else {
            Ok(())
        }
    }
}
