//! Repays a flash loan with its fee. docs/MODEL.md, "flash_repay". Enforces INV-1, INV-10.

use crate::clock;
use crate::error::refused;
use crate::event::{FlashRepaid, emit};
use crate::shared_accounts::Payment;
use anchor_lang::prelude::*;
use ballast_core::op::flash_repay::{flash_repay, size};

pub fn run(ctx: &mut Context<Payment>) -> Result<()> {
    let now = clock::now()?;
    let accounts = &mut ctx.accounts;
    let due = size(&accounts.reserve.pool).map_err(refused)?.due();

    let arrived = accounts.transfer().take(&accounts.reserve, due)?;

    let repayment = flash_repay(&mut accounts.reserve.pool, arrived, now).map_err(refused)?;

    emit(&FlashRepaid {
        reserve: *accounts.reserve.address(),
        payer: *accounts.payer.address(),
        amount_atoms: repayment.amount.0,
        fee_atoms: repayment.fee.0,
    });
    Ok(())
}
