//! Turns vouchers back into collateral. docs/MODEL.md, "voucher_burn".

use crate::op::deposit::Entry;
use crate::pool::Pool;
use crate::positions::Positions;
use crate::units::SupplyShares;
use crate::{Refusal, Result};

/// Adds as many shares to the obligation as vouchers are burned. The reserve's books do not change.
///
/// Refuses what a deposit refuses, except at the supply cap, because it supplies nothing.
pub fn voucher_burn(
    pool: &mut Pool,
    positions: &mut Positions,
    entry: &Entry,
    shares: SupplyShares,
    now: i64,
) -> Result<()> {
    pool.check_no_flash_loan()?;
    if shares.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    entry.admit(pool, positions, shares, now)?;
    positions.add_collateral(&pool.id, shares)
}
