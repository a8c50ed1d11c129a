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
        let Asset { reserve, vault, .. } = market.assets[asset];
        instruction(
            accounts::FlashBorrow {
                reserve,
                vault,
                destination: self.tokens[asset],
                instructions: INSTRUCTIONS,
                token_program: spl_token_interface::ID,
            },
            args::FlashBorrow { amount_atoms },
            &market.assets[asset].token_accounts(),
        )
    }

    /// From the user's own wallet.
    pub fn flash_repay_ix(&self, market: &Market, asset: usize) -> Instruction {
        let Asset { reserve, vault, .. } = market.assets[asset];
        instruction(
            accounts::FlashRepay {
                payer: self.address(),
                reserve,
                vault,
                source: self.tokens[asset],
                token_program: spl_token_interface::ID,
            },
            args::FlashRepay {},
            &market.assets[asset].token_accounts(),
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
