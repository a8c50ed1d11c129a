//! Gives tokens to the insurance bucket. docs/MODEL.md, "insurance_fund".

use crate::pool::Pool;
use crate::units::Atoms;
use crate::{Refusal, Result};

/// Sets `arrived` aside against bad debt. A gift: it buys nothing.
pub fn insurance_fund(pool: &mut Pool, arrived: Atoms, now: i64) -> Result<()> {
    pool.check_no_flash_loan()?;
    if arrived.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    pool.ledger.accrue(now);
    pool.ledger.earn(arrived)?;
    pool.ledger.insure(arrived)?;
    pool.settle().map(drop)
}
