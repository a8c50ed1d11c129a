//! One event per state change, named in the past tense and logged as `Program data:`. Health factors are maintenance
//! health in basis points, rounded down, `u64::MAX` without debt. Deposits and repayments do not price the obligation,
//! so they omit its health.

use crate::state::{MarketSettings, PriceSource};
use alloc::vec::Vec;
use anchor_lang::prelude::*;
use ballast_core::price::RawPrice;
use ballast_core::settings::Settings;
use bytemuck::Pod;

/// Logs an event as Anchor's `emit!` does, but through one function for all events. Anchor's macro is compiled into
/// every caller.
pub fn emit<E: Discriminator + Pod>(event: &E) {
    write(E::DISCRIMINATOR, bytemuck::bytes_of(event));
}

#[inline(never)]
fn write(discriminator: &[u8], body: &[u8]) {
    let mut data = Vec::with_capacity(discriminator.len() + body.len());
    data.extend_from_slice(discriminator);
    data.extend_from_slice(body);
    sol_log_data(&[&data]);
}

/// The spot price of an event and its decimals. Core has accepted the price, so both fit.
pub fn spot_and_digits(price: &RawPrice) -> (u64, u64) {
    (price.spot.unsigned_abs(), u64::from(price.exponent.unsigned_abs()))
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ConfigInitialized {
    pub config: Address,
    pub authority: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ReserveInitialized {
    pub config: Address,
    pub reserve: Address,
    pub mint: Address,
    pub price_account: Address,
    /// ASCII, padded with zeros.
    pub symbol: [u8; 8],
    pub decimals: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ObligationOpened {
    pub config: Address,
    pub obligation: Address,
    pub owner: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ObligationClosed {
    pub obligation: Address,
    pub owner: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Deposited {
    pub obligation: Address,
    pub reserve: Address,
    pub amount_atoms: u64,
    pub supply_shares: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Withdrawn {
    pub obligation: Address,
    pub reserve: Address,
    pub amount_atoms: u64,
    pub supply_shares: u64,
    /// The spot price that was used: USD per whole token is `spot * 10^-digits`. 0 without debt: none was used.
    pub spot: u64,
    pub digits: u64,
    pub health_before_bps: u64,
    pub health_after_bps: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct VouchersMinted {
    pub obligation: Address,
    pub reserve: Address,
    pub supply_shares: u64,
    pub health_before_bps: u64,
    pub health_after_bps: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct VouchersBurned {
    pub obligation: Address,
    pub reserve: Address,
    pub supply_shares: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Borrowed {
    pub obligation: Address,
    pub reserve: Address,
    pub amount_atoms: u64,
    pub fee_atoms: u64,
    /// Low word first.
    pub debt_shares: [u64; 2],
    /// The spot price that was used: USD per whole token is `spot * 10^-digits`.
    pub spot: u64,
    pub digits: u64,
    pub health_before_bps: u64,
    pub health_after_bps: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Repaid {
    pub obligation: Address,
    pub reserve: Address,
    pub payer: Address,
    pub amount_atoms: u64,
    /// Low word first.
    pub debt_shares: [u64; 2],
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Refreshed {
    pub reserve: Address,
    /// Q64, low word first.
    pub supply_index: [u64; 2],
    /// Q64, low word first.
    pub debt_index: [u64; 2],
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Liquidated {
    pub obligation: Address,
    pub collateral_reserve: Address,
    pub debt_reserve: Address,
    pub liquidator: Address,
    /// The token account that received the collateral, or the obligation that took the shares.
    pub destination: Address,
    /// 1 if the destination is an obligation, 0 if the reserve paid tokens.
    pub in_shares: u64,
    pub repaid_atoms: u64,
    /// Paid to the insurance bucket in addition to the repayment.
    pub premium_atoms: u64,
    /// Low word first.
    pub debt_shares: [u64; 2],
    pub seized_atoms: u64,
    pub supply_shares: u64,
    pub bonus_bps: u64,
    /// The spot prices that were used, as in `Borrowed`. 0 where a write-off used none.
    pub collateral_spot: u64,
    pub collateral_digits: u64,
    pub debt_spot: u64,
    pub debt_digits: u64,
    pub health_before_bps: u64,
    pub health_after_bps: u64,
    /// Written-off debt, low word first.
    pub loss_debt_shares: [u64; 2],
    /// The parts of the loss that the insurance bucket, the protocol's equity and the suppliers bear.
    pub loss_insurance_atoms: u64,
    pub loss_fees_atoms: u64,
    pub loss_suppliers_atoms: u64,
}

/// The health factor has fallen below the owner's warning line.
#[event(bytemuck)]
#[derive(Debug)]
pub struct HealthWarned {
    pub obligation: Address,
    pub owner: Address,
    pub health_bps: u64,
}

/// The health factor is 200 bps above the warning line, so the next fall below it warns again.
#[event(bytemuck)]
#[derive(Debug)]
pub struct WarningRearmed {
    pub obligation: Address,
    pub owner: Address,
    pub health_bps: u64,
}

/// The health factor has fallen below 1; the cure window begins.
#[event(bytemuck)]
#[derive(Debug)]
pub struct MarginCalled {
    pub obligation: Address,
    pub owner: Address,
    pub health_bps: u64,
    pub slot: u64,
}

/// A flag has moved the clocks of a call, or renewed it.
#[event(bytemuck)]
#[derive(Debug)]
pub struct CallUpdated {
    pub obligation: Address,
    pub owner: Address,
    pub health_bps: u64,
    pub slot: u64,
    /// Slots as in `Call`; 0 for none.
    pub called_at: u64,
    pub turn_at: u64,
    pub deep_at: u64,
    pub deep_agreed_at: u64,
}

/// The health factor is at least 1 again; the call no longer counts.
#[event(bytemuck)]
#[derive(Debug)]
pub struct MarginCallCleared {
    pub obligation: Address,
    pub owner: Address,
    pub health_bps: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ObligationSettled {
    pub obligation: Address,
    pub delegate: Address,
    pub delegate_rights: u64,
    pub target_health_bps: u64,
    pub warning_bps: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct FlashBorrowed {
    pub reserve: Address,
    pub amount_atoms: u64,
    pub fee_atoms: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct FlashRepaid {
    pub reserve: Address,
    pub payer: Address,
    pub amount_atoms: u64,
    pub fee_atoms: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ConfigUpdated {
    pub config: Address,
    pub pending_authority: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ConfigAccepted {
    pub config: Address,
    pub authority: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ChangeProposed {
    pub config: Address,
    pub change: Address,
    /// The reserve or the config.
    pub target: Address,
    /// 0: settings, 1: feed, 2: market. It says which of the contents below counts; the others are zero.
    pub kind: u64,
    pub executable_at: i64,
    pub ramp_secs: u64,
    pub settings: Settings,
    pub source: PriceSource,
    pub market: MarketSettings,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ChangeExecuted {
    pub config: Address,
    pub change: Address,
    /// The reserve or the config.
    pub target: Address,
    /// 0: settings, 1: feed, 2: market.
    pub kind: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ChangeCancelled {
    pub config: Address,
    pub change: Address,
    pub signer: Address,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct ReserveTightened {
    pub reserve: Address,
    pub signer: Address,
    pub ltv_bps: u64,
    pub max_utilization_bps: u64,
    pub supply_cap_atoms: u64,
    pub borrow_cap_atoms: u64,
    pub collateral_cap_usd: u64,
    pub allowed_debts: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct Paused {
    pub reserve: Address,
    pub signer: Address,
    pub actions: u64,
    pub ends_at: i64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct FeesCollected {
    pub reserve: Address,
    pub paid_out_atoms: u64,
    pub insured_atoms: u64,
}

#[event(bytemuck)]
#[derive(Debug)]
pub struct InsuranceFunded {
    pub reserve: Address,
    pub payer: Address,
    pub amount_atoms: u64,
}
