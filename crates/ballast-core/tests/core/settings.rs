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
    /// From none to any eight.
    Bits,
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
        field!(limits.allowed_debts, Bits),
        field!(limits.outflow_floor_atoms, Up(50, 110)),
        field!(limits.outflow_window_secs, Down(3_601, 1_801)),
        field!(limits.probation_secs, Down(999, 500)),
        field!(limits.outflow_bps, Up(1_000, 2_500)),
        field!(limits.max_utilization_bps, Up(5_000, 6_000)),
        field!(limits.reserved, Free),
    ]
}

fn other_fields() -> Vec<Field> {
    use Step::*;
    vec![
        field!(guard.max_age_new_risk_secs, Up(60, 180)),
        field!(guard.max_age_liquidation_secs, Up(120, 300)),
        field!(guard.max_confidence_bps, Up(200, 500)),
        field!(guard.confidence_multiplier_bps, Down(20_000, 9_000)),
        field!(guard.max_ema_deviation_bps, Up(300, 700)),
        field!(guard.max_move_bps, Up(1_000, 2_100)),
        field!(margin.z_bps, Down(40_000, 19_000)),
        field!(margin.cost_bps, Down(200, 50)),
        field!(margin.stress_bps, Down(4_000, 1_500)),
        field!(margin.horizon_secs, Down(600, 240)),
        field!(margin.fast_secs, Free),
        field!(margin.slow_secs, Free),
        field!(margin.reserved, Free),
    ]
}

/// The settings that every row starts from.
fn from() -> Settings {
    let mut settings = Settings { curve: curve_of(&[(0, 0), (10_000, 0)]), ..settings() };
    for (_, set, step) in fields() {
        match step {
            Step::Free => {}
            Step::Up(from, _) | Step::Down(from, _) => set(&mut settings, from),
            Step::Bits => set(&mut settings, 0),
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
            Step::Bits => {
                assert_eq!([step(set, 0), step(set, 0xff), step(set, 0xff << 56)], [Ok(()); 3], "{name}");
                assert_eq!([step(set, 0x1ff), step(set, u64::MAX)], [Err(StepTooLarge); 2], "{name}");
            }
        }
    }
}

/// Doubling cannot raise a cap that no change has set, and no cap exceeds the largest number.
#[test]
fn a_cap_that_was_never_set_may_become_anything_and_a_huge_one_the_largest() {
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

/// How far one change may take a field.
struct Bound {
    name: &'static str,
    get: fn(&Settings) -> u128,
    set: fn(&mut Settings, u64),
    /// The furthest value on the way to the loosest.
    reaches: u128,
    strictest: u128,
    loosest: u128,
}

macro_rules! bound {
    ($from:ident . $part:ident . $leaf:ident, $strictest:literal..=$loosest:expr, $step:expr) => {{
        let (strictest, loosest): (u128, u128) = ($strictest, u128::from($loosest));
        let reaches: i128 = $step(i128::from($from.$part.$leaf));
        let (low, high) = (strictest.min(loosest) as i128, strictest.max(loosest) as i128);
        Bound {
            name: stringify!($part.$leaf),
            get: |settings| settings.$part.$leaf.into(),
            set: |settings, value| settings.$part.$leaf = value as _,
            reaches: reaches.clamp(low, high) as u128,
            strictest,
            loosest,
        }
    }};
}

/// The bounds of docs/MODEL.md, "Governance", by another formula than the code's: up to `2 * old + more`, down to
/// `old / 2 - less` rounded up.
fn bounds(from: &Settings) -> Vec<Bound> {
    let up = |more: i128| move |old: i128| old + more;
    let double = |more: i128| move |old: i128| 2 * old + more;
    let half = |less: i128| move |old: i128| (old + 1) / 2 - less;
    let cap = |old: i128| if old == 0 { i128::MAX } else { 2 * old };
    let floor = i128::from(from.limits.supply_cap_atoms / 100);
    vec![
        bound!(from.risk.ltv_bps, 0..=u16::MAX, up(500)),
        bound!(from.risk.liquidation_threshold_bps, 0..=u16::MAX, up(500)),
        bound!(from.risk.borrow_factor_bps, 65_535..=0u16, up(-1_000)),
        bound!(from.limits.supply_cap_atoms, 0..=u64::MAX, cap),
        bound!(from.limits.borrow_cap_atoms, 0..=u64::MAX, cap),
        bound!(from.limits.collateral_cap_usd, 0..=u64::MAX, cap),
        bound!(from.limits.max_utilization_bps, 0..=u16::MAX, up(1_000)),
        bound!(from.limits.outflow_bps, 0..=u16::MAX, double(500)),
        bound!(from.limits.outflow_floor_atoms, 0..=u64::MAX, double(floor)),
        bound!(from.limits.outflow_window_secs, 4_294_967_295..=0u32, half(0)),
        bound!(from.limits.probation_secs, 4_294_967_295..=0u32, half(0)),
        bound!(from.guard.max_age_new_risk_secs, 0..=u32::MAX, double(60)),
        bound!(from.guard.max_age_liquidation_secs, 0..=u32::MAX, double(60)),
        bound!(from.guard.max_confidence_bps, 0..=u16::MAX, double(100)),
        bound!(from.guard.max_ema_deviation_bps, 0..=u16::MAX, double(100)),
        bound!(from.guard.max_move_bps, 0..=u16::MAX, double(100)),
        bound!(from.guard.confidence_multiplier_bps, 65_535..=0u16, half(1_000)),
        bound!(from.margin.z_bps, 65_535..=0u16, half(1_000)),
        bound!(from.margin.cost_bps, 65_535..=0u16, half(50)),
        bound!(from.margin.stress_bps, 4_294_967_295..=0u32, half(500)),
        bound!(from.margin.horizon_secs, 4_294_967_295..=0u32, half(60)),
    ]
}

/// From the strictest sound value to the loosest, each change as far as it may go: how many it takes.
#[test]
fn the_way_from_the_strictest_to_the_loosest_takes_many_changes() {
    let rows = [
        ("risk.ltv_bps", 0, 9_000, 18),
        ("risk.liquidation_threshold_bps", 0, 9_000, 18),
        ("risk.borrow_factor_bps", 50_000, 10_000, 40),
        ("limits.supply_cap_atoms", 1, u64::MAX, 64),
        ("limits.borrow_cap_atoms", 1, u64::MAX, 64),
        ("limits.collateral_cap_usd", 1, u64::MAX, 64),
        ("limits.max_utilization_bps", 0, 10_000, 10),
        ("limits.outflow_bps", 0, 10_000, 5),
        ("limits.outflow_floor_atoms", 0, 1_000_000_000, 7),
        ("limits.outflow_window_secs", 2_592_000, 1, 22),
        ("limits.probation_secs", 7_776_000, 86_400, 7),
        ("guard.max_age_new_risk_secs", 1, 86_400, 11),
        ("guard.max_age_liquidation_secs", 60, 86_400, 10),
        ("guard.max_confidence_bps", 1, 10_000, 7),
        ("guard.max_ema_deviation_bps", 1, 50_000, 9),
        ("guard.max_move_bps", 1, 50_000, 9),
        ("guard.confidence_multiplier_bps", 50_000, 0, 5),
        ("margin.z_bps", 40_000, 0, 5),
        ("margin.cost_bps", 1_000, 0, 4),
        ("margin.stress_bps", 10_000, 0, 4),
        ("margin.horizon_secs", 3_600, 0, 5),
    ];
    let mut start = settings();
    (start.limits.supply_cap_atoms, start.limits.outflow_floor_atoms) = (1_000_000_000, 0);
    assert_eq!(bounds(&start).iter().map(|bound| bound.name).collect::<Vec<_>>().len(), rows.len());
    for (n, (name, strictest, loosest, expected)) in rows.into_iter().enumerate() {
        let (mut from, mut changes) = (start, 0);
        (bounds(&from)[n].set)(&mut from, strictest);
        while (bounds(&from)[n].get)(&from) != u128::from(loosest) {
            let Bound { set, reaches, .. } = bounds(&from)[n];
            let (mut to, beyond) = (from, (reaches > u128::from(loosest)) == (loosest > strictest));
            set(&mut to, if beyond { loosest } else { reaches as u64 });
            assert_eq!(to.check_step(&from), Ok(()), "{name}");
            (from, changes) = (to, changes + 1);
        }
        assert_eq!((bounds(&from)[n].name, changes), (name, expected));
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

    /// INV-11: each field goes to its bound alone, and no further; in the other direction it goes anywhere.
    #[test]
    fn each_loosening_ends_at_its_bound_and_every_tightening_is_accepted(from in any_settings()) {
        for Bound { name, set, reaches, strictest, loosest, .. } in bounds(&from) {
            let step = |value: u128| {
                let mut to = from;
                set(&mut to, value as u64);
                to.check_step(&from)
            };
            prop_assert_eq!(step(strictest), Ok(()), "{} as strict as can be", name);
            prop_assert_eq!(step(reaches), Ok(()), "{} at its bound", name);
            if reaches != loosest {
                let beyond = if loosest > strictest { reaches + 1 } else { reaches - 1 };
                prop_assert_eq!(step(beyond), Err(StepTooLarge), "{} beyond its bound", name);
                prop_assert_eq!(step(loosest), Err(StepTooLarge), "{} to nothing", name);
            }
        }
    }

    /// INV-11: of any two settings, and of two that are a step apart but for one field.
    #[test]
    fn a_step_is_allowed_exactly_when_nothing_in_it_goes_too_far(from in any_settings(), to in any_settings(), one in any::<Option<prop::sample::Index>>()) {
        let bounds = bounds(&from);
        let mut step = to;
        if let Some(one) = one {
            let Bound { get, set, .. } = &bounds[one.index(bounds.len())];
            step = step_towards(&from, &to);
            set(&mut step, get(&to) as u64);
        }
        let highest = |settings: &Settings| u64::from(settings.curve.points[settings.curve.len as usize - 1].rate_bps);
        let goes_too_far = |bound: &Bound| {
            let value = (bound.get)(&step);
            if bound.loosest > bound.strictest { value > bound.reaches } else { value < bound.reaches }
        };
        let too_far = bounds.iter().any(goes_too_far)
            || (step.limits.allowed_debts & !from.limits.allowed_debts).count_ones() > 8
            || highest(&step) > 2 * highest(&from) + 1_000;
        prop_assert_eq!(step.check_step(&from), if too_far { Err(StepTooLarge) } else { Ok(()) });
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
