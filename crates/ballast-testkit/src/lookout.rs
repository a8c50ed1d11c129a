//! What anybody may do about an obligation or a price: flag the obligation, assert its health, assert the price.

use crate::market::Market;
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::instructions;

impl User {
    /// Flags `obligation`, which may be another user's.
    pub fn flag_ix(&self, world: &World, market: &Market, obligation: Address) -> Instruction {
        instructions::flag(&market.config, &market.borrower(world, &obligation))
    }

    pub fn flag(&self, world: &mut World, market: &Market, borrower: &User) -> Result<Receipt, Failure> {
        world.send(&[self.flag_ix(world, market, borrower.obligation)], &[&self.key])
    }

    /// Asserts the health of the user's own obligation. `deadline` is in Unix seconds.
    pub fn assert_health_ix(&self, world: &World, market: &Market, min_health_bps: u64, deadline: i64) -> Instruction {
        instructions::assert_health(&market.borrower(world, &self.obligation), min_health_bps, deadline)
    }

    pub fn assert_health(
        &self,
        world: &mut World,
        market: &Market,
        min_health_bps: u64,
        deadline: i64,
    ) -> Result<Receipt, Failure> {
        world.send(&[self.assert_health_ix(world, market, min_health_bps, deadline)], &[&self.key])
    }

    /// Asserts a price. `min` and `max` are in the feed's unit, `deadline` in Unix seconds.
    pub fn assert_price_ix(&self, market: &Market, asset: usize, min: u64, max: u64, deadline: i64) -> Instruction {
        instructions::assert_price(&market.named(asset), min, max, deadline)
    }

    pub fn assert_price(
        &self,
        world: &mut World,
        market: &Market,
        asset: usize,
        min: u64,
        max: u64,
        deadline: i64,
    ) -> Result<Receipt, Failure> {
        world.send(&[self.assert_price_ix(market, asset, min, max, deadline)], &[&self.key])
    }
}
