//! Multiplication and division of 128-bit numbers in 64-bit steps.
//!
//! The VM charges one compute unit for every instruction, be it a division or a move. So this code divides where
//! others shift and multiply, and its branches are for the cases that are common in money.
//! It must not use `*`, `/`, `%` or a variable shift on a u128, which LLVM turns into calls of these very functions.

use core::hint::assert_unchecked;

/// Half of a word: a digit of the long division.
const DIGIT: u32 = 32;
const LOW_DIGIT: u64 = (1 << DIGIT) - 1;

/// `a * b`, wrapping.
#[inline(always)]
pub fn mul(a: u128, b: u128) -> u128 {
    let (a_hi, a_lo) = split(a);
    let (b_hi, b_lo) = split(b);
    if a_lo == 0 {
        // A checked multiplication of u128 comes here for both high words, and mostly they are zero.
        return join(a_hi.wrapping_mul(b_lo), 0);
    }
    let crossed = a_hi.wrapping_mul(b_lo).wrapping_add(a_lo.wrapping_mul(b_hi));
    join(mul_hi(a_lo, b_lo).wrapping_add(crossed), a_lo.wrapping_mul(b_lo))
}

/// `n / d`.
///
/// # Safety
/// `d` is not zero. The compiler checks that before every division it compiles to a call of this.
#[inline(always)]
pub unsafe fn div(n: u128, d: u128) -> u128 {
    // SAFETY: as promised by the caller.
    unsafe { div_rem(n, d) }.0
}

/// `n % d`.
///
/// # Safety
/// As for [`div`].
#[inline(always)]
pub unsafe fn rem(n: u128, d: u128) -> u128 {
    // SAFETY: as promised by the caller.
    unsafe { div_rem(n, d) }.1
}

/// `n / d`, rounded toward zero; wrapping for `i128::MIN / -1`.
#[inline(always)]
pub fn signed_div(n: i128, d: i128) -> i128 {
    // On chain this division of unsigned numbers is a call of `div`.
    negate_if((n < 0) != (d < 0), n.unsigned_abs() / d.unsigned_abs())
}

/// `n % d`, with the sign of `n`.
#[inline(always)]
pub fn signed_rem(n: i128, d: i128) -> i128 {
    negate_if(n < 0, n.unsigned_abs() % d.unsigned_abs())
}

#[inline(always)]
fn negate_if(negative: bool, magnitude: u128) -> i128 {
    let value = magnitude.cast_signed();
    if negative { value.wrapping_neg() } else { value }
}

/// The high word of `a * b`.
#[inline(always)]
fn mul_hi(a: u64, b: u64) -> u64 {
    let (a_hi, a_lo) = (opaque(a >> DIGIT), a & LOW_DIGIT);
    let (b_hi, b_lo) = (b >> DIGIT, b & LOW_DIGIT);
    // No sum overflows: (2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1.
    let middle = a_hi * b_lo + ((a_lo * b_lo) >> DIGIT);
    let carried = a_lo * b_hi + (middle & LOW_DIGIT);
    a_hi * b_hi + (middle >> DIGIT) + (carried >> DIGIT)
}

#[inline(always)]
unsafe fn div_rem(n: u128, d: u128) -> (u128, u128) {
    let (n_hi, n_lo) = split(n);
    let (d_hi, d_lo) = split(d);
    if d_hi != 0 {
        return if n_hi < d_hi { (0, n) } else { div_by_two_words(n, d) };
    }
    // SAFETY: `d` is not zero, and its high word is.
    unsafe { assert_unchecked(d_lo != 0) };
    if n_hi == 0 {
        return (join(0, n_lo / d_lo), join(0, n_lo % d_lo));
    }
    let (q_hi, rest) = div_word(n_hi, d_lo);
    let (q_lo, rest) = if d_lo >> DIGIT == 0 {
        let (upper, rest) = div_word((rest << DIGIT) | (n_lo >> DIGIT), d_lo);
        let (lower, rest) = div_word((rest << DIGIT) | (n_lo & LOW_DIGIT), d_lo);
        ((upper << DIGIT) | lower, rest)
    } else {
        let shift = leading_zeros(d_lo);
        let (q, rest) = div_two_words(shift_left(rest, n_lo, shift), n_lo << shift, d_lo << shift);
        (q, rest >> shift)
    };
    (join(q_hi, q_lo), join(0, rest))
}

/// `(n / d, n % d)` for a divisor above 64 bits, so that the quotient is one word (Hacker's Delight, udivmodti4).
#[inline(always)]
fn div_by_two_words(n: u128, d: u128) -> (u128, u128) {
    let (n_hi, n_lo) = split(n);
    let (d_hi, d_lo) = split(d);
    let shift = leading_zeros(d_hi);
    // Divide half of the dividend, whose high word is then the smaller one, by the top 64 bits of the divisor.
    let top = shift_left(d_hi, d_lo, shift);
    let (guess, _) = div_two_words(n_hi >> 1, (n_hi << 63) | (n_lo >> 1), top);
    // The guess is exact or too large by one. Take one off, and add it again if the rest allows.
    let q = (guess >> (63 - shift)).saturating_sub(1);
    let product_hi = mul_hi(q, d_lo) + q * d_hi;
    let rest = n - join(product_hi, q.wrapping_mul(d_lo));
    if rest >= d { (join(0, q + 1), rest - d) } else { (join(0, q), rest) }
}

/// `(hi, lo) / d` and the rest, for `hi < d` and a `d` with its top bit set. Knuth's algorithm D with two digits (The
/// Art of Computer Programming, 4.3.1).
#[inline(always)]
fn div_two_words(hi: u64, lo: u64, d: u64) -> (u64, u64) {
    let (upper, rest) = div_digit(hi, lo >> DIGIT, d);
    let (lower, rest) = div_digit(rest, lo & LOW_DIGIT, d);
    ((upper << DIGIT) | lower, rest)
}

/// One digit of a quotient: `(hi, digit) / d` and the rest, under the same conditions.
#[inline(always)]
fn div_digit(hi: u64, digit: u64, d: u64) -> (u64, u64) {
    let (d_hi, d_lo) = (d >> DIGIT, d & LOW_DIGIT);
    // SAFETY: the top bit of `d` is set.
    unsafe { assert_unchecked(d_hi != 0) };
    // Dividing by the upper digit alone guesses too high, by two at most. At most 2^32 + 1, so `owed` does not wrap.
    let (mut q, rest) = div_word(hi, d_hi);
    let owed = q * d_lo;
    let mut left = (rest << DIGIT) | digit;
    while left < owed {
        q -= 1;
        let (more, wrapped) = left.overflowing_add(d);
        left = more;
        if wrapped {
            break;
        }
    }
    // A sum that has wrapped is set right by the difference, which is below `d`.
    (q, left.wrapping_sub(owed))
}

/// `(n / d, n % d)`. LLVM would get the second from the first by two instructions more than the VM needs.
#[inline(always)]
fn div_word(n: u64, d: u64) -> (u64, u64) {
    (n / d, opaque(n) % d)
}

/// Of a word that is not zero. By halves, then by table: shorter than LLVM's bit tricks, and as nested branches
/// shorter than as a loop, whose steps LLVM takes for selects, which the VM has no instruction for.
#[inline(always)]
fn leading_zeros(word: u64) -> u32 {
    let below = |shift: u32| 56 - shift + u32::from(LEADING_ZEROS_OF_BYTE[(word >> shift) as u8 as usize]);
    if word >> 32 == 0 {
        if word >> 16 == 0 {
            if word >> 8 == 0 { below(0) } else { below(8) }
        } else if word >> 24 == 0 {
            below(16)
        } else {
            below(24)
        }
    } else if word >> 48 == 0 {
        if word >> 40 == 0 { below(32) } else { below(40) }
    } else if word >> 56 == 0 {
        below(48)
    } else {
        below(56)
    }
}

static LEADING_ZEROS_OF_BYTE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).leading_zeros() as u8;
        byte += 1;
    }
    table
};

/// The high word of `(hi, lo) << shift`, for a shift below 64. In two steps, as a shift by 64 is none at all.
#[inline(always)]
fn shift_left(hi: u64, lo: u64, shift: u32) -> u64 {
    (hi << shift) | ((lo >> 1) >> (63 - shift))
}

#[inline(always)]
fn split(number: u128) -> (u64, u64) {
    ((number >> 64) as u64, number as u64)
}

#[inline(always)]
fn join(hi: u64, lo: u64) -> u128 {
    ((hi as u128) << 64) | lo as u128
}

/// Returns `word`, but LLVM cannot see that. It would recognize what the code around it computes and write it in
/// its own way: a 128-bit multiplication becomes a call of itself.
#[inline(always)]
fn opaque(word: u64) -> u64 {
    #[cfg(target_arch = "bpf")]
    {
        let same;
        // SAFETY: there is no instruction in it.
        unsafe { core::arch::asm!("/* {0} */", inout(reg) word => same, options(pure, nomem, nostack)) };
        same
    }
    #[cfg(not(target_arch = "bpf"))]
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of every length, with the runs of ones and zeros where carries and corrections happen.
    struct Numbers(u64);

    impl Numbers {
        /// xorshift64*: no dependency, and the same numbers in every run.
        fn word(&mut self) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
        }

        fn next(&mut self) -> u128 {
            let number = join(self.word(), self.word()) >> (self.word() % 128);
            let power = 1_u128 << (self.word() % 128);
            match self.word() % 8 {
                0 => power,
                1 => power - 1,
                2 => number ^ (power - 1),
                3 => number & !(power - 1),
                4 => number | (u128::MAX << 96),
                5 => join(self.word(), 0) | number >> 64,
                _ => number,
            }
        }
    }

    fn check(a: u128, b: u128) {
        assert_eq!(mul(a, b), a.wrapping_mul(b), "{a} * {b}");
        if b != 0 {
            // SAFETY: not zero.
            let (q, r) = unsafe { (div(a, b), rem(a, b)) };
            assert_eq!((q, r), (a / b, a % b), "{a} / {b}");
            let (a, b) = (a.cast_signed(), b.cast_signed());
            assert_eq!(signed_div(a, b), a.wrapping_div(b), "{a} / {b}");
            assert_eq!(signed_rem(a, b), a.wrapping_rem(b), "{a} % {b}");
        }
    }

    #[test]
    fn agrees_with_native_arithmetic_on_random_numbers() {
        let mut numbers = Numbers(1);
        for _ in 0..3_000_000 {
            check(numbers.next(), numbers.next());
        }
    }

    #[test]
    fn agrees_with_native_arithmetic_at_the_edges() {
        let around = |bits: u32| [1_u128 << bits, (1 << bits) - 1, (1 << bits) + 1, !(1 << bits), !0 << bits];
        let edges = (0..128).flat_map(around).chain([0, 10_u128.pow(18), 10_u128.pow(27)]).collect::<Vec<_>>();
        for &a in &edges {
            for &b in &edges {
                check(a, b);
            }
        }
    }

    #[test]
    fn agrees_with_native_arithmetic_around_exact_products() {
        let mut numbers = Numbers(2);
        for _ in 0..1_000_000 {
            let (q, d) = (numbers.next(), numbers.next());
            let n = q.wrapping_mul(d);
            for n in [n, n.wrapping_sub(1), n.wrapping_add(d).wrapping_sub(1)] {
                check(n, d);
            }
        }
    }
}
