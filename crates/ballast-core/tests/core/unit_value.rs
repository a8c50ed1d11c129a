//! The value of a share brackets its exact value, tightly and in the direction of its name.

use crate::model::{Exact, int, pow2, pow10};
use crate::world::{amount, debt_index, laws, supply_index};
use ballast_core::Refusal;
use ballast_core::unit_value::UnitValue;
use ballast_core::units::{Index, Usd};
use num_traits::One;
use proptest::prelude::*;

/// A price of 1 to 2^63 ticks and what a tick of an atom is worth: together 1e-12 to 1e12 USD per token, and far
/// beyond.
fn ticks() -> impl Strategy<Value = (u64, usize)> {
    (amount(), 0usize..=36)
}

fn usd() -> impl Strategy<Value = Usd> {
    (any::<u128>(), 36u32..128).prop_map(|(x, shift)| Usd(x >> shift))
}

fn floor_unit(index: u128, ticks: u64, scale: usize) -> UnitValue {
    let scale = UnitValue::ten_to_minus_floor(scale).expect("a scale");
    UnitValue::from_index_floor(Index(index)).mul_floor(scale).mul_floor(UnitValue::from_integer(ticks))
}

fn ceil_unit(index: u128, ticks: u64, scale: usize) -> UnitValue {
    let scale = UnitValue::ten_to_minus_ceil(scale).expect("a scale");
    UnitValue::from_index_ceil(Index(index)).mul_ceil(scale).mul_ceil(UnitValue::from_integer(ticks))
}

/// In units of 2^-40 USD.
fn exact(index: u128, ticks: u64, scale: usize) -> Exact {
    int(index) * pow2(40 - 64) * int(ticks) * pow10(-i32::try_from(scale).expect("a scale"))
}

fn limit() -> Exact {
    int(Usd::POSITION_LIMIT)
}

/// Three roundings of index, scale and product, each below 2^-63.
fn slack() -> Exact {
    pow2(-60)
}

proptest! {
    #![proptest_config(laws(1_000))]

    #[test]
    fn a_value_is_rounded_down_by_less_than_a_unit_and_2_to_minus_60(
        index in supply_index(), (ticks, scale) in ticks(), count in amount()
    ) {
        let exact = exact(index, ticks, scale) * int(count);
        match floor_unit(index, ticks, scale).value_floor(count) {
            Ok(value) => {
                prop_assert!(int(value.0) <= exact);
                prop_assert!(int(value.0) > &exact * (Exact::one() - slack()) - Exact::one());
                prop_assert!(value.0 < Usd::POSITION_LIMIT);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::MathOverflow);
                prop_assert!(exact >= limit());
            }
        }
    }

    #[test]
    fn a_value_is_rounded_up_by_less_than_a_unit_and_2_to_minus_60(
        index in debt_index(), (ticks, scale) in ticks(), count in amount(), shift in 0u32..=32
    ) {
        // Debt shares: 2^32 of them are worth the index.
        let count = u128::from(count) << shift;
        let exact = exact(index, ticks, scale) * int(count) * pow2(-32);
        let unit = ceil_unit(index, ticks, scale).divided_by_power(32);
        match unit.mul_ceil(UnitValue::from_wide_ceil(count)).value_ceil(1) {
            Ok(value) => {
                prop_assert!(int(value.0) >= exact);
                prop_assert!(int(value.0) < &exact * (Exact::one() + slack()) + Exact::one());
                prop_assert!(value.0 < Usd::POSITION_LIMIT);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::MathOverflow);
                prop_assert!(exact * (Exact::one() + slack()) + Exact::one() >= limit());
            }
        }
    }

    #[test]
    fn the_two_roundings_bracket_the_value(index in supply_index(), (ticks, scale) in ticks(), count in amount()) {
        let floor = floor_unit(index, ticks, scale).value_floor(count);
        let ceil = ceil_unit(index, ticks, scale).value_ceil(count);
        if let (Ok(floor), Ok(ceil)) = (floor, ceil) {
            prop_assert!(floor <= ceil);
        }
    }

    #[test]
    fn what_fits_64_bits_is_exact(ticks in amount(), count in 1u64..1 << 20, shift in 0u32..64) {
        let exact = int(ticks) * int(count) * pow2(40);
        prop_assume!(exact < limit());
        let unit = UnitValue::from_integer(ticks);
        prop_assert_eq!(int(unit.value_floor(count).unwrap().0), exact.clone());
        prop_assert_eq!(int(unit.value_ceil(count).unwrap().0), exact);
        let index = Index(u128::from(ticks) << shift.min(32));
        prop_assert_eq!(UnitValue::from_index_floor(index), UnitValue::from_index_ceil(index));
    }

    #[test]
    fn the_count_for_a_value_is_the_most_that_it_pays_for(
        index in supply_index(), (ticks, scale) in ticks(), value in usd()
    ) {
        let unit = ceil_unit(index, ticks, scale);
        let count = unit.count_floor(value).unwrap();
        if count < u64::MAX {
            prop_assert!(unit.value_ceil(count).unwrap() <= value);
        }
        prop_assert!(unit.value_ceil(count.saturating_add(1)).map_or(true, |more| more > value) || count == u64::MAX);
        // Against the exact value: no more than it pays for, at most one and a 2^-60 part less.
        let exact = int(value.0) / exact(index, ticks, scale);
        prop_assert!(int(count) <= exact);
        let least = (exact * (Exact::one() - slack()) - Exact::one()).min(int(u64::MAX));
        prop_assert!(int(count) >= least);
    }

    #[test]
    fn the_count_worth_a_value_is_the_least_that_is(
        index in supply_index(), (ticks, scale) in ticks(), value in usd()
    ) {
        let unit = floor_unit(index, ticks, scale);
        let count = unit.count_ceil(value).unwrap();
        if count < u64::MAX {
            prop_assert!(unit.value_floor(count).map_or(true, |worth| worth >= value));
        }
        if let Some(less) = count.checked_sub(1) {
            prop_assert!(unit.value_floor(less).unwrap() < value);
        }
        let exact = int(value.0) / exact(index, ticks, scale);
        prop_assert!(int(count) >= exact.clone().min(int(u64::MAX)));
        prop_assert!(int(count) <= exact * (Exact::one() + slack()) + Exact::one());
    }
}

#[test]
fn a_worthless_unit_has_no_value_and_no_count() {
    let nothing = UnitValue::from_integer(0);
    assert_eq!(nothing.value_floor(u64::MAX), Ok(Usd(0)));
    assert_eq!(nothing.value_ceil(u64::MAX), Ok(Usd(0)));
    assert_eq!(nothing.count_floor(Usd(1)), Err(Refusal::MathOverflow));
    assert_eq!(nothing.count_ceil(Usd(1)), Err(Refusal::MathOverflow));
}

#[test]
fn a_scale_beyond_36_digits_is_refused() {
    assert_eq!(UnitValue::ten_to_minus_floor(37), Err(Refusal::PriceExponent));
    assert_eq!(UnitValue::ten_to_minus_ceil(37), Err(Refusal::PriceExponent));
}
