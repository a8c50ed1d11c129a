//! Takes a loan. docs/MODEL.md, "borrow". Enforces INV-1, INV-3, INV-4, INV-5, INV-6.
//!
//! Remaining accounts: those of `token.rs`, then as `quotes.rs` says.

use crate::error::{BallastError, refused};
use crate::event::{Borrowed, tell};
use crate::oracle;
use crate::quotes;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::math::words;
use ballast_core::op::{self, Priced};
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;

#[derive(Accounts)]
pub struct Borrow {
    /// The obligation's owner, or a delegate who may borrow.
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

impl Borrow {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        let actor = accounts.obligation.authorize(accounts.owner.address(), Right::Borrow)?;
        token::check_destination(actor, accounts.destination.account(), &accounts.obligation)?;
        let others = token::behind(&accounts.reserve, &remaining);
        let price = oracle::read(accounts.price.account(), &accounts.reserve.source)?;
        let Obligation { positions, call, .. } = &mut *accounts.obligation;
        let others = quotes::totals(positions, &[&accounts.reserve.pool], others, PriceUse::NewRisk, now)?;

        let reserve = Priced { pool: &mut accounts.reserve.pool, price };
        let loan = op::borrow::borrow(reserve, positions, call, &others, Atoms(amount_atoms), now).map_err(refused)?;

        let (vault, destination) = (accounts.vault.account(), accounts.destination.account());
        token::pay_out(&accounts.reserve, &remaining, vault, destination, loan.paid_out)?;

        tell(&Borrowed {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: loan.paid_out.0,
            fee_atoms: loan.fee.0,
            debt_shares: words(loan.shares.0),
            health_before_bps: loan.health.before.factor_bps_floor(),
            health_after_bps: loan.health.after.factor_bps_floor(),
        });
        Ok(())
    }
}
