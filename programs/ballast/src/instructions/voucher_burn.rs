//! Brings vouchers back as collateral. docs/MODEL.md, "voucher_burn". Enforces INV-4, INV-13.
//!
//! Remaining accounts: the reserve's price account, where the obligation is in debt and the collateral is new to it; else none is read.

use crate::error::{BallastError, refused};
use crate::event::{VouchersBurned, tell};
use crate::quotes;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::{Amount, SupplyShares};

#[derive(Accounts)]
pub struct VoucherBurn {
    /// The obligation's owner or delegate, whose vouchers are burned.
    pub owner: Signer,
    #[account(
        mut,
        constraint = obligation.version == VERSION @ BallastError::UnknownVersion
    )]
    pub obligation: Account<Obligation>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.voucher_mint @ BallastError::WrongVoucherMint)]
    pub voucher_mint: UncheckedAccount,
    /// Where the vouchers come from; the token program checks that the signer may spend them.
    #[account(mut)]
    pub source: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl VoucherBurn {
    pub fn run(ctx: &mut Context<Self>, amount_shares: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        accounts.obligation.authorize(accounts.owner.address(), Right::AddCollateral)?;
        let source = accounts.source.account();
        let shares = match Amount::from_wire(amount_shares).map_err(refused)? {
            Amount::Exact(shares) => SupplyShares(shares.0),
            Amount::All => SupplyShares(token::balance(source)?.0),
        };

        let (reserve, positions) = (&mut accounts.reserve, &mut accounts.obligation.positions);
        let price = quotes::entry_price(reserve, positions, &remaining)?;
        let entry = quotes::entry(&price);
        op::voucher_burn::voucher_burn(&mut reserve.pool, positions, &entry, shares, now).map_err(refused)?;

        let (voucher_mint, source) = (accounts.voucher_mint.account(), accounts.source.account());
        token::burn_vouchers(voucher_mint, source, accounts.owner.account(), shares)?;

        tell(&VouchersBurned {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            supply_shares: shares.0,
        });
        Ok(())
    }
}
