//! A pause ends by itself, and the guardian alone cannot keep a reserve closed.

use crate::world::{NOW, laws, paused, pool};
use ballast_core::Refusal::*;
use ballast_core::op::pause::pause;
use ballast_core::pause::{Closure, Pausable, Pause, Pauser};
use ballast_core::pool::Pool;
use proptest::prelude::*;

const DAY: i64 = 86_400;

pub const ACTIONS: [Pausable; 4] = [Pausable::Withdraw, Pausable::Borrow, Pausable::Liquidate, Pausable::FlashBorrow];

fn pauser() -> impl Strategy<Value = Pauser> {
    prop_oneof![Just(Pauser::Authority), Just(Pauser::Guardian)]
}

fn set(pause: &Pause, by: Pauser, actions: u64, secs: u32, now: i64) -> Result<Pause, ballast_core::Refusal> {
    let mut after = *pause;
    after.set(by, actions, secs, now).map(|()| after)
}

/// One that the guardian has set.
fn by_guardian(actions: u64, ends_at: i64) -> Pause {
    let liquidations_resume_at = if actions & Pausable::Liquidate.bit() == 0 { 0 } else { ends_at };
    Pause { guardian: Closure { actions, ends_at }, liquidations_resume_at, ..Pause::default() }
}

/// In the order of the code: each case would also be refused for the reason below it.
#[test]
fn refuses_in_order_an_invalid_pause_and_a_guardian_too_soon() {
    let ended = by_guardian(1, NOW - 1);
    assert_eq!(set(&ended, Pauser::Guardian, 16, 60, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Guardian, u64::MAX, 60, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Guardian, 15, 86_401, NOW), Err(InvalidPause));
    assert_eq!(set(&ended, Pauser::Authority, 15, 86_401, NOW), Err(InvalidPause));
    for by in [Pauser::Guardian, Pauser::Authority] {
        assert_eq!(set(&ended, by, 1, 0, NOW), Err(InvalidPause), "actions for no time");
        assert!(set(&Pause::default(), by, 1, 1, NOW).is_ok());
    }
    assert_eq!(set(&ended, Pauser::Guardian, 15, 86_400, NOW), Err(PauseTooSoon));
    let guardian = Closure { actions: 0, ends_at: NOW - 1 };
    let renewed = Pause { guardian, ..paused(15, NOW + DAY) };
    assert_eq!(set(&ended, Pauser::Authority, 15, 86_400, NOW), Ok(renewed));
}

#[test]
fn the_guardian_waits_a_day_to_the_second() {
    let ended = |secs_ago| by_guardian(1, NOW - secs_ago);
    assert_eq!(set(&ended(0), Pauser::Guardian, 1, 60, NOW), Err(PauseTooSoon));
    assert_eq!(set(&ended(DAY - 1), Pauser::Guardian, 1, 60, NOW), Err(PauseTooSoon));
    assert_eq!(set(&ended(DAY), Pauser::Guardian, 3, 60, NOW), Ok(by_guardian(3, NOW + 60)));
}

#[test]
fn during_their_pause_the_guardian_adds_actions_and_no_time() {
    let added = set(&by_guardian(1, NOW + 1), Pauser::Guardian, 6, 86_400, NOW);
    assert_eq!(added, Ok(by_guardian(7, NOW + 1)));
}

/// Each action ends when the one who closed it said it would: neither end reaches over to the other's actions, nor to the
/// guardian's cooldown.
#[test]
fn the_guardian_pauses_beside_the_authority_and_each_pause_keeps_its_end() {
    let lasting = paused(1, NOW + 100);
    for secs in [60, 600] {
        let both = set(&lasting, Pauser::Guardian, 6, secs, NOW).unwrap();
        let end = NOW + i64::from(secs);
        assert_eq!(both, Pause { authority: lasting.authority, ..by_guardian(6, end) });
        let stops = |action, now| both.stops(action, now);
        assert!(stops(Pausable::Withdraw, NOW + 99) && !stops(Pausable::Withdraw, NOW + 100));
        assert!(stops(Pausable::Borrow, end - 1) && !stops(Pausable::Borrow, end));
        assert_eq!(set(&both, Pauser::Guardian, 1, 60, end + DAY - 1), Err(PauseTooSoon));
        assert!(set(&both, Pauser::Guardian, 1, 60, end + DAY).is_ok());
    }
}

/// The cooldown begins when the authority ends the guardian's pause. No other pause of the authority starts it.
#[test]
fn only_the_guardians_own_pause_starts_the_cooldown() {
    let ended = set(&by_guardian(1, NOW + DAY), Pauser::Authority, 0, 0, NOW).unwrap();
    assert_eq!(ended, Pause { authority: Closure { actions: 0, ends_at: NOW }, ..by_guardian(0, NOW) });
    let renewed = set(&ended, Pauser::Authority, 2, 86_400, NOW + DAY - 1).unwrap();
    assert_eq!(set(&renewed, Pauser::Guardian, 1, 60, NOW + DAY - 1), Err(PauseTooSoon));
    assert!(set(&renewed, Pauser::Guardian, 1, 60, NOW + DAY).is_ok());
}

/// The cure window begins anew when the last pause of liquidations ends, also by the authority's word.
#[test]
fn remembers_when_liquidations_resume() {
    let paused = set(&Pause::default(), Pauser::Guardian, 4, 60, NOW).unwrap();
    let longer = set(&paused, Pauser::Guardian, 1, 60, NOW + 1).unwrap();
    assert_eq!(longer.liquidations_resume_at, NOW + 60);
    let other = set(&longer, Pauser::Authority, 2, 600, NOW + 9).unwrap();
    assert_eq!(other.liquidations_resume_at, NOW + 9, "the authority's pause replaces the guardian's");
    let within = |secs, now| other.stopped_liquidations_within(secs, now);
    assert!(within(10, NOW + 9) && within(10, NOW + 18) && !within(10, NOW + 19) && !within(0, NOW + 9));
    assert!(!Pause::default().stopped_liquidations_within(u64::MAX, NOW));
}

#[test]
fn the_authority_ends_a_pause_and_renews_one() {
    let lasting = by_guardian(15, NOW + DAY);
    let ended = set(&lasting, Pauser::Authority, 0, 0, NOW).unwrap();
    assert!(ACTIONS.iter().all(|action| !ended.stops(*action, NOW)));
    let renewed = set(&lasting, Pauser::Authority, 15, 86_400, NOW + DAY - 1).unwrap();
    assert!(renewed.stops(Pausable::Borrow, NOW + 2 * DAY - 2) && !renewed.stops(Pausable::Borrow, NOW + 2 * DAY - 1));
}

/// Depositing and repaying are not among the actions.
#[test]
fn each_bit_stops_one_action() {
    let mut stopped = 0;
    for bits in 0..=Pause::ALL {
        let pause = by_guardian(bits, NOW + 1);
        for (n, action) in ACTIONS.iter().enumerate() {
            let bit = 1u64 << n;
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
        let before = Pool { pause: by_guardian(2, NOW), ..pool(1) };
        let (mut after, expected) = (before, set(&before.pause, by, actions, secs, NOW + later));
        let result = pause(&mut after, by, actions, secs, NOW + later);
        prop_assert_eq!(result, expected.map(drop));
        if let Ok(pause) = expected {
            prop_assert_eq!(after, Pool { pause, ..before });
        }
    }

    /// Nothing stays closed for more than a day after the last pause that closed it.
    #[test]
    fn every_pause_ends_within_a_day(pauses in prop::collection::vec((pauser(), 0u64..=15, 0u32..=86_400, 0..2 * DAY), 1..20)) {
        let (mut pause, mut now) = (Pause::default(), NOW);
        for (by, actions, secs, later) in pauses {
            now += later;
            pause = set(&pause, by, actions, secs, now).unwrap_or(pause);
            prop_assert!(ACTIONS.iter().all(|action| !pause.stops(*action, now + DAY)));
        }
    }

    /// Whatever the authority does in between: after a day of the guardian's pause comes a day without, so that
    /// everybody who wants to leave can.
    #[test]
    fn the_guardian_closes_an_action_for_at_most_one_of_two_days(
        pauses in prop::collection::vec((pauser(), 0u64..=15, 0u32..=86_400, 0..DAY), 1..30),
        alone in any::<bool>(), action in prop::sample::select(&ACTIONS[..])
    ) {
        let (mut pause, mut now, mut closed) = (Pause::default(), NOW, Vec::new());
        for (by, actions, secs, later) in pauses {
            let by = if alone { Pauser::Guardian } else { by };
            pause = set(&pause, by, actions, secs, now).unwrap_or(pause);
            if pause.guardian.stops(action, now) {
                closed.push((now, (now + later).min(pause.guardian.ends_at)));
            }
            now += later;
        }
        for (start, _) in &closed {
            let within = |(from, to): &(i64, i64)| (to.min(&(start + 2 * DAY)) - from.max(start)).max(0);
            prop_assert!(closed.iter().map(within).sum::<i64>() <= DAY);
        }
    }

    /// Nothing that the authority does keeps a guardian from pausing after a day of cooldown, or from closing what they
    /// name.
    #[test]
    fn the_authority_cannot_keep_the_guardian_from_pausing(
        own in 1u32..=86_400, acts in prop::collection::vec((0u64..=15, 1u32..=86_400, 0..DAY), 1..20), secs in 1u32..=86_400
    ) {
        let (mut pause, mut now) = (set(&Pause::default(), Pauser::Guardian, 15, own, NOW).unwrap(), NOW);
        for (actions, secs, later) in acts {
            now += later;
            pause = set(&pause, Pauser::Authority, actions, secs, now).unwrap();
        }
        now = now.max(NOW + i64::from(own) + DAY);
        let paused = set(&pause, Pauser::Guardian, Pause::ALL, secs, now).unwrap();
        prop_assert!(ACTIONS[1..].iter().all(|action| paused.stops(*action, now + i64::from(secs) - 1)));
    }
}
