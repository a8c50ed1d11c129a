//! Vouchers: collateral that leaves an obligation as tokens, and comes back.

use crate::market::Market;
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::TokenWallet;
use ballast_client::instructions;

impl User {
    /// Creates an empty account of the user for an asset's vouchers.
    pub fn voucher_account(&self, world: &mut World, market: &Market, asset: usize) -> Address {
        world.tokens(&market.assets[asset].voucher_mint, &self.address(), 0)
    }

    pub fn voucher_mint_ix(
        &self,
        world: &World,
        market: &Market,
        asset: usize,
        destination: Address,
        amount_shares: u64,
    ) -> Instruction {
        let (to, borrower) = (self.vouchers(destination), market.borrower(world, &self.obligation));
        instructions::voucher_mint(&to, &borrower, &market.named(asset), amount_shares)
    }

    pub fn voucher_burn_ix(&self, market: &Market, asset: usize, source: Address, amount_shares: u64) -> Instruction {
        instructions::voucher_burn(&self.vouchers(source), &self.obligation, &market.named(asset), amount_shares)
    }

    fn vouchers(&self, tokens: Address) -> TokenWallet {
        TokenWallet { signer: self.address(), tokens }
    }

    pub fn voucher_mint(
        &self,
        world: &mut World,
        market: &Market,
        asset: usize,
        destination: Address,
        amount_shares: u64,
    ) -> Result<Receipt, Failure> {
        let mint = self.voucher_mint_ix(world, market, asset, destination, amount_shares);
        world.send(&[mint], &[&self.key])
    }

    pub fn voucher_burn(
        &self,
        world: &mut World,
        market: &Market,
        asset: usize,
        source: Address,
        amount_shares: u64,
    ) -> Result<Receipt, Failure> {
        world.send(&[self.voucher_burn_ix(market, asset, source, amount_shares)], &[&self.key])
    }
}
