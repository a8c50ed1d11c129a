//! Fails unless a reserve's price is in the range that the signer expects and usable for new risk.
//! docs/MODEL.md, "assert_price". Enforces INV-6.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::oracle;
use crate::state::{Reserve, Stored};
use anchor_lang::prelude::*;
use ballast_core::price::PriceUse;

#[derive(Accounts)]
pub struct AssertPrice {
    pub reserve: Stored<Reserve>,
    /// The reserve's price account.
    pub price: UncheckedAccount,
}

impl AssertPrice {
    /// `min` and `max` are in the feed's own unit, `10^exponent` USD.
    pub fn run(ctx: &mut Context<Self>, min: u64, max: u64, deadline: i64) -> Result<()> {
        let now = clock::now()?;
        require!(now <= deadline, BallastError::DeadlinePassed);
        let accounts = &ctx.accounts;
        let raw = oracle::read(accounts.price.account(), &accounts.reserve.source)?;
        let price = accounts.reserve.pool.admit(&raw, PriceUse::NewRisk, now).map_err(refused)?;
        require!((min..=max).contains(&price.spot), BallastError::PriceOutsideExpected);
        Ok(())
    }
}
