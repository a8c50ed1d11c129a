//! The bonus rises until somebody buys: it reaches its ceiling in every zone, and its clock runs only while somebody
//! may act. INV-17.

use crate::scene::{SOL, Scene, USD};
use ballast::event::Liquidated;
use ballast_testkit::user::ALL;

/// Calls at this price, lets as many slots pass with a flag every thousand, and returns the bonus of a liquidation.
fn bonus(mut scene: Scene, dollars: f64, slots: u64) -> u64 {
    scene.set_price(SOL, dollars);
    scene.flag().expect("below 1");
    for _ in 0..slots / 1_000 {
        scene.world.advance_slots(1_000);
        scene.flag().expect("renewed");
    }
    scene.world.advance_slots(slots % 1_000);
    scene.liquidate(SOL, USD, ALL).expect("liquidate").event::<Liquidated>().bonus_bps
}

/// A quarter of a basis point for every slot since the loss is certain, up to 30 %.
#[test]
fn the_bonus_of_an_insolvent_obligation_rises_from_nothing_to_its_ceiling() {
    for (slots, expected) in [(0, 0), (3, 0), (4, 1), (800, 200), (11_999, 2_999), (12_000, 3_000), (15_000, 3_000)] {
        assert_eq!(bonus(Scene::simple(), 60.0, slots), expected, "{slots} slots after the call");
    }
}

/// At 72 USD the obligation is deep and solvent: C/D - 1 is 285 bps at once, and the rising bonus passes it.
#[test]
fn the_bonus_of_a_deep_and_solvent_obligation_rises_beyond_its_solvency() {
    assert_eq!(bonus(Scene::simple(), 72.0, 0), 285);
    assert_eq!(bonus(Scene::simple(), 72.0, 1_000), 285);
    assert_eq!(bonus(Scene::simple(), 72.0, 2_000), 500);
}

#[test]
fn a_solvent_obligation_never_pays_more_than_its_collateral_exceeds_its_debt() {
    for (dollars, most) in [(86.0, 1_000), (77.0, 999), (75.0, 714), (74.0, 571)] {
        assert_eq!(bonus(Scene::simple(), dollars, 6_000), most, "{dollars}");
    }
}

#[test]
fn the_borrower_pays_nothing_for_a_long_cure_window() {
    let cured = |slots: u32| {
        let mut scene = Scene::soft();
        scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = slots).expect("a change");
        bonus(scene, 86.0, slots.into())
    };
    // 10 + 85 bps for the missing health.
    assert_eq!((cured(8), cured(750)), (95, 95));
}
