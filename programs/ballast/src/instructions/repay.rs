//! Repays debt of any obligation. It needs no price, and no pause, limit or flash loan stops it. docs/MODEL.md, "repay".
//! Enforces INV-1, INV-3, INV-4.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{Repaid, emit};
use crate::state::{Obligation, Reserve, Stored};
use crate::token::IncomingTransfer;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::math::words;
use ballast_core::op::repay;
use ballast_core::units::{Amount, Atoms};

#[derive(Accounts)]
pub struct Repay {
    /// Pays the tokens; may be anybody.
    pub payer: Signer,
    #[account(mut)]
    pub obligation: Stored<Obligation>,
    #[account(
        mut,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Stored<Reserve>,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from. The token program checks that the payer may spend them and that the mint is the
    /// vault's.
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl Repay {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = clock::now()?;
        let amount = Amount::from_wire(amount_atoms, Atoms).map_err(refused)?;

        let Repay { reserve, obligation, mint, source, vault, payer, .. } = &mut ctx.accounts;
        let transfer = IncomingTransfer::new([mint.account(), source.account(), vault.account(), payer.account()]);
        let arrived = transfer.take_first(reserve, |pool| repay::size(pool, &obligation.positions, amount, now))?;
        let amount = arrived.map_or(amount, Amount::Exact);

        let repayment = repay::repay(&mut reserve.pool, &mut obligation.positions, amount, now).map_err(refused)?;

        transfer.take_rest(reserve, arrived, repayment.taken)?;

        let accounts = &ctx.accounts;
        emit(&Repaid {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            payer: *accounts.payer.address(),
            amount_atoms: repayment.taken.0,
            debt_shares: words(repayment.shares.0),
        });
        Ok(())
    }
}
