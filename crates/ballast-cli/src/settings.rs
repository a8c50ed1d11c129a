//! Names and values of settings. Every field is destructured, so the compiler finds one that is missing.

use crate::figures::Rows;
use ballast::state::MarketSettings;
use ballast_core::curve::Curve;
use ballast_core::limits::Limits;
use ballast_core::price::PriceGuard;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::volatility::MarginModel;

macro_rules! fields {
    ($value:expr => $kind:ident { $($field:ident),* } $(without $unused:ident)?) => {{
        let $kind { $($field,)* $($unused: _)? } = $value;
        vec![$((stringify!($field), $field.to_string())),*]
    }};
}

pub fn of_reserve(settings: &Settings) -> Rows {
    let Settings { curve, risk, guard, limits, margin } = settings;
    let mut rows = vec![("curve", corners(curve))];
    rows.extend(fields!(risk => RiskParams {
        ltv_bps, liquidation_threshold_bps, borrow_factor_bps, reserve_factor_bps, origination_fee_bps,
        insurance_share_bps, insurance_target_bps, flash_fee_bps
    }));
    rows.extend(fields!(guard => PriceGuard {
        max_age_new_risk_secs, max_age_liquidation_secs, max_confidence_bps, confidence_multiplier_bps,
        max_ema_deviation_bps, max_move_bps
    }));
    rows.extend(fields!(limits => Limits {
        supply_cap_atoms, borrow_cap_atoms, collateral_cap_usd, min_debt_atoms, allowed_debts, outflow_floor_atoms,
        outflow_window_secs, probation_secs, outflow_bps, max_utilization_bps
    } without reserved));
    rows.extend(fields!(margin => MarginModel {
        z_bps, cost_bps, stress_bps, horizon_secs, fast_secs, slow_secs
    } without reserved));
    Rows(rows)
}

pub fn of_market(settings: &MarketSettings) -> Rows {
    let MarketSettings { terms, guardian, fee_receiver, change_delay_secs } = settings;
    let mut rows = fields!(terms => LiquidationTerms {
        base_bonus_bps, health_slope_bps, slot_step_centibps, max_bonus_bps, deep_step_centibps, max_deep_bonus_bps,
        deep_line_bps, target_health_bps, hard_line_bps, warning_bps, cure_slots, relax_slots, dust_cents
    } without reserved);
    rows.extend([
        ("guardian", guardian.to_string()),
        ("fee_receiver", fee_receiver.to_string()),
        ("change_delay_secs", change_delay_secs.to_string()),
    ]);
    Rows(rows)
}

/// Lists the corners as `utilization:rate`, both in basis points.
fn corners(curve: &Curve) -> String {
    let used = usize::try_from(curve.len).unwrap_or(usize::MAX).min(curve.points.len());
    let corners = curve.points[..used].iter().map(|point| format!("{}:{}", point.utilization_bps, point.rate_bps));
    corners.collect::<Vec<_>>().join(" ")
}
