//! Lends tokens until the end of the transaction. docs/MODEL.md, "flash_borrow". Enforces INV-10.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{FlashBorrowed, emit};
use crate::state::{Reserve, Stored};
use crate::token;
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Atoms;

#[derive(Accounts)]
pub struct FlashBorrow {
    #[account(mut)]
    pub reserve: Stored<Reserve>,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens go: any account of the vault's mint.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The instructions sysvar, which must contain the repayment.
    pub instructions: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl FlashBorrow {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = clock::now()?;
        let accounts = &mut ctx.accounts;
        transaction::require_flash_repay(accounts.instructions.account(), accounts.reserve.address())?;

        let loan =
            op::flash_borrow::flash_borrow(&mut accounts.reserve.pool, Atoms(amount_atoms), now).map_err(refused)?;

        let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
        token::pay_out(&accounts.reserve, mint, vault, accounts.destination.account(), loan.paid_out)?;

        emit(&FlashBorrowed {
            reserve: *accounts.reserve.address(),
            amount_atoms: loan.paid_out.0,
            fee_atoms: loan.fee.0,
        });
        Ok(())
    }
}
