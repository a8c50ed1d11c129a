//! Risk parameters are accepted together or not at all.

use crate::world::{any_risk, laws, risk, terms};
use ballast_core::Refusal;
use ballast_core::liquidation::LiquidationTerms;
use ballast_core::risk::RiskParams;
use proptest::prelude::*;

fn any_params() -> impl Strategy<Value = RiskParams> {
    let edge = |at: u16, most: u16| prop_oneof![0..=most, at.saturating_sub(1)..=at + 1];
    let insurance = (edge(10_000, 10_000), edge(10_000, 10_000), edge(500, 500));
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
            && risk.insurance_share_bps <= 10_000
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
    assert_eq!(risk.validate(&generous), Err(Refusal::InvalidRiskParams), "its liquidation would close it whole");
}
