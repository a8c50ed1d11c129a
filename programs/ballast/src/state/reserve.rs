//! An asset of a market.

use anchor_lang::prelude::*;
use ballast_core::pool::Pool;
use bytemuck::{Pod, Zeroable};

/// Which Pyth account prices a reserve. Pinned when the reserve is listed, where the address is derived on chain.
#[derive(Clone, Copy, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(IdlType))]
#[repr(C)]
pub struct PriceSource {
    pub account: Address,
    pub feed_id: [u8; 32],
    /// 0: Pyth Core, 1: Pyth Core Compatible.
    pub receiver: u64,
}

/// One per asset and market, at `[b"reserve", config, mint]`.
#[account]
pub struct Reserve {
    pub version: u8,
    pub bump: u8,
    pub reserved_flags: [u8; 6],
    pub config: Address,
    pub mint: Address,
    /// The token account that holds the cash; the reserve is its authority.
    pub vault: Address,
    /// SPL Token or Token-2022.
    pub token_program: Address,
    /// An SPL Token mint; collateral shares that leave an obligation are its tokens.
    pub voucher_mint: Address,
    /// What the listing accepts of the mint's issuer: bits of `mint.rs`.
    pub accepted_powers: u64,
    pub source: PriceSource,
    pub pool: Pool,
    pub reserved: [u64; 26],
}
