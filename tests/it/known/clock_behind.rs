//! A cluster clock that lags stops liquidations. After a restart the clock catches up at 2.5 seconds a second at most.
//! While it is more than a minute behind, every price is "from the future", just after an outage in which prices have
//! moved.

use crate::scene::{SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;

/// Today's behavior; a planned change turns it around.
#[test]
fn a_clock_that_lags_stops_liquidations_and_margin_calls() {
    let mut scene = Scene::simple();
    let real = scene.world.now() + 3_600;
    for (asset, dollars) in [(SOL, 55.0), (USD, 1.0)] {
        let feed = scene.market.assets[asset].feed;
        scene.world.publish(&feed, &Quotation::calm(dollars, real));
    }
    for clock in [0, 1_800, 3_539] {
        scene.world.set_time(real - 3_600 + clock);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::PriceFromFuture);
        refused(scene.flag(), BallastError::PriceFromFuture);
    }
    scene.world.set_time(real - 60);
    scene.liquidate(SOL, USD, ALL).expect("the clock is only a minute behind");
}
