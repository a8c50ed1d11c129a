//! assert_health: a transaction ends with the health that its signer expects, or it has no effect.

use crate::scene::{BTC, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast_testkit::{Failure, Receipt};
use solana_account::Account;

/// The borrower asserts, with a deadline in a minute.
fn assert_health(scene: &mut Scene, min_health_bps: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    let deadline = world.now() + 60;
    borrower.assert_health(world, market, min_health_bps, deadline)
}

/// All accounts of the program and the borrower's tokens.
fn state(scene: &Scene) -> (Vec<(Address, Account)>, [u64; 4]) {
    (scene.world.accounts(), [SOL, USD, BTC, ETH].map(|asset| scene.wallet(asset)))
}

#[test]
fn refuses_after_the_deadline_and_not_at_it() {
    let mut scene = Scene::simple();
    let now = scene.world.now();
    let Scene { world, market, borrower, .. } = &mut scene;
    let mut by = |deadline| borrower.assert_health(world, market, 0, deadline);
    refused(by(now - 1), BallastError::DeadlinePassed);
    refused(by(i64::MIN), BallastError::DeadlinePassed);
    by(now).expect("the last second");
    by(i64::MAX).expect("any time");
}

#[test]
fn refuses_a_missing_position_among_the_remaining_accounts() {
    let mut scene = Scene::simple();
    let Scene { world, market, borrower, .. } = &mut scene;
    for missing in 1..=4 {
        let mut assert = borrower.assert_health_ix(world, market, 0, i64::MAX);
        assert.accounts.truncate(assert.accounts.len() - missing);
        refused(world.send(&[assert], &[&borrower.key]), BallastError::WrongRemainingAccounts);
    }
}

/// INV-6: with the age that a liquidation allows.
#[test]
fn refuses_a_price_too_old_for_a_liquidation() {
    let mut scene = Scene::simple();
    scene.world.advance(300);
    assert_health(&mut scene, 0).expect("300 seconds are allowed");
    scene.world.advance(1);
    refused(assert_health(&mut scene, 0), BallastError::PriceStale);
}

#[test]
fn refuses_one_basis_point_above_the_health() {
    for dollars in [100.0, 90.0, 87.5, 80.0, 1.0] {
        let mut scene = Scene::indebted();
        scene.set_price(SOL, dollars);
        let health = scene.health().factor_bps_floor();
        assert_health(&mut scene, health).expect("exactly");
        refused(assert_health(&mut scene, health + 1), BallastError::HealthBelowExpected);
    }
}

#[test]
fn reaches_any_expected_health_without_debt() {
    let mut scene = Scene::new();
    assert_health(&mut scene, u64::MAX).expect("an empty obligation");
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    assert_health(&mut scene, u64::MAX).expect("collateral alone");
    scene.borrow(USD, 1).expect("borrow");
    refused(assert_health(&mut scene, u64::MAX), BallastError::HealthBelowExpected);
}

#[test]
fn anybody_may_assert_and_nothing_changes() {
    let mut scene = Scene::indebted();
    let before = state(&scene);
    let assert = scene.borrower.assert_health_ix(&scene.world, &scene.market, 10_000, i64::MAX);
    assert!(assert.accounts.iter().all(|meta| !meta.is_writable && !meta.is_signer), "read-only, no signature");
    scene.world.send(&[assert], &[&scene.lender.key]).expect("by a stranger");
    assert!(state(&scene) == before);
}

/// This is the purpose of the instruction.
#[test]
fn undoes_a_loan_that_comes_before_it() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 110.0);
    let before = state(&scene);
    let Scene { world, market, borrower, .. } = &mut scene;
    let borrow = borrower.borrow_ix(world, market, USD, 1_000 * ONE_USD);
    // The limit is 8,800 USD, the debt 8,000 USD.
    let expects = |bps| [borrow.clone(), borrower.assert_health_ix(world, market, bps, i64::MAX)];
    let (too_much, enough) = (expects(11_001), expects(10_999));
    refused(scene.world.send(&too_much, &[&scene.borrower.key]), BallastError::HealthBelowExpected);
    assert!(state(&scene) == before, "nothing has changed");
    scene.world.send(&enough, &[&scene.borrower.key]).expect("both");
    assert_eq!(scene.health().factor_bps_floor(), 10_999);
}

/// It checks the health at its place in the transaction, not at the start of it.
#[test]
fn sees_what_the_transaction_has_done_so_far() {
    let mut scene = Scene::simple();
    let health = scene.health().factor_bps_floor();
    let Scene { world, market, borrower, .. } = &mut scene;
    let assert = borrower.assert_health_ix(world, market, health + 100, i64::MAX);
    let deposit = borrower.deposit_ix(market, SOL, 2 * ONE_SOL);
    refused(world.send(&[assert.clone(), deposit.clone()], &[&borrower.key]), BallastError::HealthBelowExpected);
    world.send(&[deposit, assert], &[&borrower.key]).expect("2 % more");
}
