//! The interest curve: exact to the last bit above, monotone, continuous, within its bounds. Nothing else is a curve.

use crate::model::{Exact, bps, ceil, int, per_second, pow2, ratio, yearly_rate};
use crate::world::{amount, any_curve, curve, laws};
use ballast_core::Refusal;
use ballast_core::curve::{Curve, CurvePoint, RatePerSecond, SECONDS_PER_YEAR, Utilization};
use ballast_core::units::Bps;
use num_traits::One;
use proptest::prelude::*;

fn utilization() -> impl Strategy<Value = u64> {
    prop_oneof![10 => 0..=Utilization::FULL, 3 => (0..=10_000u64).prop_map(|bps| bps * 100_000)]
}

fn share(utilization: u64) -> Exact {
    ratio(utilization, Utilization::FULL)
}

/// Any points, most of them no curve.
fn points() -> impl Strategy<Value = Vec<CurvePoint>> {
    let at = prop_oneof![Just(0u32), Just(10_000), Just(5_000), 0..=10_001u32];
    let rate = prop_oneof![Just(0u32), Just(Curve::MAX_RATE_BPS), 0..=Curve::MAX_RATE_BPS + 1];
    let point = (at, rate).prop_map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
    (prop::collection::vec(point, 0..=9), any::<bool>()).prop_map(|(mut points, sorted)| {
        if sorted {
            points.sort_unstable_by_key(|point| (point.utilization_bps, point.rate_bps));
            let (mut rates, len) = (points.iter().map(|point| point.rate_bps).collect::<Vec<_>>(), points.len());
            rates.sort_unstable();
            points.iter_mut().zip(rates).for_each(|(point, rate)| point.rate_bps = rate);
            if len >= 2 {
                points[0].utilization_bps = 0;
                points[len - 1].utilization_bps = 10_000;
            }
        }
        points
    })
}

fn is_a_curve(points: &[CurvePoint]) -> bool {
    (2..=8).contains(&points.len())
        && points[0].utilization_bps == 0
        && points[points.len() - 1].utilization_bps == 10_000
        && points.windows(2).all(|pair| pair[0].utilization_bps < pair[1].utilization_bps)
        && points.windows(2).all(|pair| pair[0].rate_bps <= pair[1].rate_bps)
        && points.iter().all(|point| point.rate_bps <= Curve::MAX_RATE_BPS)
}

proptest! {
    #![proptest_config(laws(1_000))]

    #[test]
    fn only_two_to_eight_rising_points_from_end_to_end_are_a_curve(points in points()) {
        let expected = if is_a_curve(&points) { Ok(()) } else { Err(Refusal::InvalidCurve) };
        prop_assert_eq!(Curve::new(&points).map(drop), expected);
    }

    #[test]
    fn the_rate_is_the_line_between_the_corners_rounded_up_by_less_than_two_units(
        curve in any_curve(), at in utilization()
    ) {
        let exact = per_second(&yearly_rate(&curve, &share(at))) * pow2(64);
        let rate = int(curve.rate_ceil(Utilization(at)).unwrap().0);
        prop_assert!(rate >= exact && rate < exact + int(2));
    }

    #[test]
    fn the_rate_never_falls_as_utilization_rises(curve in any_curve(), a in utilization(), b in utilization()) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(curve.rate_ceil(Utilization(low)).unwrap() <= curve.rate_ceil(Utilization(high)).unwrap());
    }

    #[test]
    fn the_rate_is_continuous_at_a_corner(curve in any_curve(), corner in 1usize..7) {
        let corner = curve.points[corner.min(curve.len as usize - 1)];
        let at = u64::from(corner.utilization_bps) * 100_000;
        let exact = per_second(&bps(corner.rate_bps)) * pow2(64);
        // The steepest line rises 1,000 % within a basis point.
        let step = per_second(&int(10)) * pow2(64) * ratio(1, 100_000) + int(2);
        for near in [at - 1, at, (at + 1).min(Utilization::FULL)] {
            let rate = int(curve.rate_ceil(Utilization(near)).unwrap().0);
            prop_assert!(rate >= &exact - &step && rate <= &exact + &step);
        }
    }

    #[test]
    fn utilization_is_the_borrowed_part_rounded_up(borrowed in amount(), shift in 0u32..=32, cash in 0..=u64::MAX) {
        let borrowed = u128::from(borrowed) << shift;
        let exact = ratio(borrowed, borrowed + u128::from(cash)) * int(Utilization::FULL);
        prop_assert_eq!(ceil(&exact), Utilization::of_ceil(borrowed, cash).unwrap().0.into());
        prop_assert_eq!(Utilization::of_ceil(0, cash), Ok(Utilization(0)));
    }

    #[test]
    fn the_displayed_yearly_rate_is_exact_to_a_basis_point(yearly_bps in 0u32..=65_000) {
        let flat = Curve::new(&[(0, yearly_bps), (10_000, yearly_bps)].map(|(utilization_bps, rate_bps)| CurvePoint {
            utilization_bps,
            rate_bps,
        }));
        let shown = Bps::from(flat.unwrap().rate_ceil(Utilization(0)).unwrap()).get();
        prop_assert!(shown == u64::from(yearly_bps));
    }
}

#[test]
fn full_utilization_costs_the_last_rate_and_an_empty_reserve_the_first() {
    let yearly = |rate: RatePerSecond| int(rate.0) * pow2(-64) * int(SECONDS_PER_YEAR);
    let near = |rate, bps_expected: u32| (yearly(rate) - bps(bps_expected)) < ratio(1, 1_000_000_000);
    let curve = curve();
    assert_eq!(curve.rate_ceil(Utilization(0)), Ok(RatePerSecond(0)));
    assert!(near(curve.rate_ceil(Utilization(Utilization::FULL)).unwrap(), 10_000));
    assert!(near(curve.rate_ceil(Utilization(800_000_000)).unwrap(), 800));
    assert_eq!(curve.rate_ceil(Utilization(Utilization::FULL + 1)), Err(Refusal::InvalidCurve));
}

#[test]
fn a_debt_beyond_every_supply_is_full_utilization() {
    assert_eq!(Utilization::of_ceil(u128::MAX, 0), Ok(Utilization(Utilization::FULL)));
    assert_eq!(Utilization::of_ceil(u128::MAX, u64::MAX), Ok(Utilization(Utilization::FULL)));
    assert_eq!(Bps::from(Utilization(Utilization::FULL)), Bps(10_000));
    assert!(share(Utilization::FULL) == Exact::one());
}
