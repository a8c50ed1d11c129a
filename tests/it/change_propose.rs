//! change_propose: only the authority proposes, only settings that do not contradict themselves.

use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::instructions::Proposal;
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::limits::Limits;
use ballast_core::price::PriceGuard;
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::settings::Settings;
use ballast_core::volatility::MarginModel;
use ballast_tests::market::open_settings;
use ballast_tests::{Failure, Listing, Market, Receipt, World};

/// Proposes to open a market's only asset with these settings.
fn propose(settings: Settings) -> Result<Receipt, Failure> {
    propose_over(settings, Ramp::MIN_SECS)
}

fn propose_over(settings: Settings, ramp_secs: u32) -> Result<Receipt, Failure> {
    let mut world = World::new();
    let mut market = Market::new(&mut world);
    market.list_closed(&mut world, &Listing::new(6, 1.0));
    market.propose(&mut world, market.target(0), 0, Proposal::Settings { settings, ramp_secs })
}

#[test]
fn refuses_what_is_no_curve() {
    let point = |utilization_bps, rate_bps| CurvePoint { utilization_bps, rate_bps };
    let curve = |points: &[CurvePoint], len| {
        let mut all = [CurvePoint::default(); 8];
        all[..points.len()].copy_from_slice(points);
        Curve { points: all, len }
    };
    let unsound = [
        curve(&[], 0),
        curve(&[point(0, 0)], 1),
        curve(&[point(0, 0), point(9_999, 1)], 2),
        curve(&[point(1, 0), point(10_000, 1)], 2),
        curve(&[point(0, 2), point(10_000, 1)], 2),
        curve(&[point(0, 0), point(10_000, Curve::MAX_RATE_BPS + 1)], 2),
        curve(&[point(0, 0), point(10_000, 1)], 9),
        curve(&[point(0, 0), point(10_000, 1)], u64::MAX),
    ];
    for curve in unsound {
        refused(propose(Settings { curve, ..open_settings() }), BallastError::InvalidCurve);
    }
}

#[test]
fn refuses_risk_parameters_that_contradict_each_other() {
    let risk = open_settings().risk;
    let unsound = [
        RiskParams { ltv_bps: risk.liquidation_threshold_bps, ..risk },
        // With the market's largest bonus of 10 % the threshold must stay below 90.9 %.
        RiskParams { liquidation_threshold_bps: 9_091, ..risk },
        RiskParams { borrow_factor_bps: 9_999, ..risk },
        RiskParams { borrow_factor_bps: RiskParams::MAX_BORROW_FACTOR_BPS + 1, ..risk },
        RiskParams { reserve_factor_bps: RiskParams::MAX_RESERVE_FACTOR_BPS + 1, ..risk },
        RiskParams { origination_fee_bps: RiskParams::MAX_ORIGINATION_FEE_BPS + 1, ..risk },
        RiskParams { flash_fee_bps: RiskParams::MAX_FLASH_FEE_BPS + 1, ..risk },
        RiskParams { insurance_share_bps: 10_001, ..risk },
        RiskParams { insurance_target_bps: 10_001, ..risk },
    ];
    for risk in unsound {
        refused(propose(Settings { risk, ..open_settings() }), BallastError::InvalidRiskParams);
    }
}

#[test]
fn refuses_price_limits_that_contradict_each_other() {
    let guard = open_settings().guard;
    let unsound = [
        PriceGuard { max_age_new_risk_secs: 0, ..guard },
        PriceGuard { max_age_liquidation_secs: guard.max_age_new_risk_secs - 1, ..guard },
        PriceGuard { max_age_liquidation_secs: PriceGuard::MAX_AGE_SECS + 1, ..guard },
        PriceGuard { max_confidence_bps: 0, ..guard },
        PriceGuard { max_confidence_bps: 10_001, ..guard },
        PriceGuard { confidence_multiplier_bps: PriceGuard::MAX_MULTIPLIER_BPS + 1, ..guard },
        PriceGuard { max_ema_deviation_bps: 0, ..guard },
        PriceGuard { max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS + 1, ..guard },
        PriceGuard { max_move_bps: 0, ..guard },
        PriceGuard { max_move_bps: PriceGuard::MAX_BAND_BPS + 1, ..guard },
    ];
    for guard in unsound {
        refused(propose(Settings { guard, ..open_settings() }), BallastError::InvalidPriceGuard);
    }
}

#[test]
fn refuses_limits_that_contradict_each_other() {
    let limits = open_settings().limits;
    let unsound = [
        Limits { outflow_bps: 10_001, ..limits },
        Limits { max_utilization_bps: 10_001, ..limits },
        Limits { outflow_window_secs: 0, ..limits },
        Limits { outflow_window_secs: Limits::MAX_WINDOW_SECS + 1, ..limits },
        Limits { probation_secs: Limits::MAX_PROBATION_SECS + 1, ..limits },
        Limits { reserved: 1, ..limits },
    ];
    for limits in unsound {
        refused(propose(Settings { limits, ..open_settings() }), BallastError::InvalidLimits);
    }
}

#[test]
fn refuses_a_margin_model_that_contradicts_itself() {
    let off = MarginModel::OFF;
    let unsound = [
        MarginModel { fast_secs: 0, ..off },
        MarginModel { fast_secs: 2, ..off },
        MarginModel { slow_secs: MarginModel::MAX_SECS + 1, ..off },
        MarginModel { horizon_secs: MarginModel::MAX_SECS + 1, ..off },
        MarginModel { stress_bps: MarginModel::MAX_STRESS_BPS + 1, ..off },
        MarginModel { cost_bps: 10_001, ..off },
        MarginModel { reserved: 1, ..off },
    ];
    for margin in unsound {
        refused(propose(Settings { margin, ..open_settings() }), BallastError::InvalidMarginModel);
    }
}

#[test]
fn refuses_a_ramp_of_less_than_a_day_or_more_than_ninety() {
    for secs in [0, Ramp::MIN_SECS - 1, Ramp::MAX_SECS + 1, u32::MAX] {
        refused(propose_over(open_settings(), secs), BallastError::InvalidRamp);
    }
    for secs in [Ramp::MIN_SECS, Ramp::MAX_SECS] {
        propose_over(open_settings(), secs).expect("a ramp");
    }
}
