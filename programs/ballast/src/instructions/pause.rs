//! Pauses some actions of a reserve for at most a day. docs/MODEL.md, "pause". Enforces INV-11.

use crate::clock;
use crate::error::refused;
use crate::event::{Paused, emit};
use crate::shared_accounts::Restriction;
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::pause::Pauser;

/// `actions` is a sum of bits: 1 `withdraw` and `voucher_mint`, 2 `borrow`, 4 `liquidate`, 8 `flash_borrow`.
pub fn run(ctx: &mut Context<Restriction>, actions: u64, secs: u32) -> Result<()> {
    let now = clock::now()?;
    let accounts = &mut ctx.accounts;
    transaction::refuse_durable_nonce(accounts.instructions.account())?;
    let by = if accounts.config.authority == *accounts.signer.address() { Pauser::Authority } else { Pauser::Guardian };

    op::pause::pause(&mut accounts.reserve.pool, by, actions, secs, now).map_err(refused)?;

    let closure = accounts.reserve.pool.pause.closure(by);
    emit(&Paused {
        reserve: *accounts.reserve.address(),
        signer: *accounts.signer.address(),
        actions: closure.actions,
        ends_at: closure.ends_at,
    });
    Ok(())
}
