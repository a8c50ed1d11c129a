//! The market depends on the set of updates, not on their order.

use std::collections::BTreeMap;

use crate::world::{Dice, World, id, laws, pool, price, price_account, terms};
use anchor_lang::prelude::Address;
use ballast_keeper::market::TrackedMarket;
use ballast_keeper::tracked::Version;
use ballast_keeper::tracked::{AccountUpdate, TrackedValue, UpdateError};
use proptest::prelude::*;

/// An event of a source.
#[derive(Clone, Debug)]
enum Event {
    AccountUpdate(Box<AccountUpdate>),
    Abandon(u64),
}

const RESERVES: u8 = 3;
const SLOTS: u64 = 12;

/// The value of an account at a version, always the same for the same.
fn value(account: u8, version: Version) -> Option<TrackedValue> {
    let seed = u64::from(account) << 32 | version.slot << 8 | version.write_version;
    let mut dice = Dice(seed);
    match account {
        0 => Some(TrackedValue::Terms(terms())),
        _ if dice.below(5) == 0 => None,
        1..=RESERVES => {
            let mut pool = pool(account - 1);
            pool.ledger.cash_atoms = seed;
            Some(TrackedValue::Reserve(Box::new(pool), price_account(account - 1)))
        }
        10..20 => Some(TrackedValue::Price(price(seed as f64 / 1e6))),
        _ => {
            let mut world = World::random(seed, 0, 0);
            (0..RESERVES).for_each(|number| world.set_pool(pool(number)));
            Some(TrackedValue::Obligation(Box::new(world.any_obligation())))
        }
    }
}

fn account(number: u8) -> Address {
    match number {
        0 => Address::new_from_array([254; 32]),
        1..=RESERVES => Address::from(id(number - 1).bytes),
        10..20 => price_account(number - 10),
        number => Address::new_from_array([number; 32]),
    }
}

fn any_updates() -> impl Strategy<Value = Vec<Event>> {
    let version = (1..=SLOTS, 0u64..3);
    let number = prop_oneof![0..=RESERVES, 10..(10 + RESERVES), 30u8..34];
    let update = (number, version).prop_map(|(number, (slot, write_version))| {
        let version = Version { slot, write_version };
        let value = value(number, version);
        Event::AccountUpdate(Box::new(AccountUpdate { account: account(number), version, value }))
    });
    let event = prop_oneof![8 => update, 1 => (1..=SLOTS).prop_map(Event::Abandon)];
    prop::collection::vec(event, 0..40)
}

/// A market whose reserves are listed, as they must be before an obligation names them.
fn listed() -> TrackedMarket {
    let mut market = TrackedMarket::new(0);
    for number in 0..RESERVES {
        let value = TrackedValue::Reserve(Box::new(pool(number)), price_account(number));
        market.load(&Address::from(id(number).bytes), &value).expect("a reserve");
    }
    market
}

/// The greatest version of every account, of the slots that were not abandoned.
fn survivors(events: &[Event]) -> BTreeMap<Address, (Version, Option<TrackedValue>)> {
    let is_dead = |slot: u64| events.iter().any(|event| matches!(event, Event::Abandon(dead) if *dead == slot));
    let mut survivors = BTreeMap::new();
    for number in 0..RESERVES {
        let value = TrackedValue::Reserve(Box::new(pool(number)), price_account(number));
        survivors.insert(Address::from(id(number).bytes), (Version { slot: 0, write_version: 0 }, Some(value)));
    }
    for event in events {
        let Event::AccountUpdate(update) = event else { continue };
        let known = survivors.get(&update.account);
        if !is_dead(update.version.slot) && known.is_none_or(|(version, _)| *version < update.version) {
            survivors.insert(update.account, (update.version, update.value.clone()));
        }
    }
    survivors
}

fn apply(market: &mut TrackedMarket, event: &Event) {
    match event {
        Event::AccountUpdate(update) => market.apply(update).expect("a sound update"),
        Event::Abandon(slot) => market.abandon(*slot).expect("what was there before"),
    }
}

fn check(market: &TrackedMarket, events: &[Event]) -> Result<(), TestCaseError> {
    let store = market.obligations();
    let survivors = survivors(events);
    for number in 30..34 {
        let known = store.row(&account(number)).map(|row| (store.slot(row), store.obligation(row)));
        let expected = match survivors.get(&account(number)) {
            Some((version, Some(TrackedValue::Obligation(obligation)))) => Some((version.slot, **obligation)),
            _ => None,
        };
        prop_assert_eq!(known, expected);
    }
    for number in 0..RESERVES {
        let reserve = market.reserve(number);
        let expected = match survivors.get(&Address::from(id(number).bytes)) {
            Some((_, Some(TrackedValue::Reserve(pool, _)))) => Some(**pool),
            _ => None,
        };
        prop_assert_eq!(reserve.map(|reserve| reserve.pool), expected);
        let expected = match survivors.get(&price_account(number)) {
            Some((_, Some(TrackedValue::Price(price)))) => Some(*price),
            _ => None,
        };
        prop_assert_eq!(reserve.and_then(|reserve| market.price(reserve)).copied(), reserve.and(expected));
    }
    let called = survivors.contains_key(&account(0));
    prop_assert_eq!(market.terms().is_some(), called);
    Ok(())
}

proptest! {
    #![proptest_config(laws(512))]

    /// Updates that are late, doubled, reordered or from dead forks lead to the same market.
    #[test]
    fn the_order_of_updates_does_not_matter(
        (events, shuffled) in any_updates().prop_flat_map(|events| {
            let twice = events.iter().chain(&events).cloned().collect::<Vec<_>>();
            (Just(events), Just(twice).prop_shuffle())
        }),
    ) {
        let mut market = listed();
        shuffled.iter().for_each(|event| apply(&mut market, event));
        check(&market, &events)?;
    }

    /// At every step, not only at the end; and a root changes nothing that has been delivered.
    #[test]
    fn a_root_seals_the_delivered_updates(mut events in any_updates(), root in 0..=SLOTS) {
        let slot = |event: &Event| match event {
            Event::AccountUpdate(update) => update.version.slot,
            Event::Abandon(slot) => *slot,
        };
        events.sort_by_key(|event| slot(event) > root);
        let sealed = events.iter().filter(|event| slot(event) <= root).count();
        let mut market = listed();
        for (count, event) in events.iter().enumerate() {
            if count == sealed {
                market.root(root);
            }
            apply(&mut market, event);
            check(&market, &events[..=count])?;
        }
        market.root(root);
        check(&market, &events)?;
        // Updates that come again after the root are known, and slots abandoned after it stay.
        for event in &events[..sealed] {
            apply(&mut market, event);
        }
        (1..=root).for_each(|slot| apply(&mut market, &Event::Abandon(slot)));
        check(&market, &events)?;
    }
}

#[test]
fn a_position_in_an_unknown_reserve_is_refused_and_leaves_no_trace() {
    let mut market = TrackedMarket::new(0);
    let version = Version { slot: 5, write_version: 0 };
    let world = World::random(3, 4, 1);
    let (address, obligation) = world.obligations.first_key_value().expect("one");
    let update =
        AccountUpdate { account: *address, version, value: Some(TrackedValue::Obligation(Box::new(*obligation))) };
    assert_eq!(market.apply(&update), Err(UpdateError::UnknownReserve));
    assert!(market.obligations().is_empty());
    for pool in world.pools.values() {
        market
            .load(
                &Address::from(pool.id.bytes),
                &TrackedValue::Reserve(Box::new(*pool), price_account(pool.listing_number)),
            )
            .expect("a reserve");
    }
    assert_eq!(market.apply(&update), Ok(()));
    assert_eq!(market.obligations().len(), 1);
}

#[test]
fn a_listing_number_belongs_to_one_reserve() {
    let mut market = listed();
    let mut other = pool(0);
    other.id = id(77);
    let value = TrackedValue::Reserve(Box::new(other), price_account(0));
    assert_eq!(market.load(&Address::from(other.id.bytes), &value), Err(UpdateError::ReserveNumber));
}
