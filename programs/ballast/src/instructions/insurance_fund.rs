//! Gives tokens to a reserve's insurance bucket. Anybody may call it. docs/MODEL.md, "insurance_fund". Enforces INV-1.

use crate::clock;
use crate::error::refused;
use crate::event::{InsuranceFunded, emit};
use crate::shared_accounts::Payment;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Atoms;

pub fn run(ctx: &mut Context<Payment>, amount_atoms: u64) -> Result<()> {
    let now = clock::now()?;
    let accounts = &mut ctx.accounts;

    let arrived = accounts.transfer().take(&accounts.reserve, Atoms(amount_atoms))?;

    op::insurance_fund::insurance_fund(&mut accounts.reserve.pool, arrived, now).map_err(refused)?;

    emit(&InsuranceFunded {
        reserve: *accounts.reserve.address(),
        payer: *accounts.payer.address(),
        amount_atoms: arrived.0,
    });
    Ok(())
}
