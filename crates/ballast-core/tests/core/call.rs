//! The warning and the margin call: recorded once per crossing, forgotten when healthy, void after ten minutes.

use crate::model::{int, ratio};
use crate::world::{SLOT, call_of, laws, terms};
use ballast_core::Refusal::NothingToFlag;
use ballast_core::call::{Call, Crossing, Crossings};
use ballast_core::health::{Health, Totals};
use ballast_core::op::flag::flag;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Bps, Usd, WeightedUsd};
use proptest::prelude::*;

const WARNING: Bps = Bps(1_000);
const LIFE: u64 = Call::LIFE_SLOTS;

/// An obligation with this health factor in basis points.
fn health(factor_bps: u64) -> Health {
    Health { limit: WeightedUsd(u128::from(factor_bps) << 60), debt: WeightedUsd(10_000 << 60) }
}

/// The average agrees.
fn totals(maintenance: Health) -> Totals {
    Totals { maintenance, average: maintenance, ..Totals::default() }
}

fn updated(mut call: Call, factor_bps: u64, slot: u64) -> (Call, Crossings) {
    let crossings = call.update(&totals(health(factor_bps)), &terms(), WARNING, slot);
    (call, crossings)
}

/// The rows: the warning has been given, the health factor, what is crossed, the warning has been given then.
#[test]
fn a_warning_fires_below_the_line_and_rearms_well_above_it() {
    let rows = [
        (0, 11_000, Crossing::None, 0),
        (0, 10_999, Crossing::Down, 1),
        (0, 9_999, Crossing::Down, 1),
        (0, 0, Crossing::Down, 1),
        (1, 0, Crossing::None, 1),
        (1, 10_999, Crossing::None, 1),
        (1, 11_000, Crossing::None, 1),
        (1, 11_199, Crossing::None, 1),
        (1, 11_200, Crossing::Up, 0),
        (1, 90_000, Crossing::Up, 0),
    ];
    for (warned, factor, crossing, then) in rows {
        let (call, crossings) = updated(call_of(warned, 0), factor, SLOT);
        assert_eq!((crossings.warning, call.warned), (crossing, then), "warned {warned} at {factor}");
    }
}

/// The rows: the slot of the call before, the health factor, what is crossed, the slot of the call then.
#[test]
fn a_call_starts_below_one_lasts_for_its_life_and_clears_at_one() {
    let (live, last, expired) = (SLOT - 1, SLOT - LIFE, SLOT - LIFE - 1);
    let rows = [
        (0, 9_999, Crossing::Down, SLOT),
        (0, 10_000, Crossing::None, 0),
        (live, 9_999, Crossing::None, live),
        (live, 10_000, Crossing::Up, 0),
        (last, 9_999, Crossing::None, last),
        (last, 10_000, Crossing::Up, 0),
        (expired, 9_999, Crossing::Down, SLOT),
        (expired, 10_000, Crossing::Up, 0),
    ];
    for (called_at, factor, crossing, then) in rows {
        let (call, crossings) = updated(call_of(1, called_at), factor, SLOT);
        assert_eq!((crossings.call, call.called_at), (crossing, then), "called at {called_at}, now {factor}");
    }
}

#[test]
fn a_call_in_the_first_slot_counts() {
    let (call, crossings) = updated(Call::default(), 9_000, 0);
    assert_eq!((call.called_at, crossings.call), (1, Crossing::Down));
    assert_eq!(call.slots_since(1), Some(0));
}

#[test]
fn an_obligation_without_debt_is_neither_warned_nor_called() {
    let mut call = call_of(1, SLOT);
    let crossings = call.update(&totals(Health::default()), &terms(), Bps(LiquidationTerms::MAX_WARNING_BPS), SLOT);
    assert_eq!(crossings, Crossings { warning: Crossing::Up, call: Crossing::Up, clocks: false });
    assert_eq!(call, Call::default());
    let none = call.update(&totals(Health::default()), &terms(), Bps(LiquidationTerms::MAX_WARNING_BPS), SLOT);
    assert_eq!(none, Crossings { warning: Crossing::None, call: Crossing::None, clocks: false });
}

#[test]
fn an_obligation_without_collateral_is_warned_and_called() {
    let mut call = Call::default();
    let crossings = call.update(&totals(Health::NOTHING_LEFT), &terms(), Bps(0), SLOT);
    assert_eq!(crossings, Crossings { warning: Crossing::Down, call: Crossing::Down, clocks: false });
}

/// With a warning line of 0 the call comes with the warning, and the warning is armed again only 200 bps above.
#[test]
fn the_lines_may_coincide() {
    let mut call = Call::default();
    assert_eq!(call.update(&totals(health(10_000)), &terms(), Bps(0), SLOT).warning, Crossing::None);
    let down = call.update(&totals(health(9_999)), &terms(), Bps(0), SLOT);
    assert_eq!(down, Crossings { warning: Crossing::Down, call: Crossing::Down, clocks: false });
    let up = call.update(&totals(health(10_000)), &terms(), Bps(0), SLOT);
    assert_eq!(up, Crossings { warning: Crossing::None, call: Crossing::Up, clocks: false });
    assert_eq!(call.update(&totals(health(10_200)), &terms(), Bps(0), SLOT).warning, Crossing::Up);
}

fn weighted() -> impl Strategy<Value = u128> {
    (any::<u128>(), 18u32..128).prop_map(|(x, shift)| x >> shift)
}

proptest! {
    #![proptest_config(laws(2_000))]

    #[test]
    fn a_line_is_crossed_exactly_where_the_exact_factor_crosses_it(limit in weighted(), debt in weighted(), line in 0u64..=15_200, near in 0u8..4) {
        let limit = if near > 0 { (debt / 10_000 * u128::from(line) + u128::from(near)).saturating_sub(2) } else { limit };
        let health = Health { limit: WeightedUsd(limit), debt: WeightedUsd(debt) };
        prop_assert_eq!(health.is_below(line), int(limit) < int(debt) * ratio(line, 10_000));
    }

    #[test]
    fn slots_count_from_the_call_until_it_is_void(called_at in 1u64..=SLOT, later in 0u64..=2 * LIFE) {
        let call = call_of(0, called_at);
        prop_assert_eq!(call.slots_since(called_at + later), (later <= LIFE).then_some(later));
        prop_assert_eq!(Call::default().slots_since(called_at), None);
    }

    /// A slot that comes before the call's: the call is new, and stays.
    #[test]
    fn a_clock_that_steps_back_neither_ages_a_call_nor_makes_one(called_at in 1u64..=SLOT, back in 0u64..=SLOT) {
        let slot = called_at.saturating_sub(back);
        let call = call_of(1, called_at);
        prop_assert_eq!(call.slots_since(slot), Some(0));
        let (after, crossings) = updated(call, 9_999, slot);
        prop_assert_eq!((after, crossings.call), (call, Crossing::None));
    }

    #[test]
    fn only_health_clears_a_call_and_nothing_else_changes(factor in 0u64..20_000, called_at in 0u64..=SLOT, warned in 0u64..=1) {
        let mut call = call_of(warned, called_at);
        call.clear_if_healthy(&health(factor));
        let kept = if factor >= 10_000 { 0 } else { called_at };
        prop_assert_eq!(call, call_of(warned, kept));
    }

    /// However health wanders: warnings and their re-arming take turns, and between two warnings it was 200 bps above
    /// the line.
    #[test]
    fn a_factor_that_moves_around_the_line_warns_once(factors in prop::collection::vec(10_700u64..11_300, 1..60)) {
        let (mut call, mut highest, mut warned) = (Call::default(), u64::MAX, false);
        for (slot, factor) in (SLOT..).zip(factors) {
            highest = highest.max(factor);
            let (after, crossings) = updated(call, factor, slot);
            call = after;
            if crossings.warning == Crossing::Down {
                prop_assert!(!warned && factor < 11_000 && highest >= 11_200);
                (warned, highest) = (true, 0);
            } else if crossings.warning == Crossing::Up {
                prop_assert!(warned && factor >= 11_200);
                warned = false;
            }
            prop_assert_eq!(call.warned, u64::from(warned));
        }
    }

    /// At any time: called exactly when unhealthy, for at most a life.
    #[test]
    fn after_every_flag_a_call_counts_exactly_when_health_is_below_one(
        steps in prop::collection::vec((9_900u64..10_100, 0u64..LIFE * 2), 1..40)
    ) {
        let (mut call, mut slot) = (Call::default(), SLOT);
        for (factor, later) in steps {
            slot += later;
            let before = call;
            let (after, crossings) = updated(call, factor, slot);
            call = after;
            prop_assert_eq!(call.slots_since(slot).is_some(), factor < 10_000);
            let renewed = call.called_at != before.called_at && call.called_at != 0;
            prop_assert_eq!(crossings.call == Crossing::Down, renewed);
            prop_assert!(!renewed || call.called_at == slot);
            prop_assert_eq!(crossings.call == Crossing::Up, call.called_at == 0 && before.called_at != 0);
        }
    }
}

/// Deep by spot prices, and by the average if it says so.
fn deep(average_agrees: bool) -> Totals {
    let average_debt = Usd(if average_agrees { 99 } else { 50 });
    let (collateral, debt, average_collateral) = (Usd(100), Usd(99), Usd(100));
    Totals { collateral, debt, average_collateral, average_debt, ..totals(health(8_000)) }
}

/// Flags every so many slots; a flag that is refused changes nothing. Returns the slots at which it was not.
fn flagged(call: &mut Call, totals: &Totals, every: usize, slots: u64) -> Vec<u64> {
    let flags = |later: &u64| {
        let mut next = *call;
        let done = flag(&mut next, totals, &terms(), WARNING, SLOT + later).is_ok();
        if done {
            *call = next;
        }
        done
    };
    (0..=slots).step_by(every).filter(flags).collect()
}

#[test]
fn a_flag_renews_a_call_after_500_slots_and_no_sooner() {
    let hard = totals(health(8_000));
    assert_eq!(flagged(&mut Call::default(), &hard, 1, 1_600), [0, 500, 1_000, 1_500]);
    assert_eq!(flagged(&mut Call::default(), &hard, 499, 1_600), [0, 998]);
    assert_eq!((Call::RENEW_SLOTS, Call::RENEW_DEEP_SLOTS), (500, 50));
}

/// Every 50 slots for ten minutes while the average does not agree, then the loss is certain.
#[test]
fn a_flag_renews_a_deep_call_after_50_slots_only_until_its_loss_is_certain() {
    let mut call = Call::default();
    let early: Vec<u64> = (0..=30).map(|n| n * 50).collect();
    assert_eq!(flagged(&mut call, &deep(false), 1, 2_600), [early, vec![2_000, 2_500]].concat());
    assert_eq!((call.deep_at, call.deep_agreed_at), (SLOT, 0));
    assert_eq!(call.slots_since_certain(SLOT + 2_600), Some(1_100));

    let mut call = Call::default();
    assert_eq!(flagged(&mut call, &deep(true), 1, 1_100), [0, 500, 1_000]);
    assert_eq!(call.slots_since_certain(SLOT + 1_100), Some(1_100));
}

/// The rows: the slots between two records of deep, and where the second says that it began.
#[test]
fn a_gap_of_more_than_150_slots_begins_a_deep_event_anew() {
    for (gap, deep_at) in [(50, SLOT), (150, SLOT), (151, SLOT + 151), (1_500, SLOT + 1_500)] {
        let mut call = Call::default();
        for slot in [SLOT, SLOT + gap] {
            call.update(&deep(false), &terms(), WARNING, slot);
        }
        assert_eq!((call.called_at, call.deep_at), (SLOT, deep_at), "{gap}");
    }
}

/// One print is not a market: health and solvency that rest on a jump which is not confirmed end neither call nor clock.
/// A flag that changes nothing is refused, however old the call is.
#[test]
fn a_jump_that_is_not_confirmed_ends_no_clock() {
    let call = Call { deep_at: SLOT - 600, deep_agreed_at: SLOT - 600, ..call_of(1, SLOT - 600) };
    let unconfirmed = |factor_bps| Totals { is_unconfirmed: true, ..totals(health(factor_bps)) };
    let flagged = |totals: &Totals| {
        let mut next = call;
        flag(&mut next, totals, &terms(), WARNING, SLOT).map(|_| next)
    };
    assert_eq!(flagged(&unconfirmed(10_500)), Err(NothingToFlag));
    assert_eq!(flagged(&unconfirmed(9_999)), Ok(Call { seen_at: SLOT, ..call }));
    assert_eq!(flagged(&totals(health(10_500))), Ok(Call { warned: 1, ..Call::default() }));
    let solvent = Call { deep_at: 0, deep_agreed_at: 0, seen_at: SLOT, ..call };
    assert_eq!(flagged(&totals(health(9_999))), Ok(solvent));
}
