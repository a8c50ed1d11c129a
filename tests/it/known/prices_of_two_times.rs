//! One health check may use prices of different times. A liquidator posts the new price of the collateral and leaves
//! the price of the debt as it was, up to `max_age_liquidation_secs` ago. A hedged position that has lost nothing is
//! then liquidated below the hard line, where the wick guard does not apply.

use crate::scene::{ETH, ONE_SOL, SOL, Scene};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_testkit::user::ALL;

/// Today's behavior; a planned change turns it around.
#[test]
fn a_stale_price_of_the_debt_liquidates_a_hedged_position() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 100 * ONE_SOL).expect("10,000 USD");
    scene.borrow(ETH, 370_000_000).expect("3.7 ETH, 7,400 USD");
    scene.wait(60);
    // Five minutes later both have lost 12 %. On chain only SOL shows it.
    scene.world.advance(299);
    scene.set_price(SOL, 88.0);
    scene.attempt(|scene| {
        scene.set_price(ETH, 1_760.0);
        refused(scene.liquidate(SOL, ETH, ALL), BallastError::ObligationHealthy);
    });
    let event: Liquidated = scene.liquidate(SOL, ETH, ALL).expect("0.951 by prices of two times").event();
    assert!(event.health_before_bps < 9_700 && event.repaid_atoms > 0, "{event:?}");
}
