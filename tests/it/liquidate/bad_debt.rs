//! Bad debt is written off at once: insurance, then fees, then suppliers bear it.

use super::at;
use crate::scene::{BTC, ETH, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_testkit::user::ALL;
use solana_account::Account;

#[test]
fn books_bad_debt_to_insurance_then_fees_then_suppliers() {
    let mut scene = at(60.0);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let equity = scene.pool(USD).ledger.equity_floor().expect("equity");
    let insurance = 25 * ONE_USD;
    assert!(equity > 2 * u128::from(insurance), "a day's fees suffice for this test");
    scene.set_pool(USD, |pool| pool.ledger.insurance_atoms = insurance);
    let before = scene.pool(USD).ledger;
    let claims = before.claims_ceil().expect("claims");
    scene.ripen(200);

    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();

    let after = scene.pool(USD).ledger;
    let fees = equity - u128::from(insurance);
    assert_eq!(event.loss_insurance_atoms, insurance);
    assert!(u128::from(event.loss_fees_atoms).abs_diff(fees) <= 1);
    // 100 SOL at 60 USD pay for 5,882 of 7,000 USD at a bonus that has risen to 2 %.
    let loss = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
    assert!(loss.abs_diff(1_117_650_000) < ONE_USD, "{event:?}");
    assert_eq!((after.insurance_atoms, event.bonus_bps), (0, 200));
    let haircut = claims - after.claims_ceil().expect("claims");
    assert!(haircut.abs_diff(u128::from(event.loss_suppliers_atoms)) <= 2, "{haircut} of {event:?}");
    assert!(after.equity_floor().expect("equity") <= 2, "the fees are spent before the suppliers pay");
    assert!(scene.positions().is_empty(), "nothing is left of the obligation");
    scene.audit();
}

#[test]
fn bad_debt_within_the_insurance_touches_nobody_else() {
    let mut scene = at(69.99);
    let claims = |scene: &Scene| scene.pool(USD).ledger.claims_ceil();
    scene.wait(100 * crate::scene::DAY);
    scene.set_price(SOL, 60.0);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    scene.set_pool(USD, |pool| pool.ledger.insurance_atoms = 5_000 * ONE_USD);
    let before = claims(&scene);
    scene.ripen(200);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert!(event.loss_insurance_atoms > 0);
    assert_eq!((event.loss_fees_atoms, event.loss_suppliers_atoms), (0, 0));
    assert_eq!(claims(&scene), before);
    scene.audit();
}

#[test]
fn every_supplier_bears_the_same_part_of_a_loss() {
    let mut scene = at(20.0);
    let early = scene.lender.obligation(&scene.world).positions.collateral(&scene.pool(USD).id);
    scene.ripen(0);
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    let ledger = scene.pool(USD).ledger;
    let claim = ledger.supply_atoms_floor(early).expect("a claim");
    // The lender is the only supplier of USD, so their claim equals the assets.
    assert!(u128::from(claim.0).abs_diff(u128::from(ledger.cash_atoms) + ledger.debt_floor().expect("debt")) <= 2);
    scene.audit();
}

/// Rounding can leave a debt without collateral. Here the lender has taken all of it.
#[test]
fn writes_off_a_debt_that_remains_without_collateral() {
    let mut scene = Scene::indebted();
    scene.repay(USD, ALL).expect("repay");
    let (mut borrower, mut lender) = (scene.obligation(), scene.lender.obligation(&scene.world));
    for asset in [SOL, BTC] {
        let id = scene.pool(asset).id;
        let shares = borrower.positions.collateral(&id);
        borrower.positions.remove_collateral(&id, shares).expect("all of it");
        lender.positions.add_collateral(&id, shares).expect("as much");
    }
    scene.world.write(&scene.borrower.obligation, &borrower);
    scene.world.write(&scene.lender.obligation, &lender);
    let id = scene.pool(ETH).id;
    let owed = scene.positions().debt(&id);
    assert!(scene.positions().len == 1 && owed.0 > 0, "only the ether is still owed");
    let wallet = |scene: &Scene| [SOL, USD, BTC, ETH].map(|asset| scene.lender.balance(&scene.world, asset));
    let before = wallet(&scene);
    let loss = scene.pool(ETH).ledger.debt_atoms_ceil(owed).expect("a debt").0;
    // Nothing is priced, so dead feeds do not matter.
    for asset in [SOL, ETH] {
        let feed = scene.market.assets[asset].feed.address;
        scene.world.set(feed, Account::default());
    }

    let event: Liquidated = scene.liquidate(SOL, ETH, ALL).expect("a write-off").event();

    assert_eq!(wallet(&scene), before, "it costs nothing and earns nothing");
    assert_eq!((event.repaid_atoms, event.seized_atoms, event.supply_shares), (0, 0, 0));
    let booked = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
    assert!(booked.abs_diff(loss) <= 1, "{booked} of {loss}");
    assert!(scene.positions().is_empty());
    refused(scene.liquidate(SOL, ETH, ALL), BallastError::InsufficientDebt);
    scene.audit();
}

#[test]
fn closes_an_obligation_with_worthless_collateral() {
    let mut scene = at(0.000_001);
    scene.ripen(200);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert!(event.repaid_atoms <= ONE_USD / 1_000);
    assert!(scene.positions().is_empty());
    scene.audit();
}
