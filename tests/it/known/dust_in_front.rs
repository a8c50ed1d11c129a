//! A deposit of dust in front of a liquidation stops it. The list of remaining accounts must match the positions
//! exactly, so ten atoms of a new collateral make the liquidation behind them fail. A borrower can do it fourteen
//! times, for a transaction fee each, and every new collateral adds a feed that must stay fresh.

use crate::scene::{BTC, ETH, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_testkit::user::{ALL, AssetPair};

/// Today's behavior; a planned change turns it around.
#[test]
fn dust_in_front_of_a_liquidation_stops_it() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 70.0);
    let pair = AssetPair { collateral: SOL, debt: USD };
    for asset in [BTC, ETH] {
        let Scene { world, market, lender, borrower } = &scene;
        let liquidate = lender.liquidate_ix(world, market, borrower.obligation, pair, ALL);
        scene.deposit(asset, 10).expect("a deposit below the hard line");
        refused(scene.world.send(&[liquidate], &[&scene.lender.key]), BallastError::WrongRemainingAccounts);
    }
    // The liquidation now needs four live feeds instead of two.
    let feed = scene.market.assets[ETH].feed.address;
    scene.world.set(feed, solana_account::Account::default());
    refused(scene.liquidate(SOL, USD, ALL), BallastError::OracleWrongOwner);
}
