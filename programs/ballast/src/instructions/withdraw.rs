//! Takes collateral back. docs/MODEL.md, "withdraw". Enforces INV-1, INV-3, INV-4, INV-5, INV-6.
//!
//! Remaining accounts: as `quotes.rs` says. An obligation without debt needs no price: neither these accounts nor the reserve's
//! price are read then.

use crate::error::{BallastError, refused};
use crate::event::Withdrawn;
use crate::oracle;
use crate::quotes;
use crate::state::{Obligation, Reserve, VERSION};
use crate::token;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::op::withdraw::{Margin, Withdrawal};
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

        let withdrawal = decide(ctx, amount, now)?;

        let accounts = &ctx.accounts;
        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, vault, destination, withdrawal.paid_out)?;

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

fn decide(ctx: &mut Context<Withdraw>, amount: Amount, now: i64) -> Result<Withdrawal> {
    if !ctx.accounts.obligation.positions.has(Side::Debt) {
        let accounts = &mut ctx.accounts;
        let positions = &mut accounts.obligation.positions;
        return op::withdraw::withdraw(&mut accounts.reserve.pool, positions, amount, &Margin::NoDebt, now)
            .map_err(refused);
    }
    let remaining = ctx.remaining_accounts()?;
    let accounts = &mut ctx.accounts;
    let price = oracle::read(accounts.price.account(), &accounts.reserve.source)?;
    let positions = &mut accounts.obligation.positions;
    let others = quotes::totals(positions, &[&accounts.reserve.pool], &remaining, PriceUse::NewRisk, now)?;
    let margin = Margin::Initial { price: &price, others: &others };
    op::withdraw::withdraw(&mut accounts.reserve.pool, positions, amount, &margin, now).map_err(refused)
}
