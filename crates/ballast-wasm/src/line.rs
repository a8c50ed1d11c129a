//! At which price of one asset a line is crossed. Found by asking core, not by a formula of its own: what the page
//! shows is the price at which the program acts, to the last digit.

use ballast_core::health::Totals;
use ballast_core::positions::Holding;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::{Refusal, Result};

use crate::memory::{Slot, others};

pub fn price_at(slots: &[Slot], at: usize, line_bps: u64, now: i64) -> Result<u64> {
    let mut asked = *slots.get(at).ok_or(Refusal::PositionsFull)?;
    let others = others(slots, &[at], PriceUse::Maintenance, now)?;
    let is_debt = matches!(asked.holding(), Holding::Debt(_));
    // A price that stays is confirmed: the search asks as if there were no mark that it could leave.
    asked.pool.volatility.marked_at = 0;
    let raw = asked.raw_price()?;
    let below = |spot: i64| match totals(&others, &asked, RawPrice { spot, ema: spot, ..raw }, now) {
        Ok(totals) => totals.maintenance.is_below(line_bps),
        // Worth more than core counts: a collateral then covers anything, and nothing covers a debt.
        Err(_) => is_debt,
    };
    // As the price rises, health passes the line once: upward with a collateral, downward with a debt.
    let crossed = |spot: i64| below(spot) == is_debt;
    if crossed(1) || !crossed(i64::MAX) {
        return Ok(0);
    }
    let (mut before, mut after) = (1, i64::MAX);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if crossed(middle) { after = middle } else { before = middle }
    }
    Ok(if is_debt { after } else { before }.unsigned_abs())
}

fn totals(others: &Totals, slot: &Slot, raw: RawPrice, now: i64) -> Result<Totals> {
    let quote = Quote::new(&slot.pool, &raw, PriceUse::Maintenance, now)?;
    others.with(slot.holding(), &quote)
}
