//! Supplies tokens as collateral. docs/MODEL.md, "deposit". Enforces INV-1, INV-3, INV-4, INV-9, INV-10, INV-14.

use crate::clock;
use crate::error::refused;
use crate::event::{Deposited, emit};
use crate::quotes;
use crate::shared_accounts::OwnPosition;
use crate::token::{self, IncomingTransfer};
use anchor_lang::prelude::*;
use ballast_core::op::deposit;
use ballast_core::op::obligation_settings::Right;
use ballast_core::units::{Amount, Atoms};

pub fn run(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
    let now = clock::now()?;
    let offered = match Amount::from_wire(amount_atoms, Atoms).map_err(refused)? {
        Amount::Exact(atoms) => atoms,
        Amount::All => token::balance(ctx.accounts.tokens.account())?,
    };

    let OwnPosition { reserve, obligation, price, mint, tokens, vault, owner, .. } = &mut ctx.accounts;
    obligation.authorize(owner.address(), Right::AddCollateral)?;
    let entry = quotes::entry(reserve, &obligation.positions, price.account())?;
    let transfer = IncomingTransfer::new([mint.account(), tokens.account(), vault.account(), owner.account()]);
    let arrived = transfer.take_first(reserve, move |pool| deposit::size(pool, offered, now))?;
    let offered = arrived.unwrap_or(offered);

    let deposit =
        deposit::deposit(&mut reserve.pool, &mut obligation.positions, &entry, offered, now).map_err(refused)?;

    transfer.take_rest(reserve, arrived, deposit.taken)?;

    let accounts = &ctx.accounts;
    emit(&Deposited {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        amount_atoms: deposit.taken.0,
        supply_shares: deposit.shares.0,
    });
    Ok(())
}
