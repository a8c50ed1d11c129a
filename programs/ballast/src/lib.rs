//! Ballast on chain: a thin shell around `ballast-core`.
//!
//! Reading order: [`state`] (what is stored), [`instructions`] (what users can do; each loads accounts, calls one
//! operation of core, moves tokens and emits an event), then the parts that only this crate has: [`oracle`] (Pyth's
//! bytes to a price), [`quotes`] (remaining accounts to totals), [`token`] (token transfers), [`mint`] (what may be
//! listed), [`symbol`] (its name), [`transaction`] (the instructions around ours) and [`seeds`] (addresses). [`error`] lists every refusal.
#![cfg_attr(target_os = "solana", no_std)]

extern crate alloc;

use anchor_lang::prelude::*;

pub mod clock;
pub mod error;
pub mod event;
pub mod instructions;
pub mod mint;
pub mod oracle;
pub mod quotes;
pub mod seeds;
pub mod shared_accounts;
pub mod state;
pub mod symbol;
pub mod token;
pub mod transaction;

use ballast_core::settings::Tightening;
use instructions::*;
use shared_accounts::*;
use state::MarketSettings;

declare_id!("BaLLast1111111111111111111111111111111111111");

#[program]
pub mod ballast {
    use super::*;

    /// Opens a market. The signer becomes its authority.
    pub fn config_init(ctx: &mut Context<ConfigInit>, market: MarketSettings) -> Result<()> {
        ConfigInit::run(ctx, market)
    }

    /// Names the key that may take over the authority; zero names nobody.
    pub fn config_update(ctx: &mut Context<ConfigUpdate>, pending_authority: Address) -> Result<()> {
        ConfigUpdate::run(ctx, pending_authority)
    }

    /// Takes over the authority of a market.
    pub fn config_accept(ctx: &mut Context<ConfigAccept>) -> Result<()> {
        ConfigAccept::run(ctx)
    }

    /// Lists an asset in a market, closed. `accepted_powers` has a bit for each power that the mint's issuer may keep
    /// (`mint.rs`). `symbol` names the asset for people: 1 to 8 letters, digits or `+-._`, padded with zeros.
    pub fn reserve_init(
        ctx: &mut Context<ReserveInit>,
        feed: PriceFeed,
        accepted_powers: u64,
        symbol: [u8; 8],
    ) -> Result<()> {
        ReserveInit::run(ctx, feed, accepted_powers, symbol)
    }

    /// Queues a change under a number that the authority chooses.
    pub fn change_propose(ctx: &mut Context<ChangePropose>, number: u64, proposal: Proposal) -> Result<()> {
        ChangePropose::run(ctx, number, proposal)
    }

    /// Puts a queued change in force after its notice.
    pub fn change_execute(ctx: &mut Context<ChangeExecute>) -> Result<()> {
        ChangeExecute::run(ctx)
    }

    /// Cancels a queued change.
    pub fn change_cancel(ctx: &mut Context<ChangeCancel>) -> Result<()> {
        ChangeCancel::run(ctx)
    }

    /// Lowers a reserve's limits at once.
    pub fn reserve_tighten(ctx: &mut Context<Restriction>, to: Tightening) -> Result<()> {
        reserve_tighten::run(ctx, to)
    }

    /// Pauses some actions of a reserve for at most a day.
    pub fn pause(ctx: &mut Context<Restriction>, actions: u64, secs: u32) -> Result<()> {
        pause::run(ctx, actions, secs)
    }

    /// Pays the protocol's equity in a reserve to the fee receiver, less the insurance share.
    pub fn fees_collect(ctx: &mut Context<FeesCollect>) -> Result<()> {
        FeesCollect::run(ctx)
    }

    /// Gives tokens to a reserve's insurance bucket.
    pub fn insurance_fund(ctx: &mut Context<Payment>, amount_atoms: u64) -> Result<()> {
        insurance_fund::run(ctx, amount_atoms)
    }

    /// Opens an obligation that the signer owns.
    pub fn obligation_open(ctx: &mut Context<ObligationOpen>, number: u16) -> Result<()> {
        ObligationOpen::run(ctx, number)
    }

    /// Closes an empty obligation; its rent returns to the owner.
    pub fn obligation_close(ctx: &mut Context<ObligationClose>) -> Result<()> {
        ObligationClose::run(ctx)
    }

    /// Replaces the owner's settings of an obligation.
    pub fn obligation_settings(ctx: &mut Context<ObligationSettings>, settings: OwnerSettings) -> Result<()> {
        ObligationSettings::run(ctx, settings)
    }

    /// Supplies tokens as collateral. `u64::MAX` means the whole balance of the source account.
    pub fn deposit(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
        deposit::run(ctx, amount_atoms)
    }

    /// Takes collateral back. `u64::MAX` means all of it.
    pub fn withdraw(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
        withdraw::run(ctx, amount_atoms)
    }

    /// Borrows tokens. The origination fee is added to the debt.
    pub fn borrow(ctx: &mut Context<OwnPosition>, amount_atoms: u64) -> Result<()> {
        borrow::run(ctx, amount_atoms)
    }

    /// Repays debt of any obligation. `u64::MAX` means all of it.
    pub fn repay(ctx: &mut Context<Repay>, amount_atoms: u64) -> Result<()> {
        Repay::run(ctx, amount_atoms)
    }

    /// Takes collateral out of an obligation as vouchers, one per supply share. `u64::MAX` means all of it.
    pub fn voucher_mint(ctx: &mut Context<OwnVouchers>, amount_shares: u64) -> Result<()> {
        voucher_mint::run(ctx, amount_shares)
    }

    /// Burns vouchers and adds their shares to an obligation. `u64::MAX` means the whole balance of the source account.
    pub fn voucher_burn(ctx: &mut Context<OwnVouchers>, amount_shares: u64) -> Result<()> {
        voucher_burn::run(ctx, amount_shares)
    }

    /// Lends tokens until the end of the transaction.
    pub fn flash_borrow(ctx: &mut Context<FlashBorrow>, amount_atoms: u64) -> Result<()> {
        FlashBorrow::run(ctx, amount_atoms)
    }

    /// Repays a flash loan with its fee.
    pub fn flash_repay(ctx: &mut Context<Payment>) -> Result<()> {
        flash_repay::run(ctx)
    }

    /// Fails unless an obligation is at least as healthy as the signer expects.
    pub fn assert_health(ctx: &mut Context<AssertHealth>, min_health_bps: u64, deadline: i64) -> Result<()> {
        AssertHealth::run(ctx, min_health_bps, deadline)
    }

    /// Fails unless a reserve's price is in the range that the signer expects.
    pub fn assert_price(ctx: &mut Context<AssertPrice>, min: u64, max: u64, deadline: i64) -> Result<()> {
        AssertPrice::run(ctx, min, max, deadline)
    }

    /// Records that an obligation has crossed its warning line or the call line.
    pub fn flag(ctx: &mut Context<Flag>) -> Result<()> {
        Flag::run(ctx)
    }

    /// Writes the interest up to now into a reserve, and its price if the price account is given.
    pub fn refresh(ctx: &mut Context<Refresh>) -> Result<()> {
        Refresh::run(ctx)
    }

    /// Repays debt of an unhealthy obligation for its collateral, up to its target health.
    pub fn liquidate(ctx: &mut Context<Liquidate>, max_repay_atoms: u64, min_seized_atoms: u64) -> Result<()> {
        Liquidate::run(ctx, max_repay_atoms, min_seized_atoms)
    }
}
