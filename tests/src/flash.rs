//! Loans within one transaction.

use crate::market::{Asset, INSTRUCTIONS, Market};
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::{World, instruction};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::{accounts, instruction as args};

impl User {
    /// To the user's own wallet.
    pub fn flash_borrow_ix(&self, market: &Market, asset: usize, amount_atoms: u64) -> Instruction {
        let Asset { reserve, mint, vault, token_program, .. } = market.assets[asset];
        instruction(
            accounts::FlashBorrow {
                reserve,
                mint,
                vault,
                destination: self.tokens[asset],
                instructions: INSTRUCTIONS,
                token_program,
            },
            args::FlashBorrow { amount_atoms },
            &[],
        )
    }

    /// From the user's own wallet.
    pub fn flash_repay_ix(&self, market: &Market, asset: usize) -> Instruction {
        let Asset { reserve, mint, vault, token_program, .. } = market.assets[asset];
        instruction(
            accounts::Payment {
                payer: self.address(),
                reserve,
                mint,
                vault,
                source: self.tokens[asset],
                token_program,
            },
            args::FlashRepay {},
            &[],
        )
    }

    /// Borrows, does something else, and repays.
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
