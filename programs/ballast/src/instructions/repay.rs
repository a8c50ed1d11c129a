//! Pays debt back, anybody's; needs no price and cannot be stopped. docs/MODEL.md, "repay". Enforces INV-1, INV-3, INV-4.
//!
//! Remaining accounts: as `token.rs` says.

use crate::error::{BallastError, refused};
use crate::event::Repaid;
use crate::state::{Obligation, Reserve, VERSION};
use crate::token::Carrier;
use alloc::vec::Vec;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::math::words;
use ballast_core::op::repay;
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct Repay {
    /// Whose tokens pay; need not be the obligation's owner.
    pub payer: Signer,
    #[account(mut, constraint = obligation.version == VERSION @ BallastError::UnknownVersion)]
    pub obligation: Account<Obligation>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from; the token program checks that the payer may spend them and that the mint is the vault's.
    #[account(mut)]
    pub source: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Repay {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let amount = Amount::from_wire(amount_atoms).map_err(refused)?;
        let reads_others = Carrier::is_token_2022(&ctx.accounts.reserve);
        let remaining = if reads_others { ctx.remaining_accounts()? } else { Vec::new() };
        let accounts = &mut ctx.accounts;
        let carrier = Carrier::of(&accounts.reserve, &mut remaining.as_slice())?;

        let (source, vault, payer) = (accounts.source.account(), accounts.vault.account(), accounts.payer.account());
        let (pool, positions) = (&mut accounts.reserve.pool, &mut accounts.obligation.positions);
        let amount = match carrier {
            Carrier::SplToken => amount,
            Carrier::Token2022 { .. } => {
                let asked = repay::size(pool, positions, amount, now).map_err(refused)?;
                Amount::Exact(carrier.receive(source, vault, payer, asked)?)
            }
        };
        let repayment = repay::repay(pool, positions, amount, now).map_err(refused)?;
        if let Carrier::SplToken = carrier {
            carrier.receive(source, vault, payer, repayment.taken)?;
        }

        emit!(Repaid {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            payer: *accounts.payer.address(),
            amount_atoms: repayment.taken.0,
            debt_shares: words(repayment.shares.0),
        });
        Ok(())
    }
}
