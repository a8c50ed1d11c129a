//! A reserve: one asset of a market.

use anchor_lang::prelude::*;
use ballast_core::pool::Pool;
use bytemuck::{Pod, Zeroable};

/// The Pyth account that prices a reserve. The listing, or a change of the feed, derives its address on chain and pins
/// it.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
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
    /// An SPL Token mint. Its tokens are the supply shares outside of obligations.
    pub voucher_mint: Address,
    /// The powers that the mint's issuer may keep, as bits of `mint.rs`.
    pub accepted_powers: u64,
    /// The name of the asset for people, in ASCII, padded with zeros.
    pub symbol: [u8; 8],
    pub source: PriceSource,
    pub pool: Pool,
    pub reserved: [u64; 19],
}
