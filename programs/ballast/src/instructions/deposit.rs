//! Supplies tokens as collateral. docs/MODEL.md, "deposit". Enforces INV-1, INV-3, INV-4, INV-9, INV-10,
//! INV-14.

use crate::clock;
use crate::error::refused;
use crate::event::{Deposited, emit};
use crate::groups::OwnPosition;
use crate::quotes;
use crate::state::Right;
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op::deposit;
use ballast_core::units::Amount;

pub fn run(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
    let now = clock::now()?;
    let mut offered = match Amount::from_wire(amount_atoms).map_err(refused)? {
        Amount::Exact(atoms) => atoms,
        Amount::All => token::balance(ctx.accounts.tokens.account())?,
    };

    let OwnPosition { reserve, obligation, owner, .. } = &ctx.accounts;
    obligation.authorize(owner.address(), Right::AddCollateral)?;
    let is_token_2022 = token::is_token_2022(reserve);
    let price = quotes::entry_price(reserve, &obligation.positions, ctx.accounts.price.account())?;
    let entry = quotes::entry(&price);
    let OwnPosition { reserve, obligation, mint, tokens, vault, owner, .. } = &mut ctx.accounts;
    let route = [*tokens.account(), *vault.account(), *owner.account()];
    if is_token_2022 {
        let asked = deposit::size(&reserve.pool, offered, now).map_err(refused)?;
        offered = token::receive_2022(reserve, mint.account(), route, asked)?;
    }

    let deposit =
        deposit::deposit(&mut reserve.pool, &mut obligation.positions, &entry, offered, now).map_err(refused)?;

    if !is_token_2022 {
        token::receive(reserve, mint.account(), route, deposit.taken)?;
    }

    let accounts = &ctx.accounts;
    emit(&Deposited {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        amount_atoms: deposit.taken.0,
        supply_shares: deposit.shares.0,
    });
    Ok(())
}
