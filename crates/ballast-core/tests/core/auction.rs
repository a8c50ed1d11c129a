//! P4: in every zone the bonus reaches its ceiling in the stated slots, with a keeper who flags every fifty.

use crate::scene::{EVERYTHING, Recipe, Scene, Zone, draw, seeds, solvency_bps};
use ballast_core::Refusal::PairLowersHealth;
use ballast_core::call::Call;
use ballast_core::health::Totals;

const CALM: Recipe =
    Recipe { most: 3, has_trouble: false, has_dust: false, zones: &[Zone::Soft, Zone::Hard, Zone::Deep] };

/// The slots from the first flag to the ceiling: `100 * ceiling / step`, and the wait before the clock starts or until
/// the cap of health yields.
fn slots_to_ceiling(scene: &Scene, zone: Zone) -> u64 {
    let terms = &scene.terms;
    let ramp = |ceiling: u16, step: u16| (100 * u64::from(ceiling)).div_ceil(step.into());
    let dutch = ramp(terms.max_bonus_bps, terms.slot_step_centibps);
    match zone {
        // The record that starts the clock comes with a flag, up to fifty slots later.
        Zone::Soft => u64::from(terms.cure_slots) + Call::RENEW_DEEP_SLOTS + dutch,
        Zone::Hard => dutch.max(terms.relax_slots.into()),
        Zone::Deep => Call::DEEP_SLOTS + ramp(terms.max_deep_bonus_bps, terms.deep_step_centibps),
        Zone::Healthy => 0,
    }
}

/// The highest that the rules allow.
fn ceiling(scene: &Scene, zone: Zone, totals: &Totals) -> i64 {
    let terms = &scene.terms;
    match zone {
        Zone::Deep => i64::from(terms.max_deep_bonus_bps),
        _ => solvency_bps(totals).min(terms.max_bonus_bps.into()),
    }
}

/// Of the pair in the soft zone, where it must not lower health: `BF * A / (LT * B) - 1`, rounded down.
fn health_cap(scene: &Scene, (c, d): (usize, usize), totals: &Totals) -> i64 {
    let threshold = scene.reserves[c].pool.settings.risk.liquidation_threshold_bps;
    let factor = scene.reserves[d].pool.settings.risk.borrow_factor_bps;
    let health = totals.maintenance.limit.0 as f64 / totals.maintenance.debt.0 as f64;
    if threshold == 0 {
        i64::MAX
    } else {
        (f64::from(factor) * health / f64::from(threshold) * 1e4 - 1e4).floor() as i64
    }
}

/// Flags until the ceiling is due, and checks that every pair is there. `None` if the zone ends before.
fn auction(seed: u64) -> Option<Zone> {
    let mut scene = draw(seed, &CALM);
    scene.settle_prices();
    let (first, mut slots) = (scene.flag().expect("live feeds"), 0);
    let zone = scene.zone(&first);
    // An average that does not agree keeps the soft zone closed.
    if zone == Zone::Healthy || zone == Zone::Soft && !first.average_agrees() {
        return None;
    }
    let due = slots_to_ceiling(&scene, zone);
    while slots < due {
        let step = (due - slots).min(50);
        slots += step;
        scene.advance(step);
        scene.refresh().expect("live feeds");
        let totals = scene.flag().expect("live feeds");
        if scene.zone(&totals) != zone || zone == Zone::Soft && !totals.average_agrees() {
            return None;
        }
    }
    for pair in scene.pairs() {
        let totals = scene.pair_totals(pair).expect("live feeds");
        let highest = ceiling(&scene, zone, &totals);
        let highest = if zone == Zone::Soft { highest.min(health_cap(&scene, pair, &totals)) } else { highest };
        match scene.clone().liquidate(pair, EVERYTHING) {
            Ok(seizure) => {
                let bonus = seizure.bonus_bps.cast_signed();
                assert!(
                    (highest - 1..=highest).contains(&bonus),
                    "seed {seed}: {bonus} of {highest}, {zone:?}: {scene:?}"
                );
            }
            Err(PairLowersHealth) if zone == Zone::Soft && highest < 1 => {}
            Err(refusal) => panic!("seed {seed}: {refusal:?}, {zone:?}: {scene:?}"),
        }
    }
    Some(zone)
}

const STATES: u64 = 6_000;

#[test]
fn in_every_zone_the_bonus_reaches_its_ceiling_in_the_stated_slots() {
    let seeds = seeds(STATES);
    let drawn = seeds.end() - seeds.start() + 1;
    let mut counts = [0u64; 4];
    for zone in seeds.filter_map(auction) {
        counts[zone as usize] += 1;
    }
    let [_, soft, hard, deep] = counts;
    println!("{drawn} scenes; {soft} soft, {hard} hard and {deep} deep auctions at their ceiling");
    assert!(counts[1..].iter().all(|count| *count > drawn / 50));
}
