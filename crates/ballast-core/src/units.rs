//! A type per quantity. Raw integers appear only at the wire; inside, a share cannot be added to an amount.
//!
//! | type | what | format |
//! |---|---|---|
//! | [`Atoms`] | tokens in their smallest unit | integer |
//! | [`SupplyShares`] | a claim on a reserve's supply | integer, worth `supply index` atoms each |
//! | [`DebtShares`] | a part of a reserve's debt | integer, 2^32 of them worth `debt index` atoms |
//! | [`Index`] | atoms per share | Q64 fixed point |
//! | [`Usd`] | a value | units of 2^-40 USD |
//! | [`WeightedUsd`] | a value times a weight in basis points | units of 2^-40 USD / 10,000 |
//! | [`Bps`] | a ratio | 1/10,000 |

use crate::math::{div_floor, mul_bounded, mul_exact, narrow, words};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// 100 %, in basis points.
pub const BPS_ONE: u64 = 10_000;

/// A 128-bit number in an account: Anchor's accounts align to at most 8 bytes, so it is stored as two words, low first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Wide {
    pub low: u64,
    pub high: u64,
}

impl Wide {
    #[inline(always)]
    pub fn new(value: u128) -> Self {
        let [low, high] = words(value);
        Self { low, high }
    }

    #[inline(always)]
    pub fn get(self) -> u128 {
        (u128::from(self.high) << 64) | u128::from(self.low)
    }
}

/// Tokens in their smallest unit, 0 to `u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atoms(pub u64);

/// Shares of a reserve's supply, 0 to `u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SupplyShares(pub u64);

/// Shares of a reserve's debt: 2^32 of them were one atom when the reserve was new, so that one is worth less than an
/// atom for as long as the index stays below 2^32, which is its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebtShares(pub u128);

/// Atoms per share in Q64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index(pub u128);

/// A value in units of 2^-40 USD (0.9e-12 USD). One position is worth at most [`Usd::POSITION_LIMIT`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub u128);

/// A sum of values, each times a weight in basis points: a borrow limit or a weighted debt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeightedUsd(pub u128);

/// A ratio in basis points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bps(pub u16);

/// What a caller asks for, in atoms or in shares: an exact amount, or all that there is. On the wire it is a `u64`
/// whose largest value means all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount<Q = Atoms> {
    Exact(Q),
    All,
}

impl<Q> Amount<Q> {
    /// `unit` is the type of the quantity: `Amount::from_wire(amount_atoms, Atoms)`.
    pub fn from_wire(amount: u64, unit: impl FnOnce(u64) -> Q) -> Result<Self> {
        match amount {
            0 => Err(Refusal::AmountTooSmall),
            u64::MAX => Ok(Self::All),
            exact => Ok(Self::Exact(unit(exact))),
        }
    }
}

impl Atoms {
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Bps {
    #[inline(always)]
    pub fn get(self) -> u64 {
        u64::from(self.0)
    }

    /// This part of an amount, rounded down.
    pub fn part_floor(self, whole: u128) -> Result<u128> {
        div_floor(whole.checked_mul(u128::from(self.0)).ok_or(Refusal::MathOverflow)?, u128::from(BPS_ONE))
    }

    /// This part of an amount of tokens, rounded up: a fee.
    #[inline(always)]
    pub fn fee_ceil(self, amount: Atoms) -> Result<Atoms> {
        narrow(mul_exact(amount.0, self.get()).div_ceil(u128::from(BPS_ONE))).map(Atoms)
    }
}

impl Usd {
    /// 2^52 USD (4.5e15). Sixteen positions, a weight of at most 2^16 bps and a health target of at most 2^14 bps then
    /// stay below 2^126: no sum and no product of the liquidation formula can overflow.
    pub const POSITION_LIMIT: u128 = 1 << 92;
    /// Fractional bits.
    pub const FRACTION_BITS: u32 = 40;

    /// A cent is rounded down to a unit.
    pub fn from_cents(cents: u64) -> Self {
        Self((u128::from(cents) << Self::FRACTION_BITS) / 100)
    }

    /// Times a weight. Exact: see [`Usd::POSITION_LIMIT`].
    #[inline(always)]
    pub fn weighted(self, weight: Bps) -> WeightedUsd {
        WeightedUsd(mul_bounded(self.0, weight.get()))
    }

    /// Adds the value of one of sixteen positions. Exact: see [`Usd::POSITION_LIMIT`].
    #[inline(always)]
    pub fn add_bounded(&mut self, value: Self) {
        self.0 = self.0.wrapping_add(value.0);
    }
}

impl WeightedUsd {
    /// Adds the weighted value of one of sixteen positions. Exact: see [`Usd::POSITION_LIMIT`].
    #[inline(always)]
    pub fn add_bounded(&mut self, value: Self) {
        self.0 = self.0.wrapping_add(value.0);
    }
}
