//! P5: one print is not a market. An update that leaves the band, however often it is used, neither liquidates anybody
//! nor books a loss.

use crate::scene::{Dice, EVERYTHING, Feed, Recipe, Reserve, Scene, Zone, draw, seeds};
use ballast_core::Refusal::{ObligationHealthy, PriceUnconfirmed, PricesApart};
use ballast_core::call::Call;
use ballast_core::op::refresh::refresh;
use ballast_core::price::PriceUse;
use ballast_core::volatility::Volatility;

const HEALTHY: Recipe = Recipe { most: 4, has_trouble: false, has_dust: false, zones: &[Zone::Healthy] };
const UNHEALTHY: Recipe = Recipe { zones: &[Zone::Hard, Zone::Deep], ..HEALTHY };

/// Prices drift within half of their bands after their marks, or hours pass without a mark.
fn drift(scene: &mut Scene, dice: &mut Dice) {
    if dice.one_in(4) {
        scene.advance(10_000);
    }
    for reserve in &mut scene.reserves {
        let part = f64::from(reserve.pool.settings.guard.max_move_bps) / 10_000.0 * (dice.part() - 0.5);
        reserve.spot = (reserve.spot as f64 * (1.0 + part)) as i64;
        // The average is what a price is compared with once the mark is old.
        reserve.ema = reserve.spot;
    }
}

/// Somebody posts the print and does all that they can with it, in any order, while it lasts.
fn use_print(scene: &mut Scene, n: usize, dice: &mut Dice, mut liquidated: impl FnMut(&mut Scene, (usize, usize))) {
    for _ in 0..8 {
        match dice.within(1..=3) {
            1 => {
                let (raw, now) = (scene.reserves[n].raw(scene.wall), scene.now());
                refresh(&mut scene.reserves[n].pool, Some(&raw), now).expect("a refresh takes any price");
            }
            2 => drop(scene.flag()),
            _ => {
                let pair = scene.any_pair(dice).expect("both sides");
                liquidated(scene, pair);
            }
        }
        // The same update grows older, within the limit.
        let reserve = &mut scene.reserves[n];
        let Feed::Live { lag_secs } = reserve.feed else { continue };
        let steps = dice.within(0..=2);
        let lag_secs = lag_secs + 2 * steps.cast_signed();
        if lag_secs <= reserve.pool.settings.guard.max_age_liquidation_secs.into() {
            reserve.feed = Feed::Live { lag_secs };
            scene.advance(5 * steps);
        }
    }
}

/// A scene before a print, the same with the reserve at what its print is compared with, and the scene with the print.
struct Printed {
    before: Scene,
    at_reference: Scene,
    after: Scene,
    reserve: usize,
}

/// `None` if the obligation is not where it is wanted before the print.
fn printed(seed: u64, recipe: &Recipe, dice: &mut Dice, is_wanted: impl Fn(&Scene) -> bool) -> Option<Printed> {
    let mut before = draw(seed, recipe);
    before.settle_prices();
    drift(&mut before, dice);
    let reserve = dice.within(0..=before.reserves.len() as u64 - 1) as usize;
    let (mut at_reference, mut after) = (before.clone(), before.clone());
    at_reference.reserves[reserve].spot = reference(&before.reserves[reserve], before.wall);
    after.reserves[reserve].print(dice);
    let is_there = is_wanted(&before) && is_wanted(&at_reference);
    is_there.then_some(Printed { before, at_reference, after, reserve })
}

/// The mark, and once it is over an hour old the average.
fn reference(reserve: &Reserve, wall: i64) -> i64 {
    let Volatility { spot, marked_at, .. } = reserve.pool.volatility;
    if reserve.raw(wall).publish_time - marked_at <= 3_600 { spot.cast_signed() } else { reserve.ema }
}

/// Called long ago, and if it is deep, its loss is certain.
fn certain(slot: u64) -> Call {
    let since = slot - 1_000;
    Call { called_at: since, turn_at: since, deep_at: since, deep_agreed_at: since, seen_at: slot, warned: 1 }
}

fn zone(scene: &Scene) -> Zone {
    scene.zone(&scene.totals(&[], PriceUse::Maintenance).expect("any price will do"))
}

const STATES: u64 = 40_000;

#[test]
fn a_print_outside_of_the_band_liquidates_and_calls_no_healthy_obligation() {
    let seeds = seeds(STATES);
    let drawn = seeds.end() - seeds.start() + 1;
    let mut prints = 0;
    for seed in seeds {
        // With room for the interest of an hour.
        let is_healthy = |scene: &Scene| {
            let totals = scene.totals(&[], PriceUse::Maintenance).expect("any price will do");
            !totals.maintenance.is_below(10_050)
        };
        let dice = &mut Dice::new(!seed);
        let Some(printed) = printed(seed, &HEALTHY, dice, is_healthy) else { continue };
        let (mut scene, n) = (printed.after, printed.reserve);
        use_print(&mut scene, n, dice, |scene, (c, d)| {
            let refusal = scene.liquidate((c, d), EVERYTHING).map(|_| ()).unwrap_err();
            let is_named = [c, d].contains(&n) && matches!(refusal, PriceUnconfirmed | PricesApart);
            assert!(is_named || refusal == ObligationHealthy, "seed {seed}: {refusal:?} of {c}, {d}: {scene:?}");
        });
        assert_eq!(scene.call.called_at, 0, "seed {seed}: {scene:?}");
        prints += 1;
    }
    println!("{drawn} scenes, {prints} prints");
    assert!(prints > drawn / 3);
}

/// An obligation that can be liquidated anyway: not with the print, and what else is liquidated loses the lenders no
/// more than without it.
#[test]
fn a_print_outside_of_the_band_books_no_loss() {
    let seeds = seeds(STATES);
    let drawn = seeds.end() - seeds.start() + 1;
    let (mut prints, mut losses) = (0, 0);
    for seed in seeds {
        let is_unhealthy = |scene: &Scene| zone(scene) != Zone::Healthy;
        let dice = &mut Dice::new(!seed);
        let Some(printed) = printed(seed, &UNHEALTHY, dice, is_unhealthy) else { continue };
        let Printed { mut before, mut at_reference, after: mut scene, reserve: n } = printed;
        for scene in [&mut before, &mut at_reference, &mut scene] {
            scene.call = certain(scene.slot);
        }
        for (c, d) in scene.pairs() {
            if [c, d].contains(&n) {
                let refusal = scene.clone().liquidate((c, d), EVERYTHING).err();
                assert_eq!(refusal, Some(PriceUnconfirmed), "seed {seed}: {c}, {d}: {scene:?}");
                continue;
            }
            let loss =
                |scene: &Scene| scene.clone().liquidate((c, d), EVERYTHING).map_or(0, |done| done.write_off.loss());
            let (without, with) = (loss(&before).max(loss(&at_reference)), loss(&scene));
            assert!(with <= without + 1, "seed {seed}: {with} after {without} of {c}, {d}: {scene:?}");
            losses += u64::from(with > 0);
        }
        use_print(&mut scene, n, dice, |scene, (c, d)| {
            let is_done = scene.clone().liquidate((c, d), EVERYTHING).is_ok();
            assert!(![c, d].contains(&n) || !is_done, "seed {seed}: {c}, {d}: {scene:?}");
        });
        prints += 1;
    }
    println!("{drawn} scenes, {prints} prints, {losses} losses beside one");
    assert!(prints > drawn / 3 && losses > 0);
}

/// A print in the borrower's favor, flagged while it lasts. The rest of the market stands still.
#[test]
fn a_print_outside_of_the_band_ends_no_clock() {
    for seed in seeds(STATES) {
        let dice = &mut Dice::new(!seed);
        let Some(printed) = printed(seed, &UNHEALTHY, dice, |scene| zone(scene) == Zone::Deep) else { continue };
        let Printed { before, after: mut scene, .. } = printed;
        scene.call = certain(scene.slot);
        scene.flag().expect("any price will do");
        // The price is back.
        (scene.reserves, scene.slot, scene.wall) = (before.reserves, before.slot + 50, before.wall + 20);
        scene.flag().expect("any price will do");
        let clocks = |call: &Call| [call.called_at, call.turn_at, call.deep_at, call.deep_agreed_at];
        assert_eq!(clocks(&scene.call), clocks(&certain(before.slot)), "seed {seed}: {scene:?}");
    }
}
