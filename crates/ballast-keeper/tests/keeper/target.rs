//! Whatever the network does, at most one transaction is in flight per target, and no target is held forever.

use crate::world::laws;
use anchor_lang::prelude::Address;
use ballast_keeper::target::{
    HoldReason, LIFE_SLOTS, MOST_REVERTS, Outcome, PATIENCE_SLOTS, QUARANTINE_SLOTS, TargetRecord, TargetState, Targets,
};
use proptest::prelude::*;

/// What happens in a slot or two.
#[derive(Clone, Copy, Debug)]
enum Event {
    Wait(u64),
    /// The keeper wants to send.
    Want,
    /// The transaction in flight, if there is one, lands, is lost or reverts; the news comes or does not.
    Happen(u8, News),
    /// Repeated news of a transaction that has ended, perhaps while the next one is in flight.
    Repeat(u8),
    /// The fork of the last landing dies: its transaction may land once more.
    Fork,
    /// The obligation's newest write arrives.
    Arrive,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum News {
    Heard,
    Lost,
}

fn any_event() -> impl Strategy<Value = Event> {
    let wait = prop_oneof![0u64..3, 0u64..400, Just(QUARANTINE_SLOTS)];
    prop_oneof![
        3 => wait.prop_map(Event::Wait),
        4 => Just(Event::Want),
        3 => (0u8..3, prop_oneof![Just(News::Heard), Just(News::Lost)]).prop_map(|(what, news)| Event::Happen(what, news)),
        1 => (0u8..4).prop_map(Event::Repeat),
        1 => Just(Event::Fork),
        1 => Just(Event::Arrive),
    ]
}

fn outcome(what: u8, slot: u64) -> Outcome {
    [Outcome::Landed(slot), Outcome::Lost(slot), Outcome::Reverted(6_001), Outcome::Expired][usize::from(what)]
}

const IT: Address = Address::new_from_array([1; 32]);

proptest! {
    #![proptest_config(laws(2_048))]

    #[test]
    fn one_transaction_is_in_flight_and_every_target_comes_free(events in prop::collection::vec(any_event(), 0..80)) {
        let mut targets = Targets::default();
        let (mut now, mut written, mut arrived) = (1_000u64, 900u64, 900u64);
        let mut attempt = 0;
        // Of the one transaction that can still land: its last slot. Of the last landing: its slot and that last slot.
        let (mut alive, mut landed) = (None::<u64>, None::<(u64, u64)>);
        for event in events {
            match event {
                Event::Wait(slots) => now += slots,
                Event::Want => if let Ok(sent) = targets.send(&IT, arrived, now) {
                    prop_assert!(alive.is_none_or(|dead| dead <= now), "two in flight");
                    prop_assert!(sent > attempt, "{sent} after {attempt}");
                    (attempt, alive, landed) = (sent, Some(now + LIFE_SLOTS), None);
                },
                Event::Happen(what, news) => if let Some(dead) = alive.take_if(|dead| now < *dead) {
                    if what < 2 {
                        (written, landed) = (now, Some((now, dead)));
                    }
                    if news == News::Heard {
                        targets.close(&IT, attempt, outcome(what, now), now);
                    }
                },
                Event::Repeat(what) => {
                    let before = targets.get(&IT);
                    targets.close(&IT, attempt.wrapping_sub(1), outcome(what, now), now);
                    if !matches!(before.state, TargetState::Sent { .. }) {
                        targets.close(&IT, attempt, outcome(what, now), now);
                    }
                    prop_assert_eq!(targets.get(&IT), before);
                }
                Event::Fork => if let Some((slot, dead)) = landed.take() {
                    targets.abandon(slot);
                    alive = Some(dead);
                },
                Event::Arrive => arrived = written,
            }
            // Silence frees every target.
            prop_assert_eq!(targets.get(&IT).check(arrived, now + QUARANTINE_SLOTS), Ok(()));
        }
    }
}

#[test]
fn a_silent_network_frees_the_target_in_the_slot_in_which_its_transaction_dies() {
    let mut targets = Targets::default();
    assert_eq!(targets.send(&IT, 7, 100), Ok(1));
    assert_eq!(targets.send(&IT, 9, 100 + LIFE_SLOTS - 1), Err(HoldReason::InFlight));
    assert_eq!(targets.send(&IT, 7, 100 + LIFE_SLOTS), Ok(2));
}

/// Attempts of a killed keeper come back from the journal.
#[test]
fn a_resumed_attempt_holds_its_target_until_it_dies_and_keeps_its_number() {
    let mut targets = Targets::default();
    targets.resume(&IT, 41, 100);
    assert_eq!(targets.send(&IT, 90, 100 + LIFE_SLOTS - 1), Err(HoldReason::InFlight));
    assert!(targets.is_in_flight(&IT, 41, 100) && !targets.is_in_flight(&IT, 40, 100));
    assert_eq!(targets.send(&Address::new_from_array([2; 32]), 90, 100), Ok(42));
    assert_eq!(targets.send(&IT, 90, 100 + LIFE_SLOTS), Ok(43));
}

#[test]
fn an_older_write_is_not_sent_for_after_a_landing() {
    for outcome in [Outcome::Landed(105), Outcome::Lost(105)] {
        let mut targets = Targets::default();
        assert_eq!(targets.send(&IT, 90, 100), Ok(1));
        targets.close(&IT, 1, outcome, 106);
        let target = targets.get(&IT);
        assert_eq!(target.check(90, 106), Err(HoldReason::Outdated));
        assert_eq!(target.check(104, 106), Err(HoldReason::Outdated));
        assert_eq!(target.check(105, 106), Ok(()), "at once when the write arrives");
        assert_eq!(target.check(90, 106 + PATIENCE_SLOTS), Ok(()), "or when it never does");
    }
}

/// Loaded in a slot that was not over, or changed by its owner just before.
#[test]
fn a_landing_in_the_slot_of_the_last_write_is_not_repeated_for_that_write() {
    let mut targets = Targets::default();
    assert_eq!(targets.send(&IT, 105, 105), Ok(1));
    targets.close(&IT, 1, Outcome::Landed(105), 106);
    let target = targets.get(&IT);
    assert_eq!(target.check(105, 106), Err(HoldReason::Outdated));
    assert_eq!(target.check(106, 106), Ok(()), "at once when a later write arrives");
    assert_eq!(target.check(105, 106 + PATIENCE_SLOTS), Ok(()), "or when none ever does");
}

#[test]
fn reverts_double_the_rest_and_end_in_quarantine() {
    let mut targets = Targets::default();
    let mut now = 100;
    for revert in 0..MOST_REVERTS + 2 {
        let attempt = targets.send(&IT, 90, now).expect("free");
        targets.close(&IT, attempt, Outcome::Reverted(6_001), now);
        let rest = if revert < MOST_REVERTS { 1 << revert } else { QUARANTINE_SLOTS };
        assert_eq!(targets.send(&IT, 90, now + rest - 1), Err(HoldReason::Resting(6_001)));
        now += rest;
    }
    let attempt = targets.send(&IT, 90, now).expect("free");
    targets.close(&IT, attempt, Outcome::Landed(now), now);
    assert_eq!(targets.get(&IT).reverts, 0);
}

#[test]
fn targets_are_independent_and_swept() {
    let (mut targets, now) = (Targets::default(), 50);
    assert_eq!(targets.send(&Address::new_from_array([1; 32]), 1, now), Ok(1));
    assert_eq!(targets.send(&Address::new_from_array([2; 32]), 1, now), Ok(2));
    assert_eq!(targets.send(&Address::new_from_array([1; 32]), 1, now), Err(HoldReason::InFlight));
    targets.close(&Address::new_from_array([2; 32]), 2, Outcome::Expired, now);
    assert_eq!(targets.send(&Address::new_from_array([2; 32]), 1, now), Ok(3));
    targets.sweep(now + QUARANTINE_SLOTS);
    assert_ne!(targets.get(&Address::new_from_array([1; 32])), TargetRecord::default());
    targets.sweep(now + 2 * QUARANTINE_SLOTS);
    assert_eq!(targets.get(&Address::new_from_array([1; 32])), TargetRecord::default());
}
