//! Risk parameters are accepted together or not at all, and what gets harder for borrowers does so in a straight line.

use crate::model::{Exact, bps, int, ratio};
use crate::world::{NOW, any_risk, laws, ramp_to, risk, terms};
use ballast_core::Refusal;
use ballast_core::risk::{Ramp, RiskParams, Weights};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::Bps;
use num_traits::ToPrimitive;
use proptest::prelude::*;

fn any_params() -> impl Strategy<Value = RiskParams> {
    let edge = |at: u16, most: u16| prop_oneof![0..=most, at.saturating_sub(1)..=at + 1];
    let insurance = (edge(5_000, 5_000), edge(10_000, 10_000), edge(500, 500));
    (edge(9_000, 11_000), edge(9_090, 11_000), edge(10_000, 60_000), edge(5_000, 6_000), edge(500, 600), insurance)
        .prop_map(
            |(
                ltv_bps,
                liquidation_threshold_bps,
                borrow_factor_bps,
                reserve_factor_bps,
                origination_fee_bps,
                insurance,
            )| {
                let (insurance_share_bps, insurance_target_bps, flash_fee_bps) = insurance;
                RiskParams {
                    ltv_bps,
                    liquidation_threshold_bps,
                    borrow_factor_bps,
                    reserve_factor_bps,
                    origination_fee_bps,
                    insurance_share_bps,
                    insurance_target_bps,
                    flash_fee_bps,
                }
            },
        )
}

proptest! {
    #![proptest_config(laws(2_000))]

    /// INV-8.
    #[test]
    fn ltv_is_below_the_threshold_which_leaves_room_for_any_bonus(
        risk in any_params(), max_bonus in 0u16..=2_000, deep_line_bps in 8_900u16..=9_500
    ) {
        let threshold = u64::from(risk.liquidation_threshold_bps);
        let unused = risk.ltv_bps == 0 && threshold == 0;
        let sound = (u64::from(risk.ltv_bps) < threshold || unused)
            && threshold * (10_000 + u64::from(max_bonus)) < 100_000_000
            && threshold < u64::from(deep_line_bps)
            && (10_000..=50_000).contains(&risk.borrow_factor_bps)
            && risk.reserve_factor_bps <= 5_000
            && risk.origination_fee_bps <= 500
            && risk.insurance_share_bps <= 5_000
            && risk.insurance_target_bps <= 10_000
            && risk.flash_fee_bps <= 500;
        let expected = if sound { Ok(()) } else { Err(Refusal::InvalidRiskParams) };
        let terms = LiquidationTerms { max_bonus_bps: max_bonus, deep_line_bps, ..terms() };
        prop_assert_eq!(risk.validate(&terms), expected);
    }

    #[test]
    fn the_parameters_of_these_tests_are_sound(risk in any_risk()) {
        prop_assert_eq!(risk.validate(&terms()), Ok(()));
    }
}

#[test]
fn a_threshold_that_the_bonus_would_exhaust_is_refused() {
    let mut risk = RiskParams { liquidation_threshold_bps: 9_090, ltv_bps: 9_000, ..risk() };
    assert_eq!(risk.validate(&terms()), Ok(()));
    risk.liquidation_threshold_bps = 9_091;
    assert_eq!(risk.validate(&terms()), Err(Refusal::InvalidRiskParams));
    let mut generous = LiquidationTerms { max_bonus_bps: 0, ..terms() };
    risk.liquidation_threshold_bps = 9_499;
    assert_eq!(risk.validate(&generous), Ok(()));
    generous.deep_line_bps = 9_499;
    assert_eq!(risk.validate(&generous), Err(Refusal::InvalidRiskParams), "its liquidation would be a close-out");
}

/// What is in force when a ramp begins: the parameters before, or anywhere on the way to them.
fn in_force() -> impl Strategy<Value = Weights> {
    any_risk().prop_flat_map(|risk| (ramp_to(risk), -10i64..8_000_000)).prop_flat_map(|(ramp, later)| {
        any_risk().prop_map(move |risk| if later < 0 { risk.weights() } else { ramp.weights_at(&risk, NOW + later) })
    })
}

fn secs() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Ramp::MIN_SECS..=Ramp::MAX_SECS, 1 => Just(Ramp::MIN_SECS), 1 => Just(Ramp::MAX_SECS)]
}

/// The straight lines of threshold and borrow factor, in basis points.
fn lines(from: Weights, to: &RiskParams, part: &Exact) -> (Exact, Exact) {
    let line = |from: u16, to: u16| int(from) + (int(to) - int(from)) * part;
    let threshold = from.liquidation_threshold.0.max(to.liquidation_threshold_bps);
    let factor = from.borrow_factor.0.min(to.borrow_factor_bps);
    (line(threshold, to.liquidation_threshold_bps), line(factor, to.borrow_factor_bps))
}

proptest! {
    #![proptest_config(laws(1_000))]

    /// INV-11: on the straight line, each basis point of which is given to the borrower until the line has left it.
    #[test]
    fn a_ramp_is_the_straight_line_from_what_was_in_force_to_the_target(
        from in in_force(), to in any_risk(), secs in secs(), part in 0u32..=1_000
    ) {
        let ramp = Ramp::new(from, &to, NOW, secs);
        let passed = i64::from(secs) * i64::from(part) / 1_000;
        let weights = ramp.weights_at(&to, NOW + passed);
        let (threshold, factor) = lines(from, &to, &ratio(passed, secs));
        prop_assert_eq!(int(weights.liquidation_threshold.0), threshold.ceil());
        prop_assert_eq!(int(weights.borrow_factor.0), factor.floor());
        prop_assert_eq!(weights.loan_to_value.0, to.ltv_bps);
    }

    /// INV-11.
    #[test]
    fn a_ramp_starts_with_what_was_in_force_unless_that_was_harder(from in in_force(), to in any_risk(), secs in secs()) {
        let start = Ramp::new(from, &to, NOW, secs).weights_at(&to, NOW);
        prop_assert_eq!(start.liquidation_threshold.0, from.liquidation_threshold.0.max(to.liquidation_threshold_bps));
        prop_assert_eq!(start.borrow_factor.0, from.borrow_factor.0.min(to.borrow_factor_bps));
    }

    #[test]
    fn a_ramp_ends_at_the_target_to_the_second(from in in_force(), to in any_risk(), secs in secs(), later in 0..=i64::MAX / 2) {
        let ramp = Ramp::new(from, &to, NOW, secs);
        prop_assert_eq!(ramp.weights_at(&to, NOW + i64::from(secs)), to.weights());
        prop_assert_eq!(ramp.weights_at(&to, NOW + i64::from(secs) + later), to.weights());
        let last = ramp.weights_at(&to, NOW + i64::from(secs) - 1);
        let falls = from.liquidation_threshold.0 > to.liquidation_threshold_bps;
        let rises = from.borrow_factor.0 < to.borrow_factor_bps;
        prop_assert_eq!(last.liquidation_threshold.0 > to.liquidation_threshold_bps, falls);
        prop_assert_eq!(last.borrow_factor.0 < to.borrow_factor_bps, rises);
    }

    #[test]
    fn a_ramp_never_loosens_anything(
        from in in_force(), to in any_risk(), secs in secs(), a in -9_000i64..9_000_000, b in -9_000i64..9_000_000
    ) {
        let ramp = Ramp::new(from, &to, NOW, secs);
        let (first, second) = (ramp.weights_at(&to, NOW + a.min(b)), ramp.weights_at(&to, NOW + a.max(b)));
        prop_assert!(first.liquidation_threshold >= second.liquidation_threshold);
        prop_assert!(first.borrow_factor <= second.borrow_factor);
    }

    /// A clock that has stepped back sees the beginning.
    #[test]
    fn a_ramp_has_its_first_value_before_its_start(from in in_force(), to in any_risk(), secs in secs(), back in 0..=i64::MAX) {
        let ramp = Ramp::new(from, &to, NOW, secs);
        prop_assert_eq!(ramp.weights_at(&to, NOW.saturating_sub(back)), ramp.weights_at(&to, NOW));
    }

    #[test]
    fn a_change_that_tightens_nothing_has_no_ramp(from in in_force(), to in any_risk(), secs in secs()) {
        let harder = to.liquidation_threshold_bps < from.liquidation_threshold.0 || to.borrow_factor_bps > from.borrow_factor.0;
        let ramp = Ramp::new(from, &to, NOW, secs);
        prop_assert_eq!(ramp != Ramp::default(), harder);
        prop_assert!(harder || ramp.weights_at(&to, NOW) == to.weights());
    }

    /// INV-11: one ramp after another, each begun before the last has ended: no jump to the worse at any of their
    /// beginnings.
    #[test]
    fn a_ramp_begun_during_a_ramp_goes_on_from_there(
        from in in_force(), changes in prop::collection::vec((any_risk(), secs(), 0i64..4_000_000), 1..8)
    ) {
        let (mut ramp, mut target, mut now) = (Ramp::default(), None::<RiskParams>, NOW);
        for (to, secs, later) in changes {
            let before = target.map_or(from, |target| ramp.weights_at(&target, now));
            ramp = Ramp::new(before, &to, now, secs);
            let after = ramp.weights_at(&to, now);
            prop_assert!(after.liquidation_threshold >= before.liquidation_threshold);
            prop_assert!(after.borrow_factor <= before.borrow_factor);
            target = Some(to);
            now += later;
        }
    }

    #[test]
    fn a_part_is_rounded_down_or_does_not_fit(whole in any::<u128>(), shift in 0u32..128, part in 0u16..=u16::MAX) {
        let whole = whole >> shift;
        let exact = (int(whole) * ratio(part, 10_000)).floor().to_integer().to_u128();
        match Bps(part).part_floor(whole) {
            Ok(part) => prop_assert_eq!(Some(part), exact),
            Err(refusal) => prop_assert!(refusal == Refusal::MathOverflow && whole > u128::MAX >> 16),
        }
    }
}

/// A fall of 10 % over ten days, by the day; a rise of the borrow factor beside it.
#[test]
fn a_ramp_by_hand() {
    let from =
        RiskParams { ltv_bps: 7_500, liquidation_threshold_bps: 8_000, borrow_factor_bps: 10_000, ..risk() }.weights();
    let to = RiskParams { ltv_bps: 6_000, liquidation_threshold_bps: 7_000, borrow_factor_bps: 12_000, ..risk() };
    let ramp = Ramp::new(from, &to, NOW, 864_000);
    let at = |secs: i64| {
        let weights = ramp.weights_at(&to, NOW + secs);
        (weights.loan_to_value.0, weights.liquidation_threshold.0, weights.borrow_factor.0)
    };
    assert_eq!(at(0), (6_000, 8_000, 10_000));
    assert_eq!(at(1), (6_000, 8_000, 10_000));
    assert_eq!(at(86_400), (6_000, 7_900, 10_200));
    assert_eq!(at(432_000), (6_000, 7_500, 11_000));
    assert_eq!(at(863_999), (6_000, 7_001, 11_999));
    assert_eq!(at(864_000), (6_000, 7_000, 12_000));
}

proptest! {
    #![proptest_config(laws(2_000))]

    /// A threshold rounded down and a borrow factor rounded up: both against the borrower. New risk never sees it.
    #[test]
    fn a_discount_lowers_the_threshold_and_raises_the_factor(weights in in_force(), discount in 0u64..=12_000) {
        let (part, discounted) = (bps(discount.min(10_000)), weights.discounted(discount));
        let [threshold, factor] = [weights.liquidation_threshold, weights.borrow_factor].map(|weight| int(weight.0));
        prop_assert_eq!(int(discounted.liquidation_threshold.0), (threshold * (int(1) - &part)).floor());
        prop_assert_eq!(int(discounted.borrow_factor.0), (factor * (int(1) + part)).ceil().min(int(u16::MAX)));
        prop_assert_eq!((discounted.loan_to_value, discounted.initial_factor), (weights.loan_to_value, weights.initial_factor));
        prop_assert!(discount != 0 || discounted == weights);
    }
}
