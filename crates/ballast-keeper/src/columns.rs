//! What a row of the store is made of.
//!
//! It has room for [`INLINE`] positions, [`INLINE_DEBTS`] of them debts. An obligation with more of either is wide, and
//! the store keeps its positions whole, besides the columns.

use ballast_core::units::BPS_ONE;
use bytemuck::{Pod, Zeroable};

use anchor_lang::prelude::Address;

/// Positions that a row has room for.
pub const INLINE: usize = 8;
/// How many of them may be debts.
pub const INLINE_DEBTS: usize = 3;

/// Per position: supply shares, or debt shares / 2^32 rounded up.
pub type Amounts = [u64; INLINE];

/// Per position: the listing number of its reserve (bits 0 to 5) and [`kind::DEBT`]; 0 with an amount of 0 for none.
pub type Kinds = [u8; INLINE];

pub mod kind {
    /// The position is a debt.
    pub const DEBT: u8 = 0x80;
    /// On the first kind of a row: the obligation is wide, and the row has no positions.
    pub const WIDE: u8 = 0x40;
    /// The bits of the reserve's listing number.
    pub const NUMBER: u8 = 0x3f;
}

/// What the owner has chosen, and whether they have been warned.
#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct OwnerChoice {
    pub target_bps: u16,
    /// The top bit: warned.
    pub warning_bps: u16,
}

impl OwnerChoice {
    /// The bit of `warning_bps`.
    pub const WARNED: u16 = 0x8000;

    /// Returns the health factor below which the keeper acts, in basis points: the warning line until the owner is
    /// warned, then 1.
    pub fn line_bps(self) -> u64 {
        if self.warning_bps & Self::WARNED != 0 { BPS_ONE } else { BPS_ONE + u64::from(self.warning_bps) }
    }
}

/// By row; a row without an obligation has no positions and an address of zeros.
#[derive(Default)]
pub struct Columns {
    pub amounts: Vec<Amounts>,
    pub kinds: Vec<Kinds>,
    pub choices: Vec<OwnerChoice>,
    /// Per debt in the order of the positions: how much its amount * 2^32 exceeds its shares.
    pub excesses: Vec<[u32; INLINE_DEBTS]>,
    /// The slot of the last write.
    pub slots: Vec<u64>,
    pub addresses: Vec<Address>,
}
