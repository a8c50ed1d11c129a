//! A market.

use anchor_lang::prelude::*;
use ballast_core::liquidation::LiquidationTerms;

/// One per market, at `[b"config", creator]`.
#[account]
pub struct Config {
    pub version: u8,
    pub bump: u8,
    pub reserved_flags: [u8; 6],
    /// Who opened the market: part of its address, without rights of its own.
    pub creator: Address,
    /// Who lists assets.
    pub authority: Address,
    pub terms: LiquidationTerms,
    pub reserved: [u64; 32],
}
