//! Pays the protocol's equity to the market's fee receiver, and a share of it to the insurance bucket. Anybody may call
//! it. docs/MODEL.md, "fees_collect". Enforces INV-1.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{FeesCollected, emit};
use crate::state::{Config, Reserve, Stored};
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct FeesCollect {
    pub config: Stored<Config>,
    #[account(
        mut,
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Stored<Reserve>,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// An account of the vault's mint that the market's fee receiver owns.
    #[account(mut)]
    pub destination: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl FeesCollect {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let now = clock::now()?;
        let accounts = &mut ctx.accounts;
        token::check_owner(accounts.destination.account(), &accounts.config.market.fee_receiver)?;

        let fees = op::fees_collect::fees_collect(&mut accounts.reserve.pool, now).map_err(refused)?;

        let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
        token::pay_out(&accounts.reserve, mint, vault, accounts.destination.account(), fees.paid_out)?;

        emit(&FeesCollected {
            reserve: *accounts.reserve.address(),
            paid_out_atoms: fees.paid_out.0,
            insured_atoms: fees.insured.0,
        });
        Ok(())
    }
}
