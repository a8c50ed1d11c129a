//! Burns vouchers and adds their shares to an obligation. docs/MODEL.md, "voucher_burn". Enforces INV-4, INV-13,
//! INV-14.

use crate::clock;
use crate::error::refused;
use crate::event::{VouchersBurned, emit};
use crate::quotes;
use crate::shared_accounts::OwnVouchers;
use crate::token;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::op::obligation_settings::Right;
use ballast_core::units::{Amount, SupplyShares};

pub fn run(ctx: &mut Context<OwnVouchers>, amount_shares: u64) -> Result<()> {
    let now = clock::now()?;
    let accounts = &mut ctx.accounts;
    accounts.obligation.authorize(accounts.owner.address(), Right::AddCollateral)?;
    let vouchers = accounts.vouchers.account();
    let shares = match Amount::from_wire(amount_shares, SupplyShares).map_err(refused)? {
        Amount::Exact(shares) => shares,
        Amount::All => SupplyShares(token::balance(vouchers)?.0),
    };

    let (reserve, positions) = (&mut accounts.reserve, &mut accounts.obligation.positions);
    let entry = quotes::entry(reserve, positions, accounts.price.account())?;
    op::voucher_burn::voucher_burn(&mut reserve.pool, positions, &entry, shares, now).map_err(refused)?;

    let (voucher_mint, vouchers) = (accounts.voucher_mint.account(), accounts.vouchers.account());
    token::burn_vouchers(voucher_mint, vouchers, accounts.owner.account(), shares)?;

    emit(&VouchersBurned {
        obligation: *accounts.obligation.address(),
        reserve: *accounts.reserve.address(),
        supply_shares: shares.0,
    });
    Ok(())
}
