//! Persists the interest of a reserve. Nothing depends on it: every instruction accrues for itself. docs/MODEL.md, "refresh".
//! Enforces INV-1, INV-2, INV-6.
//!
//! Remaining accounts: the reserve's price account, to mark the price and advance the volatility; or none.

use crate::error::{BallastError, refused};
use crate::event::{Refreshed, tell};
use crate::quotes;
use crate::state::{Reserve, VERSION};
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct Refresh {
    #[account(mut, constraint = reserve.version == VERSION @ BallastError::UnknownVersion)]
    pub reserve: Account<Reserve>,
}

impl Refresh {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let reserve = &mut ctx.accounts.reserve;
        let price = match remaining.as_slice() {
            [] => None,
            prices => Some(quotes::only_price(reserve, prices)?),
        };

        op::refresh::refresh(&mut reserve.pool, price.as_ref(), now).map_err(refused)?;

        let ledger = &reserve.pool.ledger;
        tell(&Refreshed {
            reserve: *reserve.address(),
            supply_index: [ledger.supply_index.low, ledger.supply_index.high],
            debt_index: [ledger.debt_index.low, ledger.debt_index.high],
        });
        Ok(())
    }
}
