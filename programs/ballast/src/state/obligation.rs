//! A borrower's account.

use anchor_lang::prelude::*;
use ballast_core::positions::Positions;

/// Several per owner, by number, at `[b"obligation", config, owner, number]`.
#[account]
pub struct Obligation {
    pub version: u8,
    pub bump: u8,
    pub number: u16,
    /// The health that a liquidation restores.
    pub target_health_bps: u16,
    pub reserved_flags: [u8; 2],
    pub config: Address,
    pub owner: Address,
    pub positions: Positions,
    pub reserved: [u64; 20],
}
