//! Brings a flash loan back, with its fee. docs/MODEL.md, "flash_repay". Enforces INV-1, INV-10.
//!
//! Remaining accounts: those of a Token-2022 reserve (`token.rs`).

use crate::error::{BallastError, refused};
use crate::event::{FlashRepaid, tell};
use crate::state::{Reserve, VERSION};
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op::flash_repay::{flash_repay, size};
use ballast_core::units::Atoms;

#[derive(Accounts)]
pub struct FlashRepay {
    /// Whose tokens pay.
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

impl FlashRepay {
    /// Which of the accounts is the reserve: `flash_borrow` looks for it there.
    pub const RESERVE: usize = 1;

    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        let due = size(&accounts.reserve.pool).map_err(refused)?;
        let due = Atoms(due.amount.0.saturating_add(due.fee.0));

        let route = [*accounts.source.account(), *accounts.vault.account(), *accounts.payer.account()];
        let arrived = token::collect(&accounts.reserve, &remaining, route, due)?;

        let repayment = flash_repay(&mut accounts.reserve.pool, arrived, now).map_err(refused)?;

        tell(&FlashRepaid {
            reserve: *accounts.reserve.address(),
            payer: *accounts.payer.address(),
            amount_atoms: repayment.amount.0,
            fee_atoms: repayment.fee.0,
        });
        Ok(())
    }
}
