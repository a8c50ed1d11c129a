//! Lends tokens until the end of the transaction. docs/MODEL.md, "flash_borrow". Enforces INV-10.
//!
//! Remaining accounts: those of a Token-2022 reserve (`token.rs`).

use crate::error::{BallastError, refused};
use crate::event::{FlashBorrowed, tell};
use crate::state::{Reserve, VERSION};
use crate::token;
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Atoms;

#[derive(Accounts)]
pub struct FlashBorrow {
    #[account(mut, constraint = reserve.version == VERSION @ BallastError::UnknownVersion)]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens go: any account of the vault's mint.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The instructions sysvar, in which the repayment is looked for.
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl FlashBorrow {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        transaction::require_flash_repay(accounts.instructions.account(), accounts.reserve.address())?;

        let loan =
            op::flash_borrow::flash_borrow(&mut accounts.reserve.pool, Atoms(amount_atoms), now).map_err(refused)?;

        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, &remaining, vault, destination, loan.paid_out)?;

        tell(&FlashBorrowed {
            reserve: *accounts.reserve.address(),
            amount_atoms: loan.paid_out.0,
            fee_atoms: loan.fee.0,
        });
        Ok(())
    }
}
