//! Gives tokens to a reserve's insurance bucket; anybody may. docs/MODEL.md, "insurance_fund". Enforces INV-1.
//!
//! Remaining accounts: those of a Token-2022 reserve (`token.rs`).

use crate::error::{BallastError, refused};
use crate::event::{InsuranceFunded, tell};
use crate::state::{Reserve, VERSION};
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Atoms;

#[derive(Accounts)]
pub struct InsuranceFund {
    /// Whose tokens are given.
    pub payer: Signer,
    #[account(mut, constraint = reserve.version == VERSION @ BallastError::UnknownVersion)]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from; the token program checks that the payer may spend them.
    #[account(mut)]
    pub source: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl InsuranceFund {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;

        let route = [*accounts.source.account(), *accounts.vault.account(), *accounts.payer.account()];
        let arrived = token::collect(&accounts.reserve, &remaining, route, Atoms(amount_atoms))?;

        op::insurance_fund::insurance_fund(&mut accounts.reserve.pool, arrived, now).map_err(refused)?;

        tell(&InsuranceFunded {
            reserve: *accounts.reserve.address(),
            payer: *accounts.payer.address(),
            amount_atoms: arrived.0,
        });
        Ok(())
    }
}
