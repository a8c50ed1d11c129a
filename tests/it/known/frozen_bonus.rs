//! The Dutch auction of the liquidation bonus cannot find a price in a thin market. Below the deep line the bonus stays
//! at the deep bonus forever. Above it, the ceiling C/D - 1 falls as the shortfall grows. Its clock also runs during
//! the cure window, while nobody may liquidate, so a long window opens near the highest bonus.

use crate::scene::{SOL, Scene, USD};
use ballast::event::Liquidated;
use ballast_testkit::user::ALL;

/// Calls at this price, liquidates as many slots later, and returns the bonus.
fn bonus(mut scene: Scene, dollars: f64, slots: u64) -> u64 {
    scene.set_price(SOL, dollars);
    scene.flag().expect("below 1");
    scene.world.advance_slots(slots);
    scene.liquidate(SOL, USD, ALL).expect("liquidate").event::<Liquidated>().bonus_bps
}

/// Today's behavior; a planned change turns it around.
#[test]
fn the_bonus_of_a_deep_obligation_never_rises() {
    for slots in [0, 10, 100, 1_000, 1_500] {
        assert_eq!(bonus(Scene::simple(), 60.0, slots), 200, "insolvent, {slots} slots after the call");
        assert!(bonus(Scene::simple(), 72.0, slots) <= 286, "solvent and deep: C/D - 1");
    }
}

/// Today's behavior; a planned change turns it around.
#[test]
fn the_highest_bonus_falls_as_the_shortfall_grows() {
    let at = |dollars| bonus(Scene::simple(), dollars, 1_500);
    let ceilings = [86.0, 77.0, 75.0, 74.0, 72.0, 71.0].map(at);
    assert!(ceilings.is_sorted_by(|a, b| a >= b), "{ceilings:?}");
    assert_eq!((ceilings[0], ceilings[5]), (1_000, 200), "{ceilings:?}");
}

/// Today's behavior; a planned change turns it around.
#[test]
fn the_borrower_pays_for_a_long_cure_window() {
    let cured = |slots: u32| {
        let mut scene = Scene::soft();
        scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = slots).expect("a change");
        bonus(scene, 86.0, slots.into())
    };
    // 10 + 85 bps for the missing health. The rest is for slots in which nobody could have taken less.
    assert_eq!((cured(8), cured(750)), (103, 845));
}
