//! The index finds whom the program would find: all of them, and nobody else, at every step.

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
            // A stale price refuses everything about those who hold the asset; a price that is gone as well.
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
            let address = address.unwrap_or(std::array::from_fn(|_| world.dice.next() as u8));
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

fn find_everybody(seed: u64, reserves: u8, obligations: u64, steps: u32) -> Result<(), TestCaseError> {
    let mut world = World::random(seed, reserves, obligations);
    let mut dice = Dice(!seed);
    let mut trigger = Trigger::build(world.market.obligations(), &Tick::new(&world.market, SLOT, world.now));
    world.market.take_changed();
    for _ in 0..steps {
        step(&mut world);
        for row in world.market.take_changed() {
            trigger.touch(row);
        }
        let tick = Tick::new(&world.market, SLOT, world.now);
        let (store, below) = (world.market.obligations(), world.below());
        prop_assert_eq!(&world.addresses(&tick.scan(store)), &below);
        prop_assert_eq!(&world.addresses(&trigger.below(store, &tick)), &below);
        match dice.below(8) {
            0 => trigger = Trigger::build(store, &tick),
            1 | 2 => trigger.refine(store, &tick),
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws(256))]

    /// A few assets: many keys close to the line.
    #[test]
    fn the_index_finds_whom_the_program_finds(seed: u64, reserves in 2u8..6, obligations in 0u64..40) {
        find_everybody(seed, reserves, obligations, 40)?;
    }

    /// Many assets: obligations with more positions than a row has room for.
    #[test]
    fn and_so_it_does_with_wide_obligations(seed: u64, reserves in 6u8..40, obligations in 0u64..40) {
        find_everybody(seed, reserves, obligations, 10)?;
    }
}

/// Thousands of rows, so that a span reaches a part of the index and not all of it.
#[test]
fn a_large_market_is_found_from_a_prefix() {
    let mut world = World::random(7, 12, 6_000);
    let tick = Tick::new(&world.market, SLOT, world.now);
    let mut trigger = Trigger::build(world.market.obligations(), &tick);
    world.market.take_changed();
    let mut least = usize::MAX;
    for number in 0..60 {
        for asset in 0..12 {
            let mut price = world.prices[&asset];
            price.spot = (price.spot as f64 * (2e-4 * world.dice.normal()).exp()) as i64;
            world.set_price(asset, price);
        }
        let tick = Tick::new(&world.market, SLOT, world.now);
        let store = world.market.obligations();
        assert_eq!(world.addresses(&trigger.below(store, &tick)), world.below());
        least = least.min(trigger.effort(tick.units()));
        if number % 10 == 9 {
            trigger.refine(store, &tick);
        }
    }
    assert!(least < 5_000, "{least} of 6,000 looked at");
}

/// What stands in the store is what was put in, whatever its shape.
#[test]
fn the_store_gives_back_what_it_was_given() {
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
