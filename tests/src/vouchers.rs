//! Collateral that leaves an obligation as tokens, and comes back.

use crate::market::{Asset, Market};
use crate::receipt::{Failure, Receipt};
use crate::user::User;
use crate::world::{World, instruction};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::{accounts, instruction as args};

impl User {
    /// An empty account of the user's for an asset's vouchers.
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
        instruction(
            self.own_vouchers(market, asset, destination),
            args::VoucherMint { amount_shares },
            &market.remaining(world, &self.obligation, &[market.assets[asset].reserve]),
        )
    }

    pub fn voucher_burn_ix(&self, market: &Market, asset: usize, source: Address, amount_shares: u64) -> Instruction {
        instruction(self.own_vouchers(market, asset, source), args::VoucherBurn { amount_shares }, &[])
    }

    fn own_vouchers(&self, market: &Market, asset: usize, vouchers: Address) -> accounts::OwnVouchers {
        let Asset { reserve, voucher_mint, feed, .. } = market.assets[asset];
        accounts::OwnVouchers {
            owner: self.address(),
            obligation: self.obligation,
            reserve,
            price: feed.address,
            voucher_mint,
            vouchers,
            token_program: spl_token_interface::ID,
        }
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
