//! Ballast on chain: a thin shell around `ballast-core`.
//!
//! Reading order: [`state`] (what is stored), [`instructions`] (what can be done; each loads accounts, calls one operation of core,
//! moves tokens, emits an event), then the five seams that only this crate has: [`oracle`] (Pyth's bytes to a price), [`quotes`]
//! (remaining accounts to totals), [`mint`] (which tokens can be listed), [`token`] (token transfers) and [`seeds`] (addresses).
//! [`error`] lists every refusal.
#![cfg_attr(target_os = "solana", no_std)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod error;
pub mod event;
pub mod instructions;
pub mod mint;
pub mod oracle;
pub mod quotes;
pub mod seeds;
pub mod state;
pub mod token;

use ballast_core::curve::Curve;
use ballast_core::liquidation::LiquidationTerms;
use ballast_core::price::PriceGuard;
use ballast_core::risk::RiskParams;
use instructions::*;

declare_id!("BaLLast1111111111111111111111111111111111111");

#[program]
pub mod ballast {
    use super::*;

    /// Opens a market under the signer's authority.
    pub fn config_init(ctx: &mut Context<ConfigInit>, terms: LiquidationTerms) -> Result<()> {
        ConfigInit::run(ctx, terms)
    }

    /// Lists an asset in a market.
    pub fn reserve_init(
        ctx: &mut Context<ReserveInit>,
        feed: PriceFeed,
        curve: Curve,
        risk: RiskParams,
        guard: PriceGuard,
        accepted_extensions: u64,
    ) -> Result<()> {
        ReserveInit::run(ctx, feed, curve, risk, guard, accepted_extensions)
    }

    /// Opens an obligation of the signer.
    pub fn obligation_open(ctx: &mut Context<ObligationOpen>, number: u16) -> Result<()> {
        ObligationOpen::run(ctx, number)
    }

    /// Closes an empty obligation; its rent returns to the owner.
    pub fn obligation_close(ctx: &mut Context<ObligationClose>) -> Result<()> {
        ObligationClose::run(ctx)
    }

    /// Supplies tokens as collateral. `u64::MAX` means all of the source account.
    pub fn deposit(ctx: &mut Context<Deposit>, amount_atoms: u64) -> Result<()> {
        Deposit::run(ctx, amount_atoms)
    }

    /// Takes collateral back. `u64::MAX` means all of it.
    pub fn withdraw(ctx: &mut Context<Withdraw>, amount_atoms: u64) -> Result<()> {
        Withdraw::run(ctx, amount_atoms)
    }

    /// Takes a loan.
    pub fn borrow(ctx: &mut Context<Borrow>, amount_atoms: u64) -> Result<()> {
        Borrow::run(ctx, amount_atoms)
    }

    /// Pays debt back, anybody's. `u64::MAX` means all of it.
    pub fn repay(ctx: &mut Context<Repay>, amount_atoms: u64) -> Result<()> {
        Repay::run(ctx, amount_atoms)
    }

    /// Persists the interest of a reserve.
    pub fn refresh(ctx: &mut Context<Refresh>) -> Result<()> {
        Refresh::run(ctx)
    }

    /// Closes an unhealthy obligation as far as its target health.
    pub fn liquidate(ctx: &mut Context<Liquidate>, max_repay_atoms: u64, min_seized_atoms: u64) -> Result<()> {
        Liquidate::run(ctx, max_repay_atoms, min_seized_atoms)
    }
}
