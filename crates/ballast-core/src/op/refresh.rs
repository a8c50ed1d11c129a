//! Persists the interest of a reserve, and its price as a mark. Nothing depends on it: reads accrue by value.
//! docs/MODEL.md, "refresh".

use crate::Result;
use crate::pool::Pool;
use crate::price::RawPrice;

/// Accrues interest up to `now` and sets the rate again. With a price of the age that a liquidation could use, it also
/// advances the volatility. A price beyond the band is not refused: `refresh` is how it gets confirmed.
pub fn refresh(pool: &mut Pool, price: Option<&RawPrice>, now: i64) -> Result<()> {
    pool.ledger.accrue(now);
    if let Some(raw) = price {
        let price = pool.observe(raw, now)?;
        pool.record_price(&price);
    }
    pool.settle().map(drop)
}
