//! What anybody may say of an obligation or a price: flags, and assertions in a transaction.

use crate::market::Market;
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::{World, instruction};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::{accounts, instruction as args};

impl User {
    /// Flags `obligation`, one's own or another's.
    pub fn flag_ix(&self, world: &World, market: &Market, obligation: Address) -> Instruction {
        let remaining = market.remaining(world, &obligation, &[]);
        instruction(accounts::Flag { obligation }, args::Flag {}, &remaining)
    }

    pub fn flag(&self, world: &mut World, market: &Market, borrower: &User) -> Result<Receipt, Failure> {
        world.send(&[self.flag_ix(world, market, borrower.obligation)], &[&self.key])
    }

    /// About the user's own obligation.
    pub fn assert_health_ix(&self, world: &World, market: &Market, min_health_bps: u64, deadline: i64) -> Instruction {
        instruction(
            accounts::AssertHealth { obligation: self.obligation },
            args::AssertHealth { min_health_bps, deadline },
            &market.remaining(world, &self.obligation, &[]),
        )
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

    /// `min` and `max` in the feed's own unit.
    pub fn assert_price_ix(&self, market: &Market, asset: usize, min: u64, max: u64, deadline: i64) -> Instruction {
        let (reserve, price) = (market.assets[asset].reserve, market.assets[asset].feed.address);
        instruction(accounts::AssertPrice { reserve, price }, args::AssertPrice { min, max, deadline }, &[])
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
