//! One event per state change, in the past tense, logged as `Program data:`. Health factors are maintenance health in basis points,
//! rounded down, `u64::MAX` without debt. Deposits and repayments price no obligation and so tell no health.

use anchor_lang::prelude::*;

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
    pub health_before_bps: u64,
    pub health_after_bps: u64,
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
    pub repaid_atoms: u64,
    /// Low word first.
    pub debt_shares: [u64; 2],
    pub seized_atoms: u64,
    pub supply_shares: u64,
    pub bonus_bps: u64,
    pub health_before_bps: u64,
    pub health_after_bps: u64,
    /// Bad debt borne by the insurance bucket, the protocol's fees and the suppliers.
    pub loss_insurance_atoms: u64,
    pub loss_fees_atoms: u64,
    pub loss_suppliers_atoms: u64,
}
