//! Takes collateral out as vouchers: tokens that are the supply shares themselves. docs/MODEL.md, "voucher_mint".

use crate::call::Call;
use crate::health::HealthChange;
use crate::op::withdraw::Margin;
use crate::pause::Pausable;
use crate::pool::Pool;
use crate::positions::Positions;
use crate::units::{Amount, SupplyShares};
use crate::{Refusal, Result};

/// The shares that leave the obligation. The program mints as many vouchers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    pub shares: SupplyShares,
    pub health: HealthChange,
}

/// Takes out `amount`. The reserve's books do not change: the shares only have another holder.
///
/// Refuses what a withdrawal refuses, except for cash and the outflow limit, because no tokens leave.
pub fn voucher_mint(
    pool: &mut Pool,
    positions: &mut Positions,
    call: &mut Call,
    amount: Amount<SupplyShares>,
    margin: &Margin,
    now: i64,
) -> Result<Issue> {
    pool.check_not_paused(Pausable::Withdraw, now)?;
    pool.check_no_flash_loan()?;
    let held = positions.collateral(&pool.id);
    let shares = match amount {
        Amount::All => held,
        Amount::Exact(shares) => shares,
    };
    if shares.0 == 0 || shares > held {
        return Err(Refusal::InsufficientCollateral);
    }
    positions.remove_collateral(&pool.id, shares)?;
    let health = margin.check(pool, positions, call, held, now)?;
    Ok(Issue { shares, health })
}
