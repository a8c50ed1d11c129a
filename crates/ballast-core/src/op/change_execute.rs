//! Puts new settings or another feed in force. docs/MODEL.md, "change_execute".

use crate::Result;
use crate::op::change_propose::change_propose;
use crate::pool::Pool;
use crate::price::{PriceUse, RawPrice};
use crate::risk::Ramp;
use crate::settings::Settings;
use crate::terms::LiquidationTerms;

/// Replaces the settings. Interest up to `now` is at the old rate. What makes borrowers less healthy ramps from where
/// it was over `ramp_secs` (INV-11).
///
/// Refuses what [`change_propose`] refuses.
pub fn change_execute(
    pool: &mut Pool,
    to: &Settings,
    ramp_secs: u32,
    terms: &LiquidationTerms,
    now: i64,
) -> Result<()> {
    change_propose(pool, to, ramp_secs, terms, now)?;
    pool.ledger.accrue(now);
    if pool.opened_at == 0 {
        // Nobody has borrowed yet, so a ramp would spare nobody.
        pool.opened_at = now;
    } else {
        pool.ramp = Ramp::new(pool.ramp.weights_at(&pool.settings.risk, now), &to.risk, now, ramp_secs);
    }
    pool.settings = *to;
    pool.step_base.record(to);
    pool.volatility.apply(&to.margin);
    pool.epoch = pool.epoch.saturating_add(1);
    pool.settle().map(drop)
}

/// Lets another feed price the reserve.
///
/// Refuses a feed that is not alive, or that differs too much from the price that the old one last showed: so a wrong
/// unit or a wrong asset is found here and not by those who borrow against it.
pub fn replace_feed(pool: &mut Pool, raw: &RawPrice, now: i64) -> Result<()> {
    let price = pool.settings.guard.admit(raw, PriceUse::NewRisk, now)?;
    pool.check_successor(&price, now)?;
    pool.restart_price(&price);
    Ok(())
}
