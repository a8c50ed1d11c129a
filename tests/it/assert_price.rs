//! assert_price: the price is what the signer expects and good enough for new risk, or the transaction has no effect.

use crate::interface::account_of;
use crate::scene::{BTC, ONE_USD, SOL, Scene, USD, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::{Failure, Receipt};

/// 100 USD in the unit of the feed.
const SPOT: u64 = 10_000_000_000;

fn assert_price(scene: &mut Scene, asset: usize, min: u64, max: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    let deadline = world.now();
    borrower.assert_price(world, market, asset, min, max, deadline)
}

fn publish(scene: &mut Scene, quotation: Quotation) {
    let feed = scene.market.assets[SOL].feed;
    scene.world.publish(&feed, &quotation);
}

#[test]
fn refuses_after_the_deadline_and_not_at_it() {
    let mut scene = Scene::simple();
    let now = scene.world.now();
    let Scene { world, market, borrower, .. } = &mut scene;
    let mut by = |deadline| borrower.assert_price(world, market, SOL, 0, u64::MAX, deadline);
    refused(by(now - 1), BallastError::DeadlinePassed);
    by(now).expect("the last second");
    by(i64::MAX).expect("any time");
}

#[test]
fn refuses_the_price_of_another_reserve() {
    let mut scene = Scene::simple();
    let mut assert = scene.borrower.assert_price_ix(&scene.market, SOL, 0, u64::MAX, i64::MAX);
    account_of(&mut assert, "price").pubkey = scene.market.assets[BTC].feed.address;
    refused(scene.world.send(&[assert], &[&scene.borrower.key]), BallastError::OracleWrongAddress);
}

/// INV-6
#[test]
fn refuses_a_price_that_is_not_good_enough_for_new_risk() {
    let mut listings = listings();
    listings[SOL].settings.guard.max_ema_deviation_bps = 500;
    let mut scene = Scene::with(&listings);
    let calm = Quotation::calm(100.0, scene.world.now());
    scene.attempt(|scene| {
        scene.world.advance(61);
        refused(assert_price(scene, SOL, 0, u64::MAX), BallastError::PriceStale);
    });
    publish(&mut scene, Quotation { publish_time: calm.publish_time + 61, ..calm });
    refused(assert_price(&mut scene, SOL, 0, u64::MAX), BallastError::PriceFromFuture);
    publish(&mut scene, Quotation { confidence: SPOT / 100 + 1, ..calm });
    refused(assert_price(&mut scene, SOL, 0, u64::MAX), BallastError::PriceUncertain);
    publish(&mut scene, Quotation { spot: calm.spot * 105 / 100 + 1, ..calm });
    refused(assert_price(&mut scene, SOL, 0, u64::MAX), BallastError::PriceOffAverage);
    publish(&mut scene, Quotation { spot: calm.spot * 105 / 100, ..calm });
    assert_price(&mut scene, SOL, 0, u64::MAX).expect("5 % off the average");
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("a price that was used");
    publish(&mut scene, Quotation { publish_time: calm.publish_time - 1, ..calm });
    refused(assert_price(&mut scene, SOL, 0, u64::MAX), BallastError::PriceReplayed);
}

#[test]
fn refuses_a_price_one_unit_beyond_either_bound() {
    let mut scene = Scene::simple();
    assert_price(&mut scene, SOL, SPOT, SPOT).expect("exactly");
    refused(assert_price(&mut scene, SOL, SPOT + 1, u64::MAX), BallastError::PriceOutsideExpected);
    refused(assert_price(&mut scene, SOL, 0, SPOT - 1), BallastError::PriceOutsideExpected);
    refused(assert_price(&mut scene, SOL, SPOT + 1, SPOT - 1), BallastError::PriceOutsideExpected);
    assert_price(&mut scene, BTC, 50_000 * 100_000_000, 50_000 * 100_000_000).expect("every reserve");
}

/// It compares the spot price itself, not an end of the confidence interval as margins do, and not the average.
#[test]
fn compares_the_spot_price() {
    let mut scene = Scene::simple();
    let calm = Quotation::calm(100.0, scene.world.now());
    publish(&mut scene, Quotation { ema: calm.ema / 2, ema_confidence: 0, confidence: SPOT / 100, ..calm });
    assert_price(&mut scene, SOL, SPOT, SPOT).expect("exactly");
}

/// This is the purpose of the instruction: no loan at a price that the borrower has not seen.
#[test]
fn undoes_a_loan_that_comes_before_it() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 110.0);
    let (before, wallet) = (scene.pool(USD), scene.wallet(USD));
    let Scene { world, market, borrower, .. } = &scene;
    let borrow = borrower.borrow_ix(world, market, USD, 500 * ONE_USD);
    let seen = borrower.assert_price_ix(market, SOL, SPOT * 99 / 100, SPOT * 101 / 100, i64::MAX);
    let all = [borrow, seen];
    refused(scene.world.send(&all, &[&scene.borrower.key]), BallastError::PriceOutsideExpected);
    assert_eq!((scene.pool(USD), scene.wallet(USD)), (before, wallet));
    scene.set_price(SOL, 100.9);
    scene.world.send(&all, &[&scene.borrower.key]).expect("as expected");
    assert_eq!(scene.wallet(USD), wallet + 500 * ONE_USD);
}

#[test]
fn anybody_may_assert_and_nothing_changes() {
    let mut scene = Scene::simple();
    let before = scene.world.get(&scene.market.assets[SOL].reserve);
    let assert = scene.borrower.assert_price_ix(&scene.market, SOL, 0, u64::MAX, i64::MAX);
    assert!(assert.accounts.iter().all(|meta| !meta.is_writable && !meta.is_signer), "read-only, no signature");
    scene.world.send(&[assert], &[&scene.lender.key]).expect("by a stranger");
    assert_eq!(scene.world.get(&scene.market.assets[SOL].reserve), before, "no mark, no newest price");
}
