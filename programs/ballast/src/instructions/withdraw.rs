//! Takes collateral back. docs/MODEL.md, "withdraw". Enforces INV-1, INV-3, INV-4, INV-5, INV-6, INV-9, INV-14.
//!
//! Remaining accounts: as `quotes.rs` says. Without debt no price is needed: the instruction then reads neither these
//! accounts nor the reserve's price.

use crate::clock;
use crate::error::refused;
use crate::event::{Withdrawn, emit, spot_and_digits};
use crate::quotes;
use crate::shared_accounts::OwnPosition;
use crate::state::Obligation;
use crate::token;
use alloc::vec::Vec;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::op::obligation_settings::Right;
use ballast_core::op::withdraw::Margin;
use ballast_core::positions::Side;
use ballast_core::units::{Amount, Atoms};

pub fn run(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
    let now = clock::now()?;
    let amount = Amount::from_wire(amount_atoms, Atoms).map_err(refused)?;

    let OwnPosition { obligation, owner, tokens, .. } = &ctx.accounts;
    let actor = obligation.authorize(owner.address(), Right::Withdraw)?;
    token::check_destination(actor, tokens.account(), obligation)?;
    let others = if obligation.positions.has(Side::Debt) { ctx.remaining_accounts()? } else { Vec::new() };
    let OwnPosition { reserve, obligation, price, .. } = &mut ctx.accounts;
    let margin = quotes::margin(&obligation.positions, reserve, price.account(), &others, now)?;

    let Obligation { positions, call, .. } = &mut **obligation;
    let withdrawal =
        op::withdraw::withdraw(&mut reserve.pool, positions, call, amount, &margin, now).map_err(refused)?;

    let accounts = &ctx.accounts;
    let (mint, vault) = (accounts.mint.account(), accounts.vault.account());
    token::pay_out(&accounts.reserve, mint, vault, accounts.tokens.account(), withdrawal.paid_out)?;

    let (spot, digits) = match &margin {
        Margin::NoDebt => (0, 0),
        Margin::Initial { price, .. } => spot_and_digits(price),
    };
    emit(&Withdrawn {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        amount_atoms: withdrawal.paid_out.0,
        supply_shares: withdrawal.shares.0,
        spot,
        digits,
        health_before_bps: withdrawal.health.before.factor_bps_floor(),
        health_after_bps: withdrawal.health.after.factor_bps_floor(),
    });
    Ok(())
}
