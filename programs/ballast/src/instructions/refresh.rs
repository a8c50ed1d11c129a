//! Writes the interest up to now into a reserve. Nothing depends on it: every instruction accrues interest itself.
//! docs/MODEL.md, "refresh". Enforces INV-1, INV-2, INV-6.

use crate::clock;
use crate::error::refused;
use crate::event::{Refreshed, emit};
use crate::oracle;
use crate::state::{Reserve, Stored};
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct Refresh {
    #[account(mut)]
    pub reserve: Stored<Reserve>,
    /// The reserve's price account, to record the price as a mark and update the volatility; or none.
    pub price: Option<UncheckedAccount>,
}

impl Refresh {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let now = clock::now()?;
        let Refresh { reserve, price } = &mut ctx.accounts;
        let price = match price {
            None => None,
            Some(price) => Some(oracle::read(price.account(), &reserve.source)?),
        };

        op::refresh::refresh(&mut reserve.pool, price.as_ref(), now).map_err(refused)?;

        let ledger = &reserve.pool.ledger;
        emit(&Refreshed {
            reserve: *reserve.address(),
            supply_index: [ledger.supply_index.low, ledger.supply_index.high],
            debt_index: [ledger.debt_index.low, ledger.debt_index.high],
        });
        Ok(())
    }
}
