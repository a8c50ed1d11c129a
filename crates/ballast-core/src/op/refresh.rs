//! Persists the interest of a reserve, and its price as a mark. Nothing depends on it: reads accrue by value.
//! docs/MODEL.md, "refresh".

use crate::Result;
use crate::pool::Pool;
use crate::price::{PriceUse, RawPrice};

/// Accrues interest up to `now` and sets the rate again. With a price that a liquidation could use, it also advances
/// the volatility.
pub fn refresh(pool: &mut Pool, price: Option<&RawPrice>, now: i64) -> Result<()> {
    pool.ledger.accrue(now);
    if let Some(raw) = price {
        let price = pool.admit(raw, PriceUse::Liquidation, now)?;
        pool.record_price(&price, raw.publish_time);
    }
    pool.settle().map(drop)
}
