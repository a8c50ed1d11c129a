//! Multiplication and division of 128-bit numbers in 64-bit steps.
//!
//! Every instruction costs one compute unit, a 64-bit multiplication or division no more than a move. So the code
//! divides where others shift, and branches early to the cases that are common in money. It must not use `*`, `/`,
//! `%` or a variable shift on a u128: LLVM would turn them into calls of the very functions defined here.

/// Half of a 64-bit word: the digit of the long division.
const DIGIT: u32 = 32;
const LOW_DIGIT: u64 = (1 << DIGIT) - 1;

/// `a * b`, wrapping.
#[inline(always)]
pub fn mul(a: u128, b: u128) -> u128 {
    let (a_hi, a_lo) = split(a);
    let (b_hi, b_lo) = split(b);
    let (hi, lo) = mul_words(a_lo, b_lo);
    let crossed = a_hi.wrapping_mul(b_lo).wrapping_add(a_lo.wrapping_mul(b_hi));
    join(hi.wrapping_add(crossed), lo)
}

/// `(n / d, n % d)`. Callers have refused `d == 0` before: Rust checks every division.
#[inline(always)]
pub fn div_rem(n: u128, d: u128) -> (u128, u128) {
    let (n_hi, n_lo) = split(n);
    let (d_hi, d_lo) = split(d);
    if n_hi == 0 {
        if d_hi != 0 {
            return (0, n);
        }
        return (u128::from(n_lo / d_lo), u128::from(n_lo % d_lo));
    }
    if d_hi == 0 {
        let (q_lo, r) = div_two_words(n_hi % d_lo, n_lo, d_lo);
        return (join(n_hi / d_lo, q_lo), u128::from(r));
    }
    let (q, r) = div_by_two_words(n, d);
    (u128::from(q), r)
}

/// `n / d`, rounded towards zero; `i128::MIN / -1` wraps, as Rust has refused it before.
#[inline(always)]
pub fn signed_div(n: i128, d: i128) -> i128 {
    let (q, _) = div_rem(n.unsigned_abs(), d.unsigned_abs());
    negate_if((n < 0) != (d < 0), q)
}

/// `n % d`, with the sign of `n`.
#[inline(always)]
pub fn signed_rem(n: i128, d: i128) -> i128 {
    let (_, r) = div_rem(n.unsigned_abs(), d.unsigned_abs());
    negate_if(n < 0, r)
}

fn negate_if(negative: bool, magnitude: u128) -> i128 {
    let value = magnitude.cast_signed();
    if negative { value.wrapping_neg() } else { value }
}

/// The full product of two words as (high, low), from the four products of their halves.
#[inline(always)]
fn mul_words(a: u64, b: u64) -> (u64, u64) {
    let (a_hi, a_lo) = (opaque(a >> DIGIT), a & LOW_DIGIT);
    let (b_hi, b_lo) = (b >> DIGIT, b & LOW_DIGIT);
    // Neither sum overflows: (2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1.
    let middle = a_hi * b_lo + ((a_lo * b_lo) >> DIGIT);
    let carried = a_lo * b_hi + (middle & LOW_DIGIT);
    (a_hi * b_hi + (middle >> DIGIT) + (carried >> DIGIT), a.wrapping_mul(b))
}

/// Divides the two words `(hi, lo)` by `d`, where `hi < d`, so the quotient is one word. Knuth's algorithm D with
/// two 32-bit digits (The Art of Computer Programming, 4.3.1; Hacker's Delight, divlu).
#[inline(always)]
fn div_two_words(hi: u64, lo: u64, d: u64) -> (u64, u64) {
    if d <= LOW_DIGIT {
        // Every partial dividend fits a word: schoolbook division by one digit.
        let upper = (hi << DIGIT) | (lo >> DIGIT);
        let lower = ((upper % d) << DIGIT) | (lo & LOW_DIGIT);
        return ((upper / d) << DIGIT | (lower / d), lower % d);
    }
    let shift = leading_zeros(d);
    let d = d << shift;
    // Shifting by 64 is not a shift by zero, hence in two steps.
    let hi = (hi << shift) | ((lo >> 1) >> (63 - shift));
    let lo = lo << shift;
    let (q_hi, rest) = div_digit(hi, lo >> DIGIT, d);
    let (q_lo, rest) = div_digit(rest, lo & LOW_DIGIT, d);
    ((q_hi << DIGIT) + q_lo, rest >> shift)
}

/// One digit of the quotient: `(hi, digit) / d` and the rest, for a normalised `d` and `hi < d`.
#[inline(always)]
fn div_digit(hi: u64, digit: u64, d: u64) -> (u64, u64) {
    let (d_hi, d_lo) = (d >> DIGIT, d & LOW_DIGIT);
    let mut q = hi / d_hi;
    let mut rest = hi % d_hi;
    // The guess is too large by two at most, because the top bit of `d` is set.
    while q > LOW_DIGIT || q * d_lo > ((rest << DIGIT) | digit) {
        q -= 1;
        rest += d_hi;
        if rest > LOW_DIGIT {
            break;
        }
    }
    // Wrapping: the true difference fits a word, its terms need not.
    (q, ((hi << DIGIT) | digit).wrapping_sub(q.wrapping_mul(d)))
}

/// `(n / d, n % d)` for a divisor above 64 bits, so the quotient is one word.
#[inline(always)]
fn div_by_two_words(n: u128, d: u128) -> (u64, u128) {
    let (n_hi, n_lo) = split(n);
    let (d_hi, d_lo) = split(d);
    let shift = leading_zeros(d_hi);
    // The upper 64 significant bits of the divisor, and the dividend halved so that its high word is smaller.
    let d_top = (d_hi << shift) | ((d_lo >> 1) >> (63 - shift));
    let (guess, _) = div_two_words(n_hi >> 1, (n_hi << 63) | (n_lo >> 1), d_top);
    // One too large at most; one less is never too large, and one too small at most.
    let q = (guess >> (63 - shift)).saturating_sub(1);
    let rest = n.wrapping_sub(mul(d, u128::from(q)));
    if rest >= d { (q + 1, rest.wrapping_sub(d)) } else { (q, rest) }
}

/// Of a number that is not zero. By halves, then by table: shorter than LLVM's bit tricks.
#[inline(always)]
fn leading_zeros(word: u64) -> u32 {
    let mut zeros = 0;
    let mut word = word;
    for step in [32, 16, 8] {
        if word >> (64 - step) == 0 {
            zeros += step;
            word <<= step;
        }
    }
    zeros + u32::from(LEADING_ZEROS_OF_BYTE[(word >> 56) as usize])
}

const LEADING_ZEROS_OF_BYTE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).leading_zeros() as u8;
        byte += 1;
    }
    table
};

#[inline(always)]
fn split(number: u128) -> (u64, u64) {
    ((number >> 64) as u64, number as u64)
}

#[inline(always)]
fn join(hi: u64, lo: u64) -> u128 {
    (u128::from(hi) << 64) | u128::from(lo)
}

/// Returns `word`, but LLVM cannot see that: it would recognise the product of two words in the products of their
/// halves and replace them by the 128-bit multiplication that it is here to do.
#[inline(always)]
fn opaque(word: u64) -> u64 {
    #[cfg(target_arch = "bpf")]
    // SAFETY: there is no instruction in it.
    unsafe {
        let mut word = word;
        core::arch::asm!("/* {0} */", inout(reg) word, options(pure, nomem, nostack, preserves_flags));
        return word;
    }
    #[cfg(not(target_arch = "bpf"))]
    word
}
