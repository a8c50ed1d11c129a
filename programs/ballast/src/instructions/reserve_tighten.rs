//! Lowers a reserve's limits at once. docs/MODEL.md, "reserve_tighten". Enforces INV-11.

use crate::error::refused;
use crate::event::{ReserveTightened, emit};
use crate::shared_accounts::Restriction;
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::settings::Tightening;

pub fn run(ctx: &mut Context<Restriction>, to: Tightening) -> Result<()> {
    let accounts = &mut ctx.accounts;
    transaction::refuse_durable_nonce(accounts.instructions.account())?;

    op::reserve_tighten::reserve_tighten(&mut accounts.reserve.pool, &to).map_err(refused)?;

    emit(&ReserveTightened {
        reserve: *accounts.reserve.address(),
        signer: *accounts.signer.address(),
        ltv_bps: u64::from(to.ltv_bps),
        max_utilization_bps: u64::from(to.max_utilization_bps),
        supply_cap_atoms: to.supply_cap_atoms,
        borrow_cap_atoms: to.borrow_cap_atoms,
        collateral_cap_usd: to.collateral_cap_usd,
        allowed_debts: to.allowed_debts,
    });
    Ok(())
}
