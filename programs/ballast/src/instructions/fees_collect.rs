//! Pays the protocol's equity to the market's fee receiver, a share of it to the insurance bucket; anybody may.
//! docs/MODEL.md, "fees_collect". Enforces INV-1.
//!
//! Remaining accounts: those of a Token-2022 reserve (`token.rs`).

use crate::error::{BallastError, refused};
use crate::event::{FeesCollected, tell};
use crate::state::{Config, Reserve, VERSION};
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct FeesCollect {
    #[account(constraint = config.version == VERSION @ BallastError::UnknownVersion)]
    pub config: Account<Config>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// An account of the vault's mint that the market's fee receiver owns.
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl FeesCollect {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        token::check_owner(accounts.destination.account(), &accounts.config.market.fee_receiver)?;

        let fees = op::fees_collect::fees_collect(&mut accounts.reserve.pool, now).map_err(refused)?;

        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, &remaining, vault, destination, fees.paid_out)?;

        tell(&FeesCollected {
            reserve: *accounts.reserve.address(),
            paid_out_atoms: fees.paid_out.0,
            insured_atoms: fees.insured.0,
        });
        Ok(())
    }
}
