//! Wide arithmetic equals that of unbounded integers, or refuses.

use crate::world::laws;
use ballast_core::math::{
    div_ceil, div_floor, mul_bounded, mul_exact, mul_q64_floor, mul_shr_ceil, mul_shr_floor, mul_wide, narrow,
    narrow_saturating, words,
};
use ballast_core::{Refusal, Result};
use num_bigint::BigUint;
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

/// All magnitudes, with powers of two and their neighbors.
fn wide() -> impl Strategy<Value = u128> {
    prop_oneof![
        (any::<u128>(), 0u32..128).prop_map(|(x, shift)| x >> shift),
        (0u32..128, 0u128..3).prop_map(|(shift, near)| (1u128 << shift).wrapping_add(near).wrapping_sub(1)),
        Just(0),
        Just(u128::MAX),
    ]
}

fn fitting(x: BigUint) -> Result<u128> {
    x.to_u128().ok_or(Refusal::MathOverflow)
}

fn big(x: u128) -> BigUint {
    BigUint::from(x)
}

proptest! {
    #![proptest_config(laws(2_000))]

    #[test]
    fn a_shifted_product_is_rounded_down_or_refused(a in wide(), b in wide(), bits in 0u32..300) {
        prop_assert_eq!(mul_shr_floor(a, b, bits), fitting((big(a) * big(b)) >> bits));
    }

    #[test]
    fn a_shifted_product_is_rounded_up_or_refused(a in wide(), b in wide(), bits in 0u32..300) {
        let up = (BigUint::one() << bits) - 1u32;
        prop_assert_eq!(mul_shr_ceil(a, b, bits), fitting((big(a) * big(b) + up) >> bits));
    }

    #[test]
    fn a_product_that_the_shift_divides_is_not_rounded(a in any::<u64>(), shift in 0u32..64, more in 0u32..64) {
        let a = u128::from(a);
        prop_assert_eq!(mul_shr_ceil(a << shift, 1 << more, shift + more), Ok(a));
    }

    #[test]
    fn a_quotient_is_rounded_down_or_refused(a in wide(), b in wide()) {
        let exact = if b == 0 { Err(Refusal::MathOverflow) } else { fitting(big(a) / big(b)) };
        prop_assert_eq!(div_floor(a, b), exact);
    }

    #[test]
    fn a_quotient_is_rounded_up_or_refused(a in wide(), b in wide()) {
        let exact = if b == 0 { Err(Refusal::MathOverflow) } else { fitting((big(a) + big(b) - 1u32) / big(b)) };
        prop_assert_eq!(div_ceil(a, b), exact);
    }

    #[test]
    fn products_are_ordered_as_numbers(a in wide(), b in wide(), c in wide(), d in wide()) {
        prop_assert_eq!(mul_wide(a, b).cmp(&mul_wide(c, d)), (big(a) * big(b)).cmp(&(big(c) * big(d))));
        prop_assert_eq!(mul_wide(a, b), mul_wide(b, a));
    }

    #[test]
    fn products_next_to_each_other_differ(a in any::<u128>(), b in 1..=u128::MAX) {
        prop_assume!(a < u128::MAX);
        prop_assert!(mul_wide(a, b) < mul_wide(a + 1, b));
    }

    #[test]
    fn a_product_of_words_is_exact(a in any::<u64>(), b in any::<u64>()) {
        prop_assert_eq!(big(mul_exact(a, b)), BigUint::from(a) * BigUint::from(b));
    }

    #[test]
    fn a_product_with_a_fraction_below_one_is_rounded_down(a in wide(), b in any::<u64>()) {
        prop_assert_eq!(big(mul_q64_floor(a, b)), (big(a) * BigUint::from(b)) >> 64u32);
    }

    #[test]
    fn a_bounded_product_is_exact(a in any::<u128>(), b in any::<u64>(), bits in 0u32..=64) {
        // Together at most 128 bits.
        let (a, b) = (a >> (64 - bits), b.checked_shr(bits).unwrap_or(0));
        prop_assert_eq!(big(mul_bounded(a, b)), big(a) * BigUint::from(b));
    }

    #[test]
    fn narrowing_keeps_the_number_or_refuses_or_saturates(x in wide()) {
        prop_assert_eq!(narrow(x), u64::try_from(x).map_err(|_| Refusal::MathOverflow));
        prop_assert_eq!(narrow_saturating(x), u64::try_from(x).unwrap_or(u64::MAX));
        let [low, high] = words(x);
        prop_assert_eq!((BigUint::from(high) << 64u32) + low, big(x));
    }
}
