//! Each debt of an insolvent obligation loses the same part, whichever pair is liquidated first, and each call books its
//! part of the loss. INV-16.

use crate::scene::{BTC, ETH, ONE_USD, SOL, Scene, USD};
use ballast::event::Liquidated;
use ballast_core::positions::Side;
use ballast_testkit::user::ALL;

/// 6,000 USD of collateral (4,000 in SOL, 2,000 in BTC) for debts of 6,000 USD and 0.5 ETH (1,000 USD): insolvent.
fn bankrupt() -> Scene {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 40.0);
    scene.set_price(BTC, 20_000.0);
    scene.ripen(200);
    scene
}

/// Liquidates in this order, over and over until nothing is left. Returns the parts of the two debts that are lost, of
/// USD and of ETH.
fn losses(scene: &mut Scene, order: &[(usize, usize)], bid: u64) -> [f64; 2] {
    let owed = [USD, ETH].map(|asset| scene.positions().debt(&scene.pool(asset).id).0);
    let mut lost = [0u128; 2];
    let mut calls = 0;
    while scene.positions().has(Side::Collateral) {
        let (collateral, debt) = order[calls % order.len()];
        calls += 1;
        assert!(calls < 200, "{:?}", scene.positions());
        let Ok(receipt) = scene.liquidate(collateral, debt, bid) else { continue };
        let event: Liquidated = receipt.event();
        let [low, high] = event.loss_debt_shares;
        lost[usize::from(debt == ETH)] += u128::from(low) | u128::from(high) << 64;
    }
    assert!(scene.positions().is_empty(), "no debt outlives the collateral: {:?}", scene.positions());
    scene.audit();
    [0, 1].map(|n| lost[n] as f64 / owed[n] as f64)
}

/// 6,000 USD pay 7,000 USD and a bonus of 2 %: each debt loses 1 - 6 / 7.14, whatever the order.
#[test]
fn the_order_of_liquidations_does_not_decide_who_bears_the_loss() {
    let orders = [
        vec![(SOL, ETH), (SOL, USD), (BTC, USD)],
        vec![(SOL, USD), (BTC, USD), (BTC, ETH)],
        vec![(BTC, ETH), (BTC, USD), (SOL, USD)],
        vec![(BTC, USD), (SOL, USD), (SOL, ETH)],
    ];
    for order in orders {
        for bid in [ALL, 400 * ONE_USD] {
            let [dollars, ether] = losses(&mut bankrupt(), &order, bid);
            assert!((dollars - 0.159_66).abs() < 1e-4, "{order:?}: {dollars}");
            assert!((ether - dollars).abs() < 1e-7, "{order:?}: {ether} and {dollars}");
        }
    }
}

/// Suppliers of ETH who leave before anybody names their reserve bear nothing; after that call nobody can.
#[test]
fn each_call_books_its_part_of_the_loss() {
    let mut scene = bankrupt();
    let index = |scene: &Scene| scene.pool(ETH).ledger.supply_index.get();
    let fees = scene.pool(ETH).ledger.equity_floor().expect("equity");
    let before = index(&scene);
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    assert_eq!(index(&scene), before, "no call has named ETH");
    let event: Liquidated = scene.liquidate(BTC, ETH, ALL).expect("liquidate").event();
    let loss = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
    assert!(loss > 7_900_000, "0.08 ETH of 0.5: {event:?}");
    assert!(u128::from(event.loss_fees_atoms) >= fees.min(u128::from(loss)), "{event:?}");
    assert_eq!(scene.positions().debt(&scene.pool(ETH).id).0, 0, "the whole debt is settled");
    scene.audit();
}
