//! Reads the chain's clock, in one function because each copy of the code costs bytes.

use anchor_lang::prelude::*;

/// Returns the time of the block in Unix seconds.
#[inline(never)]
pub fn now() -> Result<i64> {
    Clock::get().map(|clock| clock.unix_timestamp)
}
