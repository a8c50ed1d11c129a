//! Settings: which are sound, how far one change may go, and what may be lowered at once. A row per field and
//! direction.

use crate::world::{any_settings, curve_of, laws, settings, step_towards, terms};
use ballast_core::Refusal::{self, *};
use ballast_core::settings::{Settings, Tightening};
use proptest::prelude::*;

/// What one change may do to a field.
enum Step {
    /// Anything.
    Free,
    /// From a value up to another.
    Up(u64, u64),
    /// From a value down to another.
    Down(u64, u64),
}

type Field = (&'static str, fn(&mut Settings, u64), Step);

macro_rules! field {
    ($($path:ident).+ $([$n:literal] . $leaf:ident)?, $step:expr) => {
        (
            stringify!($($path).+ $([$n] . $leaf)?),
            |settings: &mut Settings, value: u64| settings.$($path).+$([$n].$leaf)? = value as _,
            $step,
        )
    };
}

fn fields() -> Vec<Field> {
    [rate_fields(), risk_fields(), limit_fields(), other_fields()].into_iter().flatten().collect()
}

/// In a curve of two corners the second has the highest rate. One change may double it and add 10 % a year.
fn rate_fields() -> Vec<Field> {
    use Step::*;
    vec![
        field!(curve.points[0].utilization_bps, Free),
        field!(curve.points[0].rate_bps, Free),
        field!(curve.points[1].utilization_bps, Free),
        field!(curve.points[1].rate_bps, Up(2_000, 5_000)),
        field!(curve.points[2].utilization_bps, Free),
        field!(curve.points[2].rate_bps, Free),
        field!(curve.points[3].utilization_bps, Free),
        field!(curve.points[3].rate_bps, Free),
        field!(curve.points[4].utilization_bps, Free),
        field!(curve.points[4].rate_bps, Free),
        field!(curve.points[5].utilization_bps, Free),
        field!(curve.points[5].rate_bps, Free),
        field!(curve.points[6].utilization_bps, Free),
        field!(curve.points[6].rate_bps, Free),
        field!(curve.points[7].utilization_bps, Free),
        field!(curve.points[7].rate_bps, Free),
        field!(curve.len, Free),
    ]
}

fn risk_fields() -> Vec<Field> {
    use Step::*;
    vec![
        field!(risk.ltv_bps, Up(4_000, 4_500)),
        field!(risk.liquidation_threshold_bps, Up(6_000, 6_500)),
        field!(risk.borrow_factor_bps, Down(15_000, 14_000)),
        field!(risk.reserve_factor_bps, Free),
        field!(risk.origination_fee_bps, Free),
        field!(risk.insurance_share_bps, Free),
        field!(risk.insurance_target_bps, Free),
        field!(risk.flash_fee_bps, Free),
    ]
}

fn limit_fields() -> Vec<Field> {
    use Step::*;
    vec![
        field!(limits.supply_cap_atoms, Up(1_000, 2_000)),
        field!(limits.borrow_cap_atoms, Up(1, 2)),
        field!(limits.collateral_cap_usd, Up(77, 154)),
        field!(limits.min_debt_atoms, Free),
        field!(limits.allowed_debts, Free),
        field!(limits.outflow_floor_atoms, Free),
        field!(limits.outflow_window_secs, Free),
        field!(limits.probation_secs, Free),
        field!(limits.outflow_bps, Free),
        field!(limits.max_utilization_bps, Free),
        field!(limits.reserved, Free),
    ]
}

fn other_fields() -> Vec<Field> {
    use Step::*;
    vec![
        field!(guard.max_age_new_risk_secs, Free),
        field!(guard.max_age_liquidation_secs, Free),
        field!(guard.max_confidence_bps, Free),
        field!(guard.confidence_multiplier_bps, Free),
        field!(guard.max_ema_deviation_bps, Free),
        field!(guard.max_move_bps, Free),
        field!(margin.z_bps, Free),
        field!(margin.cost_bps, Free),
        field!(margin.stress_bps, Free),
        field!(margin.horizon_secs, Free),
        field!(margin.fast_secs, Free),
        field!(margin.slow_secs, Free),
        field!(margin.reserved, Free),
    ]
}

/// The settings that every row starts from.
fn from() -> Settings {
    let mut settings = Settings { curve: curve_of(&[(0, 0), (10_000, 0)]), ..settings() };
    for (_, set, step) in fields() {
        if let Step::Up(from, _) | Step::Down(from, _) = step {
            set(&mut settings, from);
        }
    }
    settings
}

fn step(set: fn(&mut Settings, u64), value: u64) -> Result<(), Refusal> {
    let mut to = from();
    set(&mut to, value);
    to.check_step(&from())
}

#[test]
fn the_rows_cover_every_field() {
    let mut covered = vec![false; size_of::<Settings>()];
    for (name, set, _) in fields() {
        let [mut zeros, mut ones] = [from(); 2];
        set(&mut zeros, 0);
        set(&mut ones, u64::MAX);
        for (n, (a, b)) in bytemuck::bytes_of(&zeros).iter().zip(bytemuck::bytes_of(&ones)).enumerate() {
            assert!(!(a != b && covered[n]), "{name} is in two rows");
            covered[n] |= a != b;
        }
    }
    assert!(covered.iter().all(|covered| *covered), "a field is missing");
}

#[test]
fn a_change_moves_each_field_as_far_as_its_row_says_and_no_further() {
    for (name, set, rule) in fields() {
        match rule {
            Step::Free => {
                assert_eq!([step(set, 0), step(set, u64::MAX)], [Ok(()); 2], "{name}");
            }
            Step::Up(from, last) => {
                assert_eq!([step(set, 0), step(set, from), step(set, last)], [Ok(()); 3], "{name}");
                assert_eq!([step(set, last + 1), step(set, u64::MAX)], [Err(StepTooLarge); 2], "{name}");
            }
            Step::Down(from, last) => {
                assert_eq!([step(set, u64::MAX), step(set, from), step(set, last)], [Ok(()); 3], "{name}");
                assert_eq!([step(set, last - 1), step(set, 0)], [Err(StepTooLarge); 2], "{name}");
            }
        }
    }
}

/// Doubling cannot raise a cap of 0, and no cap exceeds the largest number.
#[test]
fn a_cap_of_zero_may_become_anything_and_a_huge_one_the_largest() {
    let caps: [fn(&mut Settings) -> &mut u64; 3] = [
        |settings| &mut settings.limits.supply_cap_atoms,
        |settings| &mut settings.limits.borrow_cap_atoms,
        |settings| &mut settings.limits.collateral_cap_usd,
    ];
    for cap in caps {
        for (old, new) in [(0, u64::MAX), (1 << 63, u64::MAX), ((1 << 63) - 1, u64::MAX - 1), (u64::MAX, u64::MAX)] {
            let (mut from, mut to) = (from(), from());
            (*cap(&mut from), *cap(&mut to)) = (old, new);
            assert_eq!(to.check_step(&from), Ok(()), "{old} to {new}");
        }
        let (mut from, mut to) = (from(), from());
        (*cap(&mut from), *cap(&mut to)) = ((1 << 63) - 1, u64::MAX);
        assert_eq!(to.check_step(&from), Err(StepTooLarge));
    }
}

/// In the order of the code: each case would also be refused for the reasons below it.
#[test]
fn validates_in_order_the_curve_the_risk_the_guard_the_limits_and_the_margin() {
    let mut wrong = settings();
    wrong.curve.len = 1;
    wrong.risk.ltv_bps = 9_999;
    wrong.guard.max_move_bps = 0;
    wrong.limits.outflow_window_secs = 0;
    wrong.margin.fast_secs = 0;
    let right = settings();
    let refusal = |settings: &Settings| settings.validate(&terms()).err();
    assert_eq!(refusal(&wrong), Some(InvalidCurve));
    wrong.curve = right.curve;
    assert_eq!(refusal(&wrong), Some(InvalidRiskParams));
    wrong.risk = right.risk;
    assert_eq!(refusal(&wrong), Some(InvalidPriceGuard));
    wrong.guard = right.guard;
    assert_eq!(refusal(&wrong), Some(InvalidLimits));
    wrong.limits = right.limits;
    assert_eq!(refusal(&wrong), Some(InvalidMarginModel));
    wrong.margin = right.margin;
    assert_eq!(refusal(&wrong), None);
}

/// Nobody can supply or borrow, and no collateral counts.
#[test]
fn the_initial_settings_of_a_reserve_are_sound_and_closed() {
    let closed = Settings::CLOSED;
    assert_eq!(closed.validate(&terms()), Ok(()));
    let limits = &closed.limits;
    assert_eq!((limits.supply_cap_atoms, limits.borrow_cap_atoms, limits.collateral_cap_usd), (0, 0, 0));
    assert_eq!((limits.max_utilization_bps, limits.outflow_bps, limits.allowed_debts), (0, 0, 0));
    assert_eq!((closed.risk.ltv_bps, closed.risk.liquidation_threshold_bps), (0, 0));
}

/// What a tightening leaves as it is.
fn tightening_of(settings: &Settings) -> Tightening {
    let Settings { risk, limits, .. } = settings;
    Tightening {
        ltv_bps: risk.ltv_bps,
        max_utilization_bps: limits.max_utilization_bps,
        supply_cap_atoms: limits.supply_cap_atoms,
        borrow_cap_atoms: limits.borrow_cap_atoms,
        collateral_cap_usd: limits.collateral_cap_usd,
        allowed_debts: limits.allowed_debts,
    }
}

/// The settings with what a tightening writes.
pub fn tightened(settings: &Settings, to: &Tightening) -> Settings {
    let mut after = *settings;
    after.risk.ltv_bps = to.ltv_bps;
    after.limits.max_utilization_bps = to.max_utilization_bps;
    after.limits.supply_cap_atoms = to.supply_cap_atoms;
    after.limits.borrow_cap_atoms = to.borrow_cap_atoms;
    after.limits.collateral_cap_usd = to.collateral_cap_usd;
    after.limits.allowed_debts = to.allowed_debts;
    after
}

/// For each field: less, the same, and more by one, all others as they were.
#[test]
fn every_field_of_a_tightening_may_fall_and_may_not_rise() {
    let mut from = from();
    (from.limits.max_utilization_bps, from.limits.allowed_debts) = (8_000, 0b0110);
    type Row = (&'static str, fn(&mut Tightening, i64));
    let rows: [Row; 5] = [
        ("ltv", |to, by| to.ltv_bps = to.ltv_bps.saturating_add_signed(by as i16)),
        ("utilization", |to, by| to.max_utilization_bps = to.max_utilization_bps.saturating_add_signed(by as i16)),
        ("supply", |to, by| to.supply_cap_atoms = to.supply_cap_atoms.saturating_add_signed(by)),
        ("borrow", |to, by| to.borrow_cap_atoms = to.borrow_cap_atoms.saturating_add_signed(by)),
        ("collateral", |to, by| to.collateral_cap_usd = to.collateral_cap_usd.saturating_add_signed(by)),
    ];
    for (name, change) in rows {
        for (by, expected) in [(-30_000, Ok(())), (-1, Ok(())), (0, Ok(())), (1, Err(NotTighter))] {
            let (mut to, mut after) = (tightening_of(&from), from);
            change(&mut to, by);
            assert_eq!(after.tighten(&to), expected, "{name} by {by}");
            assert_eq!(after, if expected.is_ok() { tightened(&from, &to) } else { from }, "{name} by {by}");
        }
    }
    for (allowed_debts, expected) in [(0, Ok(())), (0b0010, Ok(())), (0b0110, Ok(())), (1, Err(NotTighter))] {
        let to = Tightening { allowed_debts, ..tightening_of(&from) };
        assert_eq!(from.clone().tighten(&to), expected, "{allowed_debts:b}");
    }
}

proptest! {
    #![proptest_config(laws(1_000))]

    #[test]
    fn the_settings_of_these_tests_are_sound_and_their_steps_allowed(from in any_settings(), to in any_settings()) {
        let step = step_towards(&from, &to);
        prop_assert_eq!(from.validate(&terms()), Ok(()));
        prop_assert_eq!(step.validate(&terms()), Ok(()));
        prop_assert_eq!(step.check_step(&from), Ok(()));
    }

    /// INV-11: however many steps: none of them raises a weight by more than 500 bps or more than doubles a cap.
    #[test]
    fn a_step_is_allowed_exactly_when_nothing_in_it_goes_too_far(from in any_settings(), to in any_settings(), near in any::<bool>()) {
        let mut to = to;
        if near {
            to = step_towards(&from, &to);
            to.risk.ltv_bps = from.risk.ltv_bps + to.risk.ltv_bps % 502;
            to.limits.borrow_cap_atoms = from.limits.borrow_cap_atoms.saturating_mul(2).saturating_add(to.limits.borrow_cap_atoms % 2);
        }
        let highest = |settings: &Settings| i128::from(settings.curve.points[settings.curve.len as usize - 1].rate_bps);
        let rises = |new: u16, old: u16| i32::from(new) - i32::from(old);
        let doubles = |new: u64, old: u64| old > 0 && u128::from(new) > 2 * u128::from(old) && old <= u64::MAX / 2;
        let too_far = rises(to.risk.ltv_bps, from.risk.ltv_bps) > 500
            || rises(to.risk.liquidation_threshold_bps, from.risk.liquidation_threshold_bps) > 500
            || rises(from.risk.borrow_factor_bps, to.risk.borrow_factor_bps) > 1_000
            || doubles(to.limits.supply_cap_atoms, from.limits.supply_cap_atoms)
            || doubles(to.limits.borrow_cap_atoms, from.limits.borrow_cap_atoms)
            || doubles(to.limits.collateral_cap_usd, from.limits.collateral_cap_usd)
            || highest(&to) > 2 * highest(&from) + 1_000;
        prop_assert_eq!(to.check_step(&from), if too_far { Err(StepTooLarge) } else { Ok(()) });
    }

    #[test]
    fn a_tightening_is_refused_whole_when_any_of_it_rises(from in any_settings(), to in any_settings(), lower in any::<u8>()) {
        let (old, new) = (tightening_of(&from), tightening_of(&to));
        let pick = |n: u8, old: u64, new: u64| if lower >> n & 1 == 1 { new.min(old) } else { new };
        let to = Tightening {
            ltv_bps: pick(0, old.ltv_bps.into(), new.ltv_bps.into()) as u16,
            max_utilization_bps: pick(1, old.max_utilization_bps.into(), new.max_utilization_bps.into()) as u16,
            supply_cap_atoms: pick(3, old.supply_cap_atoms, new.supply_cap_atoms),
            borrow_cap_atoms: pick(4, old.borrow_cap_atoms, new.borrow_cap_atoms),
            collateral_cap_usd: pick(5, old.collateral_cap_usd, new.collateral_cap_usd),
            allowed_debts: if lower >> 6 & 1 == 1 { new.allowed_debts & old.allowed_debts } else { new.allowed_debts },
        };
        let tighter = to.ltv_bps <= old.ltv_bps
            && to.max_utilization_bps <= old.max_utilization_bps
            && to.supply_cap_atoms <= old.supply_cap_atoms
            && to.borrow_cap_atoms <= old.borrow_cap_atoms
            && to.collateral_cap_usd <= old.collateral_cap_usd
            && to.allowed_debts | old.allowed_debts == old.allowed_debts;
        let mut after = from;
        prop_assert_eq!(after.tighten(&to), if tighter { Ok(()) } else { Err(NotTighter) });
        prop_assert_eq!(after, if tighter { tightened(&from, &to) } else { from });
        prop_assert!(!tighter || after.validate(&terms()) == Ok(()), "what was sound stays so");
    }
}
