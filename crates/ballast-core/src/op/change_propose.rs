//! Queues a change of parameters. docs/MODEL.md, "change_propose".

use crate::pool::Pool;
use crate::risk::Ramp;
use crate::settings::Settings;
use crate::terms::LiquidationTerms;
use crate::{Refusal, Result};

/// Checks new settings of a reserve as their execution will, so that a mistake costs no delay.
///
/// Refuses settings that contradict themselves or the market's terms, a ramp that is too short or too long, and, once
/// the reserve has been opened, too large a step.
pub fn change_propose(pool: &Pool, to: &Settings, ramp_secs: u32, terms: &LiquidationTerms, now: i64) -> Result<()> {
    to.validate(terms)?;
    if !(Ramp::MIN_SECS..=Ramp::MAX_SECS).contains(&ramp_secs) {
        return Err(Refusal::InvalidRamp);
    }
    if pool.opened_at != 0 { to.check_step(&pool.steps_from(now)) } else { Ok(()) }
}
