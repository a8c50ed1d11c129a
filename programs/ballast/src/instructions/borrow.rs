//! Borrows tokens. docs/MODEL.md, "borrow". Enforces INV-1, INV-3, INV-4, INV-5, INV-6, INV-9, INV-14.
//!
//! Remaining accounts: as `quotes.rs` says.

use crate::clock;
use crate::error::refused;
use crate::event::{Borrowed, emit, spot_and_digits};
use crate::oracle;
use crate::quotes;
use crate::shared_accounts::OwnPosition;
use crate::state::Obligation;
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::math::words;
use ballast_core::op::obligation_settings::Right;
use ballast_core::op::{self, Priced};
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;

pub fn run(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
    let now = clock::now()?;
    let remaining = ctx.remaining_accounts()?;
    let accounts = &mut ctx.accounts;
    let actor = accounts.obligation.authorize(accounts.owner.address(), Right::Borrow)?;
    token::check_destination(actor, accounts.tokens.account(), &accounts.obligation)?;
    let price = oracle::read(accounts.price.account(), &accounts.reserve.source)?;
    let Obligation { positions, call, .. } = &mut *accounts.obligation;
    let others = quotes::totals(positions, &[&accounts.reserve.pool], &remaining, PriceUse::NewRisk, now)?;

    let reserve = Priced { pool: &mut accounts.reserve.pool, price };
    let loan = op::borrow::borrow(reserve, positions, call, &others, Atoms(amount_atoms), now).map_err(refused)?;

    let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
    token::pay_out(&accounts.reserve, mint, vault, accounts.tokens.account(), loan.paid_out)?;

    let (spot, digits) = spot_and_digits(&price);
    emit(&Borrowed {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        amount_atoms: loan.paid_out.0,
        fee_atoms: loan.fee.0,
        debt_shares: words(loan.shares.0),
        spot,
        digits,
        health_before_bps: loan.health.before.factor_bps_floor(),
        health_after_bps: loan.health.after.factor_bps_floor(),
    });
    Ok(())
}
