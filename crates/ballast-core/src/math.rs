//! Wide integer arithmetic with the rounding in the name. No operation rounds without naming it.

use crate::{Refusal, Result};

/// One in the Q64 fixed-point format of indices and growth factors.
pub const Q64: u128 = 1 << 64;

/// `[low, high]` 64-bit words.
#[inline(always)]
pub fn words(x: u128) -> [u64; 2] {
    [low(x), low(x >> 64)]
}

/// The low 64 bits.
#[inline(always)]
fn low(x: u128) -> u64 {
    let bytes: [[u8; 8]; 2] = bytemuck::cast(x.to_le_bytes());
    u64::from_le_bytes(bytes[0])
}

/// The exact product: two 64-bit factors cannot overflow 128 bits.
///
/// Schoolbook multiplication on 32-bit halves, because the chain has no wide multiplication: the compiler would call
/// one for 128-bit factors, at twice the price. No step overflows: a column holds at most (2^32 - 1)^2 + 2 * (2^32 - 1)
/// = 2^64 - 1.
#[inline(always)]
pub fn mul_exact(a: u64, b: u64) -> u128 {
    const HALF: u64 = 0xffff_ffff;
    let (a0, a1, b0, b1) = (a & HALF, a >> 32, b & HALF, b >> 32);
    let low = a0.wrapping_mul(b0);
    let middle = a1.wrapping_mul(b0).wrapping_add(low >> 32);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & HALF);
    let high = a1.wrapping_mul(b1).wrapping_add(middle >> 32).wrapping_add(cross >> 32);
    (u128::from(high) << 64) | u128::from((cross << 32) | (low & HALF))
}

/// The exact product of a number and a small factor, where the caller's bounds (see `Usd::POSITION_LIMIT`) exclude an
/// overflow: the check would cost four times the multiplication on chain. Tests and fuzzers run with it.
#[inline(always)]
pub fn mul_bounded(a: u128, b: u64) -> u128 {
    debug_assert!(a.checked_mul(u128::from(b)).is_some(), "{a} * {b}");
    let [low, high] = words(a);
    mul_exact(low, b).wrapping_add(u128::from(high.wrapping_mul(b)) << 64)
}

/// `floor(a * b / 2^64)`: a number times a Q64 fraction below one, which cannot overflow.
#[inline(always)]
pub fn mul_q64_floor(a: u128, b: u64) -> u128 {
    let [low, high] = words(a);
    // Below 2^128 - 2^64 and below 2^64.
    mul_exact(high, b).wrapping_add(mul_exact(low, b) >> 64)
}

/// An exact 256-bit product. Ordered as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    high: u128,
    low: u128,
}

/// The exact product of two 128-bit factors.
pub fn mul_wide(a: u128, b: u128) -> Product {
    let ([a0, a1], [b0, b1]) = (words(a), words(b));
    let low_low = mul_exact(a0, b0);
    if a1 | b1 == 0 {
        return Product { high: 0, low: low_low };
    }
    let (low_high, high_low) = (mul_exact(a0, b1), mul_exact(a1, b0));
    // Three terms below 2^64 each: no overflow. The column sums of schoolbook multiplication.
    let middle = (low_low >> 64) + u128::from(low(low_high)) + u128::from(low(high_low));
    let high = mul_exact(a1, b1) + (low_high >> 64) + (high_low >> 64) + (middle >> 64);
    Product { high, low: (middle << 64) | u128::from(low(low_low)) }
}

impl Product {
    /// `floor(self / 2^bits)`, refused when it needs more than 128 bits.
    #[inline(always)]
    fn shr_floor(self, bits: u32) -> Result<u128> {
        match bits {
            0 if self.high == 0 => Ok(self.low),
            1..128 if self.high >> bits == 0 => Ok((self.high << (128 - bits)) | (self.low >> bits)),
            0..128 => Err(Refusal::MathOverflow),
            _ => Ok(self.high.checked_shr(bits - 128).unwrap_or(0)),
        }
    }

    /// Whether a shift right by `bits` loses nothing.
    #[inline(always)]
    fn is_multiple_of_power(self, bits: u32) -> bool {
        match bits {
            0 => true,
            1..128 => self.low << (128 - bits) == 0,
            128 => self.low == 0,
            129..256 => self.low == 0 && self.high << (256 - bits) == 0,
            _ => self.low == 0 && self.high == 0,
        }
    }
}

/// `floor(a * b / 2^bits)`.
#[inline(always)]
pub fn mul_shr_floor(a: u128, b: u128, bits: u32) -> Result<u128> {
    mul_wide(a, b).shr_floor(bits)
}

/// `ceil(a * b / 2^bits)`.
#[inline(always)]
pub fn mul_shr_ceil(a: u128, b: u128, bits: u32) -> Result<u128> {
    let product = mul_wide(a, b);
    let floor = product.shr_floor(bits)?;
    if product.is_multiple_of_power(bits) { Ok(floor) } else { floor.checked_add(1).ok_or(Refusal::MathOverflow) }
}

/// `floor(a / b)`; a zero divisor is refused.
#[inline(always)]
pub fn div_floor(a: u128, b: u128) -> Result<u128> {
    a.checked_div(b).ok_or(Refusal::MathOverflow)
}

/// `ceil(a / b)`; a zero divisor is refused.
#[inline(always)]
pub fn div_ceil(a: u128, b: u128) -> Result<u128> {
    let floor = div_floor(a, b)?;
    // floor * b <= a by construction.
    if floor.wrapping_mul(b) == a { Ok(floor) } else { floor.checked_add(1).ok_or(Refusal::MathOverflow) }
}

/// Narrows to 64 bits or refuses.
#[inline(always)]
pub fn narrow(x: u128) -> Result<u64> {
    match words(x) {
        [low, 0] => Ok(low),
        _ => Err(Refusal::MathOverflow),
    }
}

/// Narrows to 64 bits, or the largest such number.
#[inline(always)]
pub fn narrow_saturating(x: u128) -> u64 {
    match words(x) {
        [low, 0] => low,
        _ => u64::MAX,
    }
}
