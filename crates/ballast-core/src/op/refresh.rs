//! Persist the interest of a reserve. Nothing depends on it: reads accrue by value. docs/MODEL.md, "refresh".

use crate::Result;
use crate::pool::Pool;

/// Brings the books to `now` and sets the rate anew.
pub fn refresh(pool: &mut Pool, now: i64) -> Result<()> {
    pool.ledger.accrue(now);
    pool.settle()
}
