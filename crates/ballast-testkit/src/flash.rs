//! Flash loans.

use crate::market::Market;
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::World;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::instructions;

impl User {
    /// Borrows into the user's own wallet.
    pub fn flash_borrow_ix(&self, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        instructions::flash_borrow(&market.named(asset), &self.tokens[asset], amount_atoms)
    }

    /// Repays from the user's own wallet.
    pub fn flash_repay_ix(&self, market: &Market, asset: usize) -> Instruction {
        instructions::flash_repay(&self.wallet(asset), &market.named(asset))
    }

    /// Borrows, runs the instructions `between`, and repays.
    pub fn flash(
        &self,
        world: &mut World,
        market: &Market,
        asset: usize,
        amount_atoms: u64,
        between: &[Instruction],
    ) -> Result<Receipt, Failure> {
        let mut all = vec![self.flash_borrow_ix(market, asset, amount_atoms)];
        all.extend_from_slice(between);
        all.push(self.flash_repay_ix(market, asset));
        world.send(&all, &[&self.key])
    }
}
