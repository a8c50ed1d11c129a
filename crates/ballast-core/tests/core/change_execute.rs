//! change_execute: what gets easier is so at once, what gets harder begins where it was, and interest up to now is at
//! the old rate.

use crate::model::{Margins, exp, int, ratio};
use crate::world::{
    NOW, Obligation, Q64, YEAR, any_settings, curve_of, id, laws, ledger, obligation, pool_of, settings, step_towards,
    terms, weights_of,
};
use ballast_core::Refusal::{self, *};
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::change_propose::change_propose;
use ballast_core::op::pause::pause;
use ballast_core::op::refresh::refresh;
use ballast_core::op::reserve_tighten::reserve_tighten;
use ballast_core::pause::Pauser;
use ballast_core::pool::Pool;
use ballast_core::price::PriceUse;
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::settings::{Settings, Tightening};
use ballast_core::units::Wide;
use num_traits::Signed;
use proptest::prelude::*;

const DAY: u32 = Ramp::MIN_SECS;

fn change(pool: &Pool, to: &Settings, ramp_secs: u32, now: i64) -> Result<Pool, Refusal> {
    let mut after = *pool;
    change_execute(&mut after, to, ramp_secs, &terms(), now).map(|()| after)
}

/// In the order of the code: each case would also be refused for the reasons below it.
#[test]
fn refuses_in_order_unsound_settings_a_ramp_out_of_range_and_too_large_a_step() {
    let pool = pool_of(1, 6, settings());
    let mut to = settings();
    to.risk.borrow_factor_bps = 9_999;
    let refusal = |to: &Settings, secs| {
        assert_eq!(change(&pool, to, secs, NOW).err(), change_propose(&pool, to, secs, &terms(), NOW).err());
        change(&pool, to, secs, NOW).err()
    };
    assert_eq!(refusal(&to, 0), Some(InvalidRiskParams));
    to.risk = RiskParams { liquidation_threshold_bps: 8_501, ..settings().risk };
    assert_eq!(refusal(&to, DAY - 1), Some(InvalidRamp));
    assert_eq!(refusal(&to, 90 * DAY + 1), Some(InvalidRamp));
    assert_eq!(refusal(&to, 90 * DAY), Some(StepTooLarge));
    to.risk.liquidation_threshold_bps = 8_500;
    assert_eq!([refusal(&to, DAY), refusal(&to, 90 * DAY)], [None; 2]);
}

/// The terms of the market bound the threshold.
#[test]
fn refuses_settings_that_contradict_the_markets_terms() {
    let pool = pool_of(1, 6, settings());
    let mut to = settings();
    to.risk.liquidation_threshold_bps = 8_334;
    let generous = ballast_core::terms::LiquidationTerms { max_bonus_bps: 2_000, ..terms() };
    assert_eq!(change_execute(&mut pool.clone(), &to, DAY, &terms(), NOW), Ok(()));
    assert_eq!(change_execute(&mut pool.clone(), &to, DAY, &generous, NOW), Err(InvalidRiskParams));
}

/// Nobody has a position in it yet. So any step is allowed, without a ramp, and the probation begins.
#[test]
fn the_first_change_opens_the_reserve_with_all_its_settings() {
    let closed = Pool::new(id(1), 1, 6, NOW).unwrap();
    let mut to = settings();
    to.risk.borrow_factor_bps = 20_000;
    let open = change(&closed, &to, DAY, NOW + 5).unwrap();
    assert_eq!((open.settings, open.opened_at, open.epoch), (to, NOW + 5, 1));
    assert_eq!(weights_of(&open, NOW + 5), to.risk.weights(), "there is nobody to spare");
    let again = change(&open, &to, DAY, NOW + 9).unwrap();
    assert_eq!((again.opened_at, again.epoch), (NOW + 5, 2));
    let mut far = to;
    far.risk.liquidation_threshold_bps += 501;
    assert_eq!(change(&open, &far, DAY, NOW + 9).err(), Some(StepTooLarge));
}

/// A tightening to 0 is no way around the steps, and none into a dead end: the next change may go as far as without it.
/// Nor is a change to 0.
#[test]
fn steps_count_from_what_the_last_change_decided() {
    let decided = {
        let mut to = settings();
        let limits = &mut to.limits;
        (limits.supply_cap_atoms, limits.borrow_cap_atoms, limits.collateral_cap_usd) = (1_000, 500, 70);
        (limits.max_utilization_bps, limits.allowed_debts) = (8_000, 0b11);
        change(&Pool::new(id(1), 1, 6, NOW).unwrap(), &to, DAY, NOW).unwrap()
    };
    let mut tightened = decided;
    reserve_tighten(&mut tightened, &ZERO).unwrap();
    let mut to = tightened.settings;
    to.limits.outflow_bps = 5_000;
    let changed = change(&tightened, &to, DAY, NOW).unwrap();
    type Value = fn(&mut Settings, u64);
    let caps: [(Value, u64); 3] = [
        (|to, cap| to.limits.supply_cap_atoms = cap, 2_000),
        (|to, cap| to.limits.borrow_cap_atoms = cap, 1_000),
        (|to, cap| to.limits.collateral_cap_usd = cap, 140),
    ];
    let others: [(Value, u64); 3] = [
        (|to, ltv| to.risk.ltv_bps = ltv as u16, 7_999),
        (|to, utilization| to.limits.max_utilization_bps = utilization as u16, 9_000),
        (|to, debts| to.limits.allowed_debts = debts, 0b11_1111_1111),
    ];
    let refusal = |pool: &Pool, set: Value, value: u64| {
        let mut to = pool.settings;
        set(&mut to, value);
        change(pool, &to, DAY, NOW).err()
    };
    for pool in [&decided, &tightened, &changed] {
        for (set, most) in caps {
            assert_eq!([refusal(pool, set, most), refusal(pool, set, most + 1)], [None, Some(StepTooLarge)]);
        }
    }
    for pool in [&decided, &tightened] {
        assert!(others.iter().all(|(set, most)| refusal(pool, *set, *most).is_none()));
        assert_eq!(refusal(pool, others[1].0, 9_001), Some(StepTooLarge));
        assert_eq!(refusal(pool, others[2].0, 0b111_1111_1111), Some(StepTooLarge));
    }
    // The change has kept the tightened ratio, so it has decided it.
    assert_eq!(refusal(&changed, others[1].0, 1_001), Some(StepTooLarge));
}

/// What is left of a probation may be halved, at the proposal and at the execution; what has passed is not counted.
#[test]
fn a_change_cuts_at_most_half_of_the_probation_that_is_left() {
    let mut opening = settings();
    (opening.limits.collateral_cap_usd, opening.limits.probation_secs) = (1_000, 1_000);
    let open = change(&Pool::new(id(1), 1, 6, NOW).unwrap(), &opening, DAY, NOW).unwrap();
    let refusal = |probation_secs, later| {
        let mut to = opening;
        to.limits.probation_secs = probation_secs;
        assert_eq!(
            change_propose(&open, &to, DAY, &terms(), NOW + later).err(),
            change(&open, &to, DAY, NOW + later).err()
        );
        change(&open, &to, DAY, NOW + later).err()
    };
    for (later, least) in [(0, 500), (1, 501), (600, 800), (998, 999), (999, 1_000)] {
        assert_eq!([refusal(least, later), refusal(least - 1, later)], [None, Some(StepTooLarge)], "after {later} s");
        assert_eq!([refusal(1_000, later), refusal(7_776_000, later)], [None; 2]);
    }
    assert_eq!([refusal(0, 1_000), refusal(1, 1_000)], [None; 2], "it is over");
}

/// A pool with any sound books and settings.
fn any_pool() -> impl Strategy<Value = Pool> {
    (ledger(), any_settings()).prop_map(|(ledger, settings)| {
        let mut pool = Pool { ledger, ..pool_of(1, 6, settings) };
        (pool.volatility.fast, pool.volatility.slow) = (1 << 40, 1 << 38);
        pool.settle().expect("sound books");
        pool
    })
}

fn secs() -> impl Strategy<Value = u32> {
    DAY..=Ramp::MAX_SECS
}

proptest! {
    #![proptest_config(laws(300))]

    /// B8: the same as accruing first, to the last bit, and not what the new rate would have made of it.
    #[test]
    fn interest_up_to_the_change_is_at_the_old_rate(pool in any_pool(), to in any_settings(), later in 0i64..1 << 27) {
        let (to, now) = (step_towards(&pool.settings, &to), NOW + later);
        let changed = change(&pool, &to, DAY, now).unwrap();
        let mut accrued = pool;
        refresh(&mut accrued, None, now).unwrap();
        prop_assert_eq!(change(&accrued, &to, DAY, now).unwrap(), changed);
        let read = pool.ledger.indices_at(now);
        prop_assert_eq!(changed.ledger.indices_at(now), read);
    }

    /// The rate, the pass-through and the margin are those of the new settings from then on, and everything else stays.
    #[test]
    fn replaces_the_settings_and_nothing_else(pool in any_pool(), to in any_settings(), secs in secs()) {
        let to = step_towards(&pool.settings, &to);
        let changed = change(&pool, &to, secs, NOW).unwrap();
        let mut expected = Pool { settings: to, ramp: changed.ramp, epoch: pool.epoch + 1, ..pool };
        expected.step_base.record(&to);
        expected.volatility.apply(&to.margin);
        expected.settle().unwrap();
        prop_assert_eq!(changed, expected);
        prop_assert_eq!(changed.ramp, Ramp::new(pool.settings.risk.weights(), &to.risk, NOW, secs));
    }
}

/// What governance and guardian can do to a reserve.
#[derive(Clone, Debug)]
enum Event {
    Change(Box<Settings>, u32),
    Tighten(u16),
    Pause(u64),
}

fn event() -> impl Strategy<Value = (usize, Event, i64)> {
    let event = prop_oneof![
        6 => (any_settings(), secs()).prop_map(|(to, secs)| Event::Change(Box::new(to), secs)),
        1 => (0u16..=1_000).prop_map(Event::Tighten),
        1 => (0u64..=15).prop_map(Event::Pause),
    ];
    (0usize..6, event, 0i64..4_000_000)
}

fn apply(pool: &mut Pool, event: &Event, now: i64) -> Result<(), Refusal> {
    match event {
        Event::Change(to, secs) => {
            // What a tightening has lowered does not count.
            let mut from = pool.settings;
            pool.step_base.restore(&mut from);
            change_execute(pool, &step_towards(&from, to), *secs, &terms(), now)
        }
        Event::Tighten(part) => {
            let ltv_bps = (u32::from(pool.settings.risk.ltv_bps) * u32::from(*part) / 1_000) as u16;
            let shut = Tightening { ltv_bps, ..ZERO };
            reserve_tighten(pool, &shut)
        }
        Event::Pause(actions) => pause(pool, Pauser::Authority, *actions, DAY, now),
    }
}

const ZERO: Tightening = Tightening {
    ltv_bps: 0,
    max_utilization_bps: 0,
    supply_cap_atoms: 0,
    borrow_cap_atoms: 0,
    collateral_cap_usd: 0,
    allowed_debts: 0,
};

/// A and B, and both at average prices, no worse than before; and what the exact model calls healthy stays so.
fn is_no_worse(before: &Obligation, after: &Obligation, now: i64) -> Result<(), TestCaseError> {
    let totals = |obligation: &Obligation| obligation.others_at(&[], PriceUse::Liquidation, now).unwrap();
    let (was, is) = (totals(before), totals(after));
    prop_assert!(is.maintenance.limit >= was.maintenance.limit && is.maintenance.debt <= was.maintenance.debt);
    prop_assert!(is.average.limit >= was.average.limit && is.average.debt <= was.average.debt);
    prop_assert_eq!((is.collateral, is.debt), (was.collateral, was.debt));
    let (was, is) = (Margins::at(&before.lines, now), Margins::at(&after.lines, now));
    prop_assert!(!was.is_healthy() || is.is_healthy());
    Ok(())
}

proptest! {
    #![proptest_config(laws(100))]

    /// INV-11: whatever governance and guardian do, and whenever, at the moment in which they do it nobody becomes
    /// liquidatable.
    #[test]
    fn no_change_no_tightening_and_no_pause_makes_anybody_liquidatable(
        obligation in obligation(9_500..12_000), events in prop::collection::vec(event(), 1..6)
    ) {
        let (mut obligation, mut now) = (obligation, NOW);
        for (n, event, later) in events {
            now += later;
            let before = obligation.at(now);
            let mut after = before.clone();
            let n = n % after.lines.len();
            prop_assert_eq!(apply(&mut after.lines[n].0, &event, now), Ok(()));
            is_no_worse(&before, &after, now)?;
            // And without having accrued first.
            let mut direct = obligation.clone();
            prop_assert_eq!(apply(&mut direct.lines[n].0, &event, now), Ok(()));
            prop_assert_eq!(weights_of(&direct.at(now).lines[n].0, now), weights_of(&after.lines[n].0, now));
            obligation = direct;
        }
    }

    /// INV-11: until the next change, the threshold stays above the straight line and the borrow factor below, whatever
    /// ramp came before.
    #[test]
    fn a_threshold_never_falls_faster_than_the_straight_line_of_its_change(
        pool in any_pool(), changes in prop::collection::vec((any_settings(), secs(), 0i64..4_000_000, 0i64..=1_000), 1..6)
    ) {
        let (mut pool, mut now) = (pool, NOW);
        for (to, secs, later, part) in changes {
            now += later;
            let (before, to) = (weights_of(&pool, now), step_towards(&pool.settings, &to));
            pool = change(&pool, &to, secs, now).unwrap();
            let passed = i64::from(secs) * part / 1_000;
            let weights = weights_of(&pool, now + passed);
            let line = |from: u16, to: u16| int(from) + (int(to) - int(from)) * ratio(passed, secs);
            let (from, to) = (before.liquidation_threshold.0, to.risk.liquidation_threshold_bps);
            prop_assert!(!(int(weights.liquidation_threshold.0) - line(from, to)).is_negative());
            let (from, to) = (before.borrow_factor.0, pool.settings.risk.borrow_factor_bps);
            prop_assert!(!(line(from, to) - int(weights.borrow_factor.0)).is_negative());
        }
    }
}

/// B8: a year at 10 % and then one at 30 %, not two at 30 %.
#[test]
fn the_old_rate_ends_and_the_new_one_begins_with_the_change() {
    let flat = |rate_bps| Settings { curve: curve_of(&[(0, rate_bps), (10_000, rate_bps)]), ..settings() };
    let mut pool = pool_of(1, 6, flat(1_000));
    pool.ledger.debt_shares = Wide::new(1 << 64);
    pool.settle().unwrap();
    let changed = change(&pool, &flat(3_000), DAY, NOW + YEAR).unwrap();
    let index = changed.ledger.indices_at(NOW + 2 * YEAR).debt;
    let exact = exp(&ratio(4, 10)) * int(Q64);
    let short = &exact - int(index.0);
    assert!(short < exact * ratio(1, 1_000_000_000) && !short.is_negative());
}

/// The rows: what becomes of a loan-to-value, a threshold and a borrow factor, and what is in force in the moment of
/// the change.
#[test]
fn changes_in_favor_of_borrowers_and_every_loan_to_value_apply_at_once() {
    let with = |ltv_bps, liquidation_threshold_bps, borrow_factor_bps| Settings {
        risk: RiskParams { ltv_bps, liquidation_threshold_bps, borrow_factor_bps, ..settings().risk },
        ..settings()
    };
    let pool = pool_of(1, 6, with(6_000, 7_000, 12_000));
    let rows = [
        ((6_500, 7_500, 11_000), (6_500, 7_500, 11_000)),
        ((5_000, 6_000, 13_000), (5_000, 7_000, 12_000)),
        ((6_500, 7_500, 13_000), (6_500, 7_500, 12_000)),
        ((5_000, 6_000, 11_000), (5_000, 7_000, 11_000)),
        ((0, 0, 50_000), (0, 7_000, 12_000)),
    ];
    for ((ltv, threshold, factor), expected) in rows {
        let changed = change(&pool, &with(ltv, threshold, factor), DAY, NOW).unwrap();
        let weights = weights_of(&changed, NOW);
        assert_eq!((weights.loan_to_value.0, weights.liquidation_threshold.0, weights.borrow_factor.0), expected);
        assert_eq!(weights_of(&changed, NOW + i64::from(DAY)), with(ltv, threshold, factor).risk.weights());
    }
}
