//! Takes collateral out of an obligation as vouchers. docs/MODEL.md, "voucher_mint". Enforces INV-4, INV-5, INV-6,
//! INV-13, INV-14.
//!
//! Remaining accounts: as `quotes.rs` says. Without debt no price is needed: the instruction then reads neither these
//! accounts nor the reserve's price.

use crate::clock;
use crate::error::refused;
use crate::event::{VouchersMinted, emit};
use crate::quotes;
use crate::shared_accounts::OwnVouchers;
use crate::state::Obligation;
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::op::obligation_settings::Right;
use ballast_core::units::{Amount, SupplyShares};

pub fn run(ctx: &mut Context<OwnVouchers>, amount_shares: u64) -> Result<()> {
    let now = clock::now()?;
    let amount = Amount::from_wire(amount_shares, SupplyShares).map_err(refused)?;
    let remaining = ctx.remaining_accounts()?;
    let accounts = &mut ctx.accounts;
    let actor = accounts.obligation.authorize(accounts.owner.address(), Right::Withdraw)?;
    token::check_destination(actor, accounts.vouchers.account(), &accounts.obligation)?;

    let (reserve, obligation) = (&mut accounts.reserve, &mut accounts.obligation);
    let margin = quotes::margin(&obligation.positions, reserve, accounts.price.account(), &remaining, now)?;
    let Obligation { positions, call, .. } = &mut **obligation;
    let issue =
        op::voucher_mint::voucher_mint(&mut reserve.pool, positions, call, amount, &margin, now).map_err(refused)?;

    let (voucher_mint, vouchers) = (accounts.voucher_mint.account(), accounts.vouchers.account());
    token::mint_vouchers(&accounts.reserve, voucher_mint, vouchers, issue.shares)?;

    emit(&VouchersMinted {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        supply_shares: issue.shares.0,
        health_before_bps: issue.health.before.factor_bps_floor(),
        health_after_bps: issue.health.after.factor_bps_floor(),
    });
    Ok(())
}
