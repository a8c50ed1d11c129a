//! A pause ends by itself, and the guardian alone cannot keep a reserve closed.

use crate::world::{NOW, laws, pool};
use ballast_core::Refusal::*;
use ballast_core::op::pause::pause;
use ballast_core::pause::{Action, Pause, Pauser};
use ballast_core::pool::Pool;
use proptest::prelude::*;

const DAY: i64 = 86_400;

pub const ACTIONS: [Action; 5] =
    [Action::Deposit, Action::Withdraw, Action::Borrow, Action::Liquidate, Action::FlashBorrow];

fn pauser() -> impl Strategy<Value = Pauser> {
    prop_oneof![Just(Pauser::Authority), Just(Pauser::Guardian)]
}

fn set(pause: &Pause, by: Pauser, actions: u64, secs: u32, now: i64) -> Result<Pause, ballast_core::Refusal> {
    let mut after = *pause;
    after.set(by, actions, secs, now).map(|()| after)
}

/// In the order of the code: each case would also be refused for the reason below it.
#[test]
fn refuses_in_order_what_is_no_pause_and_a_guardian_too_soon() {
    let ended = Pause { actions: 1, ends_at: NOW - 1 };
    assert_eq!(set(&ended, Pauser::Guardian, 16, 60, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Guardian, u64::MAX, 60, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Guardian, 15, 86_401, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Authority, 15, 86_401, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Guardian, 15, 86_400, NOW), Err(PauseTooSoon));
    assert_eq!(set(&ended, Pauser::Authority, 15, 86_400, NOW), Ok(Pause { actions: 15, ends_at: NOW + DAY }));
}

#[test]
fn the_guardian_waits_a_day_to_the_second() {
    let ended = |secs_ago| Pause { actions: 1, ends_at: NOW - secs_ago };
    assert_eq!(set(&ended(0), Pauser::Guardian, 1, 60, NOW), Err(PauseTooSoon));
    assert_eq!(set(&ended(DAY - 1), Pauser::Guardian, 1, 60, NOW), Err(PauseTooSoon));
    assert_eq!(set(&ended(DAY), Pauser::Guardian, 3, 60, NOW), Ok(Pause { actions: 3, ends_at: NOW + 60 }));
}

#[test]
fn while_a_pause_lasts_the_guardian_adds_actions_and_no_time() {
    let lasting = Pause { actions: 1, ends_at: NOW + 1 };
    let added = set(&lasting, Pauser::Guardian, 6, 86_400, NOW);
    assert_eq!(added, Ok(Pause { actions: 7, ends_at: NOW + 1 }));
}

#[test]
fn the_authority_ends_a_pause_and_renews_one() {
    let lasting = Pause { actions: 15, ends_at: NOW + DAY };
    let ended = set(&lasting, Pauser::Authority, 0, 0, NOW).unwrap();
    assert!(ACTIONS.iter().all(|action| !ended.stops(*action, NOW)));
    let renewed = set(&lasting, Pauser::Authority, 15, 86_400, NOW + DAY - 1).unwrap();
    assert!(renewed.stops(Action::Borrow, NOW + 2 * DAY - 2) && !renewed.stops(Action::Borrow, NOW + 2 * DAY - 1));
}

/// Supplying cannot be paused, and repaying is not even an action.
#[test]
fn each_bit_stops_one_action_and_none_stops_a_deposit() {
    let mut stopped = 0;
    for bits in 0..=Pause::ALL {
        let pause = Pause { actions: bits, ends_at: NOW + 1 };
        for (n, action) in ACTIONS.iter().enumerate() {
            let bit = if n == 0 { 0 } else { 1u64 << (n - 1) };
            assert_eq!(action.bit(), bit);
            assert_eq!(pause.stops(*action, NOW), bits & bit != 0);
            assert!(!pause.stops(*action, NOW + 1));
            stopped |= action.bit();
        }
    }
    assert_eq!(stopped, Pause::ALL);
}

proptest! {
    #![proptest_config(laws(1_000))]

    /// Nothing but the pause changes, so nobody's health does. INV-11.
    #[test]
    fn the_operation_sets_the_pause_alone(by in pauser(), actions in 0u64..=20, secs in 0u32..=90_000, later in 0..3 * DAY) {
        let before = Pool { pause: Pause { actions: 2, ends_at: NOW }, ..pool(1) };
        let (mut after, expected) = (before, set(&before.pause, by, actions, secs, NOW + later));
        let result = pause(&mut after, by, actions, secs, NOW + later);
        prop_assert_eq!(result, expected.map(drop));
        if let Ok(pause) = expected {
            prop_assert_eq!(after, Pool { pause, ..before });
        }
    }

    /// Whoever pauses, and whenever: nothing is closed for more than a day after the last who closed it.
    #[test]
    fn every_pause_ends_within_a_day(pauses in prop::collection::vec((pauser(), 0u64..=15, 0u32..=86_400, 0..2 * DAY), 1..20)) {
        let (mut pause, mut now) = (Pause::default(), NOW);
        for (by, actions, secs, later) in pauses {
            now += later;
            pause = set(&pause, by, actions, secs, now).unwrap_or(pause);
            prop_assert!(ACTIONS.iter().all(|action| !pause.stops(*action, now + DAY)));
        }
    }

    /// Alone: after a day of pause comes a day without, so that whoever wants out gets out.
    #[test]
    fn the_guardian_closes_an_action_for_at_most_one_of_two_days(
        pauses in prop::collection::vec((0u64..=15, 0u32..=86_400, 0..DAY), 1..30), action in prop::sample::select(&ACTIONS[..])
    ) {
        let (mut pause, mut now, mut closed) = (Pause::default(), NOW, Vec::new());
        for (actions, secs, later) in pauses {
            pause = set(&pause, Pauser::Guardian, actions, secs, now).unwrap_or(pause);
            let end = (now + later).min(pause.ends_at);
            if pause.stops(action, now) && end > now {
                closed.push((now, end));
            }
            now += later;
        }
        for (start, _) in &closed {
            let within = |(from, to): &(i64, i64)| (to.min(&(start + 2 * DAY)) - from.max(start)).max(0);
            prop_assert!(closed.iter().map(within).sum::<i64>() <= DAY);
        }
    }
}
