//! In a crash a borrower under a margin call cannot add a new kind of collateral. Its price must be good enough for new
//! risk (bands, cooling off, confidence, a minute of age), although the deposit adds none. The same price is good
//! enough for a liquidation.

use crate::scene::{BTC, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_testkit::user::ALL;

/// Today's behavior; a planned change turns it around.
#[test]
fn a_called_borrower_cannot_add_new_collateral_while_its_price_falls() {
    let mut listings = listings();
    listings[BTC].settings.guard.max_move_bps = 1_000;
    let mut scene = Scene::with(&listings);
    scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = 8).expect("a change");
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.borrow(USD, 7_000 * ONE_USD).expect("borrow");
    scene.market.refresh_with_price(&mut scene.world, BTC).expect("a mark");
    scene.wait(60);
    // All prices fall at once.
    scene.set_price(SOL, 86.0);
    scene.set_price(BTC, 44_000.0);
    scene.flag().expect("a margin call");

    refused(scene.deposit(BTC, ONE_BTC / 10), BallastError::PriceJumped);
    scene
        .market
        .refresh_with_price(&mut scene.world, BTC)
        .expect("the feed is alive and good enough for a liquidation");
    refused(scene.deposit(BTC, ONE_BTC / 10), BallastError::PriceJumped);

    scene.world.advance_slots(8);
    scene.liquidate(SOL, USD, ALL).expect("although the borrower holds 4,400 USD of bitcoin");
}
