//! The last liquidator decides which suppliers lose. Between the last seizure and the write-off of the remaining debt,
//! a supplier can still leave at the old index. A liquidator who is also a supplier does both in one transaction.

use crate::scene::{BTC, ETH, SOL, Scene, USD};
use ballast::event::Liquidated;
use ballast_testkit::user::{ALL, AssetPair};

/// 6,000 USD of collateral (4,000 in SOL, 2,000 in BTC) for debts of 6,000 USD and 0.5 ETH (1,000 USD): insolvent.
fn bankrupt() -> Scene {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 40.0);
    scene.set_price(BTC, 20_000.0);
    scene
}

/// Liquidates in this order and returns the losses in USD and in ETH, over all who bear them.
fn losses(scene: &mut Scene, order: &[(usize, usize)]) -> [u64; 2] {
    let mut lost = [0; 2];
    for (collateral, debt) in order {
        let event: Liquidated = scene.liquidate(*collateral, *debt, ALL).expect("liquidate").event();
        let loss = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
        lost[usize::from(*debt == ETH)] += loss;
    }
    assert!(scene.positions().is_empty());
    scene.audit();
    lost
}

/// Today's behavior; a planned change turns it around.
#[test]
fn the_liquidator_chooses_who_bears_the_loss() {
    let ether_first = losses(&mut bankrupt(), &[(SOL, ETH), (SOL, USD), (BTC, USD)]);
    let dollars_first = losses(&mut bankrupt(), &[(SOL, USD), (BTC, USD), (SOL, ETH)]);
    assert_eq!(ether_first[1], 0, "suppliers of ETH lose nothing");
    assert!(ether_first[0] > 1_100_000_000, "suppliers of USD lose 1,118 USD: {ether_first:?}");
    assert!(dollars_first[0] < 120_000_000, "they lose 118 USD in the other order: {dollars_first:?}");
    assert!(dollars_first[1] >= 50_000_000, "and suppliers of ETH lose all of the 0.5 ETH: {dollars_first:?}");
}

/// Today's behavior; a planned change turns it around. The lender liquidates and owns half of the supply of ETH. Without
/// collateral left, 0.5 ETH are certain to be lost and not yet booked.
#[test]
fn a_liquidator_withdraws_before_the_loss_is_booked() {
    let mut scene = bankrupt();
    for collateral in [SOL, BTC] {
        scene.liquidate(collateral, USD, ALL).expect("liquidate");
    }
    assert!(scene.positions().len == 1 && scene.has_debt());
    let withdraws = |scene: &mut Scene| {
        let before = scene.lender.balance(&scene.world, ETH);
        let lender = scene.lender.clone();
        lender.withdraw(&mut scene.world, &scene.market, ETH, ALL).expect("withdraw");
        scene.lender.balance(&scene.world, ETH) - before
    };
    let index = |scene: &Scene| scene.pool(ETH).ledger.supply_index.get();
    let honest = scene.attempt(|scene| {
        scene.liquidate(SOL, ETH, ALL).expect("the write-off");
        (withdraws(scene), index(scene))
    });
    // One transaction: the withdrawal, then the write-off.
    let runner = scene.attempt(|scene| {
        let before = scene.lender.balance(&scene.world, ETH);
        let withdraw = scene.lender.withdraw_ix(&scene.world, &scene.market, ETH, ALL);
        let pair = AssetPair { collateral: SOL, debt: ETH };
        let write_off = scene.lender.liquidate_ix(&scene.world, &scene.market, scene.borrower.obligation, pair, ALL);
        scene.world.send(&[withdraw, write_off], &[&scene.lender.key]).expect("withdraw, write off");
        (scene.lender.balance(&scene.world, ETH) - before, index(scene))
    });
    assert!(runner.0 > honest.0 + 20_000_000, "0.2 ETH above a fair share: {} and {}", runner.0, honest.0);
    assert!(runner.1 < honest.1, "the suppliers who stay have paid for it");
}
