//! Takes collateral back. docs/MODEL.md, "withdraw". Enforces INV-1, INV-3, INV-4, INV-5, INV-6.
//!
//! Remaining accounts: those of `token.rs`, then as `quotes.rs` says. An obligation without debt needs no price: neither the latter nor
//! the reserve's price are read then.

use crate::error::{BallastError, refused};
use crate::event::Withdrawn;
use crate::oracle;
use crate::quotes;
use crate::state::{Obligation, Reserve, VERSION};
use crate::token;
use alloc::vec::Vec;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op::withdraw::{Margin, Withdrawal, withdraw};
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct Withdraw {
    pub owner: Signer,
    #[account(
        mut,
        constraint = obligation.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&obligation.owner, owner.address()) @ BallastError::NotOwner
    )]
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
    /// Where the tokens go: any account of the vault's mint that the owner names.
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Withdraw {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let amount = Amount::from_wire(amount_atoms).map_err(refused)?;

        let Withdraw { reserve, obligation, .. } = &ctx.accounts;
        let owes = obligation.positions.has(Side::Debt);
        let reads_others = owes || token::is_token_2022(reserve);
        let remaining = if reads_others { ctx.remaining_accounts()? } else { Vec::new() };
        let accounts = &mut ctx.accounts;

        let others = owes.then(|| token::behind(&accounts.reserve, &remaining));
        let withdrawal = decide(accounts, others, amount, now)?;

        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, &remaining, vault, destination, withdrawal.paid_out)?;

        emit!(Withdrawn {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: withdrawal.paid_out.0,
            supply_shares: withdrawal.shares.0,
            health_before_bps: withdrawal.before.factor_bps_floor(),
            health_after_bps: withdrawal.after.factor_bps_floor(),
        });
        Ok(())
    }
}

/// No others where nothing is owed.
fn decide(accounts: &mut Withdraw, others: Option<&[AccountView]>, amount: Amount, now: i64) -> Result<Withdrawal> {
    let Withdraw { reserve, obligation, price, .. } = accounts;
    let positions = &mut obligation.positions;
    let Some(others) = others else {
        return withdraw(&mut reserve.pool, positions, amount, &Margin::NoDebt, now).map_err(refused);
    };
    let price = oracle::read(price.account(), &reserve.source)?;
    let others = quotes::totals(positions, &[&reserve.pool], others, PriceUse::NewRisk, now)?;
    let margin = Margin::Initial { price: &price, others: &others };
    withdraw(&mut reserve.pool, positions, amount, &margin, now).map_err(refused)
}
