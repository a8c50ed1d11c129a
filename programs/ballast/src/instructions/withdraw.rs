//! Takes collateral back. docs/MODEL.md, "withdraw". Enforces INV-1, INV-3, INV-4, INV-5, INV-6.
//!
//! Remaining accounts: those of `token.rs`, then as `quotes.rs` says. An obligation without debt needs no price: neither the latter nor
//! the reserve's price are read then.

use crate::error::{BallastError, refused};
use crate::event::{Withdrawn, tell};
use crate::quotes::Basis;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token;
use alloc::vec::Vec;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::positions::Side;
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct Withdraw {
    /// The obligation's owner, or a delegate who may withdraw.
    pub owner: Signer,
    #[account(mut, constraint = obligation.version == VERSION @ BallastError::UnknownVersion)]
    pub obligation: Account<Obligation>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    /// The reserve's price account.
    pub price: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens go: any account of the vault's mint; of the owner's, if the delegate signs.
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Withdraw {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let amount = Amount::from_wire(amount_atoms).map_err(refused)?;

        let Withdraw { reserve, obligation, owner, destination, .. } = &ctx.accounts;
        let actor = obligation.authorize(owner.address(), Right::Withdraw)?;
        token::check_destination(actor, destination.account(), obligation)?;
        let reads_others = obligation.positions.has(Side::Debt) || token::is_token_2022(reserve);
        let remaining = if reads_others { ctx.remaining_accounts()? } else { Vec::new() };
        let Withdraw { reserve, obligation, price, .. } = &mut ctx.accounts;
        let others = token::behind(reserve, &remaining);
        let basis = Basis::of(&obligation.positions, reserve, price.account(), others, now)?;

        let Obligation { positions, call, .. } = &mut **obligation;
        let withdrawal = op::withdraw::withdraw(&mut reserve.pool, positions, call, amount, &basis.margin(), now)
            .map_err(refused)?;

        let accounts = &ctx.accounts;
        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, &remaining, vault, destination, withdrawal.paid_out)?;

        tell(&Withdrawn {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: withdrawal.paid_out.0,
            supply_shares: withdrawal.shares.0,
            health_before_bps: withdrawal.health.before.factor_bps_floor(),
            health_after_bps: withdrawal.health.after.factor_bps_floor(),
        });
        Ok(())
    }
}
