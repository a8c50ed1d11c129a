//! The index finds every obligation that the program would find, and no other, at every step.

use crate::world::{Dice, SLOT, World, laws};
use ballast_keeper::tick::Tick;
use ballast_keeper::trigger::Trigger;
use proptest::prelude::*;

/// Something happens to a market.
fn step(world: &mut World) {
    let deviation = [0.0, 1e-5, 1e-3, 0.05][world.dice.below(4) as usize];
    for number in world.prices.keys().copied().collect::<Vec<_>>() {
        let mut price = world.prices[&number];
        let jump = [0.5, 2.0, 100.0, 0.001].get(world.dice.below(200) as usize).copied().unwrap_or(1.0);
        let spot = price.spot as f64 * (deviation * world.dice.normal()).exp() * jump;
        (price.spot, price.publish_time) = (spot.clamp(1.0, 1e18) as i64, world.now);
        world.set_price(number, price);
    }
    let numbers = world.pools.keys().copied().collect::<Vec<_>>();
    let number = numbers[world.dice.below(numbers.len() as u64) as usize];
    let addresses = world.obligations.keys().copied().collect::<Vec<_>>();
    let address = addresses.get(world.dice.below(40) as usize).copied();
    match world.dice.below(12) {
        0 => world.now += world.dice.log_uniform(0, 22) as i64,
        1 => {
            // A stale or missing price refuses everything about obligations with the asset.
            let mut price = world.prices.get(&number).copied().unwrap_or(crate::world::price(1.0));
            price.publish_time = world.now - 301 * world.dice.below(2) as i64;
            world.set_price(number, price);
        }
        2 => world.lose_price(number),
        3 => {
            let pool = world.any_pool(number);
            world.set_pool(pool);
        }
        4 => {
            let obligation = world.any_obligation();
            let address = address.unwrap_or_else(|| world.dice.address());
            world.set_obligation(address, obligation);
        }
        5 => {
            if let Some(address) = address {
                world.close(address);
            }
        }
        _ => {}
    }
}

/// Obligations come, change and go.
fn churn(world: &mut World) {
    for _ in 0..world.dice.below(6) {
        let addresses = world.obligations.keys().copied().collect::<Vec<_>>();
        let address = addresses.get(world.dice.below(60) as usize).copied();
        match (world.dice.below(3), address) {
            (0, Some(address)) => world.close(address),
            (_, address) => {
                let obligation = world.any_obligation();
                let address = address.unwrap_or_else(|| world.dice.address());
                world.set_obligation(address, obligation);
            }
        }
    }
}

fn mark_changed(world: &mut World, trigger: &mut Trigger) {
    world.market.take_changed().into_iter().for_each(|row| trigger.mark_dirty(row));
}

/// Compares index and program after each step, whichever index is being built: begun on time or at any moment, some
/// rows at a time.
fn find_all(world: &mut World, mut happen: impl FnMut(&mut World), steps: u32) -> Result<Trigger, TestCaseError> {
    let mut dice = Dice(!world.dice.0);
    let mut trigger = Trigger::default();
    world.market.take_changed();
    for _ in 0..steps {
        happen(world);
        mark_changed(world, &mut trigger);
        let tick = Tick::new(&world.market, SLOT, world.now);
        let (store, below) = (world.market.obligations(), world.below());
        prop_assert_eq!(&world.addresses(&tick.scan(store)), &below);
        prop_assert_eq!(&world.addresses(&trigger.below(store, &tick)), &below);
        match dice.below(32) {
            0 => trigger.build(store, &tick),
            1 | 2 => trigger.refine(&tick),
            _ => {}
        }
        for _ in 0..dice.below(5) {
            trigger.tend(store, &tick, 1 + dice.below(16) as usize);
        }
        prop_assert_eq!(&world.addresses(&trigger.below(store, &tick)), &below);
    }
    Ok(trigger)
}

proptest! {
    #![proptest_config(laws(256))]

    /// A few assets: many keys close to the line.
    #[test]
    fn the_index_finds_what_the_program_finds(seed: u64, reserves in 2u8..6, obligations in 0u64..40) {
        find_all(&mut World::random(seed, reserves, obligations), step, 40)?;
    }

    /// Many assets: obligations with more positions than a row has room for.
    #[test]
    fn the_index_finds_wide_obligations(seed: u64, reserves in 6u8..40, obligations in 0u64..40) {
        find_all(&mut World::random(seed, reserves, obligations), step, 20)?;
    }
}

/// Rows change, come and go while an index is keyed: each takes some steps, and hundreds of each are finished.
#[test]
fn rows_that_change_while_an_index_is_keyed_are_found() {
    let mut finished = [0; 2];
    for seed in 0..60 {
        let happen = |world: &mut World| {
            step(world);
            churn(world);
        };
        let trigger = find_all(&mut World::random(seed, 2 + (seed % 12) as u8, 60), happen, 60).expect("found");
        finished = [finished[0] + trigger.builds, finished[1] + trigger.refines];
    }
    assert!(finished.iter().all(|finished| *finished >= 200), "{finished:?} built and refined");
}

/// Thousands of rows, so that a span reaches a part of the index and not all of it.
#[test]
fn a_large_market_is_found_from_a_prefix() {
    let mut world = World::random(7, 12, 6_000);
    let mut trigger = Trigger::default();
    let (mut least, mut most) = (usize::MAX, 0);
    for number in 0..60 {
        let jump = if number == 40 { 0.5 } else { 1.0 };
        for asset in 0..12 {
            let mut price = world.prices[&asset];
            price.spot = (price.spot as f64 * jump * (2e-4 * world.dice.normal()).exp()) as i64;
            // As if every jump were confirmed.
            price.ema = price.spot;
            world.set_price(asset, price);
        }
        churn(&mut world);
        mark_changed(&mut world, &mut trigger);
        let tick = Tick::new(&world.market, SLOT, world.now);
        let store = world.market.obligations();
        assert_eq!(world.addresses(&trigger.below(store, &tick)), world.below());
        let effort = trigger.effort(store, tick.units());
        (least, most) = (least.min(effort), most.max(effort));
        for _ in 0..4 {
            trigger.tend(store, &tick, 256);
        }
    }
    assert!(least < 4_000 && most == 6_000, "{least} to {most} of 6,000 looked at");
    assert!(trigger.builds > 1 && trigger.refines > 2, "{} built, {} refined", trigger.builds, trigger.refines);
}

/// Events may leave time for one slice after each step. A market without an index must not scan all rows for as many
/// steps as there are slices.
#[test]
fn a_step_that_scans_all_rows_is_followed_by_more_than_a_slice() {
    let world = World::random(7, 12, 6_000);
    let (tick, store) = (Tick::new(&world.market, SLOT, world.now), world.market.obligations());
    let mut trigger = Trigger::default();
    let dull = |trigger: &Trigger| trigger.effort(store, tick.units()) == 6_000;
    let steps = (0..6_000).take_while(|_| dull(&trigger) && trigger.tend(store, &tick, 1)).count();
    assert!(!dull(&trigger) && steps < 70, "{steps} steps looked at everybody");
}

/// The index of few rows is dropped during a load, and built again afterwards.
#[test]
fn a_market_that_is_loaded_again_is_found() {
    let mut world = World::random(7, 12, 6_000);
    let mut trigger = Trigger::default();
    mark_changed(&mut world, &mut trigger);
    let tick = Tick::new(&world.market, SLOT, world.now);
    let until_sharp = |trigger: &mut Trigger, world: &World| {
        let calls = (0..1_000).take_while(|_| trigger.tend(world.market.obligations(), &tick, 256)).count();
        assert!(calls < 1_000, "it comes to an end");
        trigger.effort(world.market.obligations(), tick.units())
    };
    let sharp = until_sharp(&mut trigger, &world);
    assert!(sharp < 5_000, "{sharp} looked at");
    for (address, obligation) in world.obligations.clone() {
        world.set_obligation(address, obligation);
    }
    mark_changed(&mut world, &mut trigger);
    for tended in [false, true] {
        if tended {
            trigger.tend(world.market.obligations(), &tick, 256);
        }
        assert_eq!(trigger.effort(world.market.obligations(), tick.units()), 6_000, "everybody is looked at");
        assert_eq!(world.addresses(&trigger.below(world.market.obligations(), &tick)), world.below());
    }
    assert_eq!(until_sharp(&mut trigger, &world), sharp);
    assert_eq!(world.addresses(&trigger.below(world.market.obligations(), &tick)), world.below());
    assert_eq!(trigger.builds, 2);
}

/// The store returns obligations of any shape as they were put in.
#[test]
fn the_store_returns_what_was_put_in() {
    for seed in 0..200 {
        let world = World::random(seed, 1 + (seed % 40) as u8, 20);
        let store = world.market.obligations();
        assert_eq!(store.len(), world.obligations.len());
        for (address, obligation) in &world.obligations {
            let row = store.row(address).expect("known");
            assert_eq!(store.obligation(row), *obligation);
            assert_eq!(store.slot(row), SLOT);
        }
    }
}
