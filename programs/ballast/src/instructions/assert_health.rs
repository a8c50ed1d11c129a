//! Fails unless an obligation is at least as healthy as the signer expects. A failure undoes the whole transaction, so
//! put it last. docs/MODEL.md, "assert_health". Enforces INV-6.
//!
//! Remaining accounts: as `quotes.rs` says, for every position.

use crate::clock;
use crate::error::BallastError;
use crate::quotes;
use crate::state::{Obligation, Stored};
use anchor_lang::prelude::*;
use ballast_core::price::PriceUse;

#[derive(Accounts)]
pub struct AssertHealth {
    pub obligation: Stored<Obligation>,
}

impl AssertHealth {
    pub fn run(ctx: &mut Context<Self>, min_health_bps: u64, deadline: i64) -> Result<()> {
        let now = clock::now()?;
        require!(now <= deadline, BallastError::DeadlinePassed);
        let remaining = ctx.remaining_accounts()?;
        let positions = &ctx.accounts.obligation.positions;
        let totals = quotes::totals(positions, &[], &remaining, PriceUse::Liquidation, now)?;
        require!(totals.maintenance.factor_bps_floor() >= min_health_bps, BallastError::HealthBelowExpected);
        Ok(())
    }
}
