//! What one share or one atom is worth, as a 64-bit mantissa and a binary shift.
//!
//! A value per share spans 1e-30 to 1e21 USD, so a fixed point would either overflow or lose all digits. With a
//! mantissa whose top bit is set, every product of two such numbers is one 64x64-bit multiplication and loses at most
//! 2^-63 of its value, in the direction that its name says; no division is needed (docs/MODEL.md, "Unit value").

use crate::math::{div_ceil, div_floor, mul_exact, narrow_saturating, words};
use crate::units::{Index, Usd};
use crate::{Refusal, Result};

/// `mantissa * 2^-shift`, the mantissa's top bit set unless the number is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitValue {
    mantissa: u64,
    shift: i32,
}

const TOP: u64 = 1 << 63;

impl UnitValue {
    /// Exact.
    #[inline(always)]
    pub fn from_integer(value: u64) -> Self {
        let zeros = value.leading_zeros();
        Self { mantissa: value.checked_shl(zeros).unwrap_or(0), shift: zeros.cast_signed() }
    }

    /// Rounded down to 64 significant bits.
    #[inline(always)]
    pub fn from_wide_floor(value: u128) -> Self {
        Self::from_wide(value).0
    }

    /// Rounded up to 64 significant bits.
    #[inline(always)]
    pub fn from_wide_ceil(value: u128) -> Self {
        let (floor, exact) = Self::from_wide(value);
        if exact { floor } else { floor.next_up() }
    }

    /// The leading 64 bits, and whether that is all.
    #[inline(always)]
    fn from_wide(value: u128) -> (Self, bool) {
        let zeros = match words(value) {
            [low, 0] => return (Self::from_integer(low), true),
            // An index keeps its high word at 1 until it has doubled. Counting zeros is slow on chain.
            [_, 1] => 63,
            [_, high] => high.leading_zeros(),
        };
        let [low, high] = words(value);
        // `low >> (64 - zeros)` in two steps, because a shift by 64 overflows.
        let mantissa = (high << zeros) | ((low >> 1) >> (63 - zeros));
        (Self { mantissa, shift: zeros.cast_signed() - 64 }, low << zeros == 0)
    }

    /// An index in Q64, rounded down to 64 significant bits.
    #[inline(always)]
    pub fn from_index_floor(index: Index) -> Self {
        Self::from_wide_floor(index.0).divided_by_power(64)
    }

    /// An index in Q64, rounded up to 64 significant bits.
    #[inline(always)]
    pub fn from_index_ceil(index: Index) -> Self {
        Self::from_wide_ceil(index.0).divided_by_power(64)
    }

    /// `10^-exponent` for an exponent of 0 to 36, rounded down.
    #[inline(always)]
    pub fn ten_to_minus_floor(exponent: usize) -> Result<Self> {
        let (mantissa, shift) = *NEGATIVE_POWERS_OF_TEN.get(exponent).ok_or(Refusal::PriceExponent)?;
        Ok(Self { mantissa, shift })
    }

    /// `10^-exponent` for an exponent of 0 to 36, rounded up.
    #[inline(always)]
    pub fn ten_to_minus_ceil(exponent: usize) -> Result<Self> {
        let floor = Self::ten_to_minus_floor(exponent)?;
        Ok(if exponent == 0 { floor } else { floor.next_up() })
    }

    #[inline(always)]
    pub fn mul_floor(self, other: Self) -> Self {
        let [low, high] = words(mul_exact(self.mantissa, other.mantissa));
        let shift = self.shift + other.shift - 64;
        if high >= TOP {
            Self { mantissa: high, shift }
        } else {
            Self { mantissa: (high << 1) | (low >> 63), shift: shift + 1 }
        }
    }

    #[inline(always)]
    pub fn mul_ceil(self, other: Self) -> Self {
        let [low, high] = words(mul_exact(self.mantissa, other.mantissa));
        let shift = self.shift + other.shift - 64;
        let (floor, exact) = if high >= TOP {
            (Self { mantissa: high, shift }, low == 0)
        } else {
            (Self { mantissa: (high << 1) | (low >> 63), shift: shift + 1 }, low << 1 == 0)
        };
        if exact { floor } else { floor.next_up() }
    }

    /// One of `2^bits` equal parts. Exact.
    #[inline(always)]
    pub fn divided_by_power(self, bits: i32) -> Self {
        Self { shift: self.shift + bits, ..self }
    }

    /// The next larger number of 64 significant bits.
    #[inline(always)]
    fn next_up(self) -> Self {
        match self.mantissa.checked_add(1) {
            Some(mantissa) => Self { mantissa, ..self },
            None => Self { mantissa: TOP, shift: self.shift - 1 },
        }
    }

    /// The value of `count` units, rounded down; refused above [`Usd::POSITION_LIMIT`].
    #[inline(never)]
    pub fn value_floor(self, count: u64) -> Result<Usd> {
        let product = mul_exact(count, self.mantissa);
        limited(match self.value_shift() {
            Shift::Right(bits) => product.checked_shr(bits).unwrap_or(0),
            Shift::Left(bits) => shl_exact(product, bits)?,
        })
    }

    /// The value of `count` units, rounded up; refused above [`Usd::POSITION_LIMIT`].
    #[inline(never)]
    pub fn value_ceil(self, count: u64) -> Result<Usd> {
        let product = mul_exact(count, self.mantissa);
        limited(match self.value_shift() {
            Shift::Right(bits) => {
                let floor = product.checked_shr(bits).unwrap_or(0);
                let exact = floor.checked_shl(bits).unwrap_or(0) == product;
                floor + u128::from(!exact)
            }
            Shift::Left(bits) => shl_exact(product, bits)?,
        })
    }

    /// How many units are worth at most `value`; `u64::MAX` when more than that. A worthless unit is refused.
    pub fn count_floor(self, value: Usd) -> Result<u64> {
        let mantissa = u128::from(self.mantissa);
        Ok(match self.value_shift() {
            Shift::Left(bits) => narrow_saturating(div_floor(value.0, mantissa)?.checked_shr(bits).unwrap_or(0)),
            Shift::Right(bits) => match shl_exact(value.0, bits) {
                Ok(scaled) => narrow_saturating(div_floor(scaled, mantissa)?),
                // The dividend has its top bit beyond 2^127, so the quotient is beyond 2^63 and still to be doubled.
                Err(_) => u64::MAX,
            },
        })
    }

    /// How many units are worth at least `value`; `u64::MAX` when no such number fits. A worthless unit is refused.
    pub fn count_ceil(self, value: Usd) -> Result<u64> {
        let mantissa = u128::from(self.mantissa);
        Ok(match self.value_shift() {
            Shift::Left(bits) => {
                let divisor = shl_exact(mantissa, bits).unwrap_or(u128::MAX);
                narrow_saturating(div_ceil(value.0, divisor)?)
            }
            Shift::Right(bits) => match shl_exact(value.0, bits) {
                Ok(scaled) => narrow_saturating(div_ceil(scaled, mantissa)?),
                Err(_) => u64::MAX,
            },
        })
    }

    /// The shift that brings `count * mantissa` to units of 2^-40 USD.
    #[inline(always)]
    fn value_shift(self) -> Shift {
        let right = self.shift - Usd::FRACTION_BITS.cast_signed();
        if right >= 0 { Shift::Right(right.unsigned_abs()) } else { Shift::Left(right.unsigned_abs()) }
    }
}

enum Shift {
    Right(u32),
    Left(u32),
}

#[inline(always)]
fn limited(value: u128) -> Result<Usd> {
    if value >= Usd::POSITION_LIMIT { Err(Refusal::MathOverflow) } else { Ok(Usd(value)) }
}

/// `x << bits`, refused when a set bit would be lost.
#[inline(always)]
fn shl_exact(x: u128, bits: u32) -> Result<u128> {
    if x == 0 {
        return Ok(0);
    }
    if bits > x.leading_zeros() { Err(Refusal::MathOverflow) } else { Ok(x << bits) }
}

/// `10^-k` as `(mantissa, shift)`, the mantissa rounded down to 64 significant bits, for k = 0..=36: up to 18 decimals
/// of a token and up to 18 of a price.
static NEGATIVE_POWERS_OF_TEN: [(u64, i32); 37] = negative_powers_of_ten();

const fn negative_powers_of_ten() -> [(u64, i32); 37] {
    let mut table = [(0, 0); 37];
    let mut divisor: u128 = 1;
    let mut k = 0;
    while k < 37 {
        table[k] = reciprocal(divisor);
        divisor *= 10;
        k += 1;
    }
    table
}

/// `1 / divisor` by binary long division, until 64 significant bits are there.
const fn reciprocal(divisor: u128) -> (u64, i32) {
    let (mut mantissa, mut shift, mut remainder) = (0u64, 0i32, 1u128);
    loop {
        if remainder >= divisor {
            remainder -= divisor;
            mantissa |= 1;
        }
        if mantissa >= TOP {
            return (mantissa, shift);
        }
        mantissa <<= 1;
        remainder <<= 1;
        shift += 1;
    }
}
