//! Put new settings in force. docs/MODEL.md, "change_execute".

use crate::pool::Pool;
use crate::risk::Ramp;
use crate::settings::Settings;
use crate::terms::LiquidationTerms;
use crate::{Refusal, Result};

/// Replaces the settings. Interest up to `now` is at the old rate, and what makes borrowers less healthy begins where it was and ramps
/// over `ramp_secs` (INV-11).
///
/// Refuses settings that contradict themselves or the market's terms, a ramp that is too short or too long, and, once the reserve has
/// been opened, too large a step.
pub fn change_execute(
    pool: &mut Pool,
    to: &Settings,
    ramp_secs: u32,
    terms: &LiquidationTerms,
    now: i64,
) -> Result<()> {
    check(pool, to, ramp_secs, terms)?;
    pool.ledger.accrue(now);
    if pool.opened_at == 0 {
        // Nobody has anything in it yet whom a ramp could spare.
        pool.opened_at = now;
    } else {
        pool.ramp = Ramp::new(pool.ramp.weights_at(&pool.settings.risk, now), &to.risk, now, ramp_secs);
    }
    pool.settings = *to;
    pool.volatility.apply(&to.margin);
    pool.epoch = pool.epoch.saturating_add(1);
    pool.settle().map(drop)
}

/// What can be said of a change beforehand.
pub fn check(pool: &Pool, to: &Settings, ramp_secs: u32, terms: &LiquidationTerms) -> Result<()> {
    to.validate(terms)?;
    if !(Ramp::MIN_SECS..=Ramp::MAX_SECS).contains(&ramp_secs) {
        return Err(Refusal::InvalidRamp);
    }
    if pool.opened_at != 0 { to.check_step(&pool.settings) } else { Ok(()) }
}
