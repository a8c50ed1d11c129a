//! The time on chain.

use anchor_lang::prelude::*;

/// The unix time of the block.
#[inline(never)]
pub fn now() -> Result<i64> {
    Clock::get().map(|clock| clock.unix_timestamp)
}
