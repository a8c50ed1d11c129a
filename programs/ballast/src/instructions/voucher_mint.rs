//! Takes collateral out as vouchers. docs/MODEL.md, "voucher_mint". Enforces INV-4, INV-5, INV-6, INV-13, INV-14.
//!
//! Remaining accounts: as `quotes.rs` says. An obligation without debt needs no price: neither these accounts nor the reserve's price
//! are read then.

use crate::error::{BallastError, refused};
use crate::event::{VouchersMinted, tell};
use crate::quotes::Basis;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct VoucherMint {
    /// The obligation's owner, or a delegate who may withdraw.
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
    /// The reserve's price account.
    pub price: UncheckedAccount,
    #[account(mut, address = reserve.voucher_mint @ BallastError::WrongVoucherMint)]
    pub voucher_mint: UncheckedAccount,
    /// Where the vouchers go: any account of the voucher mint; of the owner's, if the delegate signs.
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl VoucherMint {
    pub fn run(ctx: &mut Context<Self>, amount_shares: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let amount = Amount::from_wire(amount_shares).map_err(refused)?;
        let remaining = ctx.remaining_accounts()?;
        let accounts = &mut ctx.accounts;
        let actor = accounts.obligation.authorize(accounts.owner.address(), Right::Withdraw)?;
        token::check_destination(actor, accounts.destination.account(), &accounts.obligation)?;

        let (reserve, obligation) = (&mut accounts.reserve, &mut accounts.obligation);
        let basis = Basis::of(&obligation.positions, reserve, accounts.price.account(), &remaining, now)?;
        let Obligation { positions, call, .. } = &mut **obligation;
        let issue = op::voucher_mint::voucher_mint(&mut reserve.pool, positions, call, amount, &basis.margin(), now)
            .map_err(refused)?;

        let (voucher_mint, destination) = (accounts.voucher_mint.account(), accounts.destination.account());
        token::mint_vouchers(&accounts.reserve, voucher_mint, destination, issue.shares)?;

        tell(&VouchersMinted {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            supply_shares: issue.shares.0,
            health_before_bps: issue.health.before.factor_bps_floor(),
            health_after_bps: issue.health.after.factor_bps_floor(),
        });
        Ok(())
    }
}
