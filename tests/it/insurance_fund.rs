//! insurance_fund: anybody may give to the insurance bucket; the gift buys nothing and goes to nobody else.

use crate::scene::{DAY, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::{TokenError, refused, refused_by_token};
use ballast::error::BallastError;
use ballast::event::{InsuranceFunded, Liquidated};
use ballast_core::op::insurance_fund::insurance_fund;
use ballast_core::pool::Pool;
use ballast_core::units::Atoms;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt};

/// The lender gives.
fn fund(scene: &mut Scene, amount: u64) -> Result<Receipt, Failure> {
    let (payer, source) = (scene.lender.address(), scene.lender.tokens[USD]);
    let fund = scene.market.insurance_fund_ix(&payer, source, USD, amount);
    scene.world.send(&[fund], &[&scene.lender.key])
}

#[test]
fn refuses_zero() {
    refused(fund(&mut Scene::simple(), 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_while_a_flash_loan_is_open() {
    let mut scene = Scene::simple();
    let (payer, source) = (scene.lender.address(), scene.lender.tokens[USD]);
    let fund = scene.market.insurance_fund_ix(&payer, source, USD, ONE_USD);
    let flash = scene.lender.flash(&mut scene.world, &scene.market, USD, ONE_USD, &[fund]);
    refused(flash, BallastError::FlashLoanOpen);
}

#[test]
fn refuses_more_than_the_payer_has_and_an_account_of_another_owner() {
    let mut scene = Scene::simple();
    refused_by_token(fund(&mut scene, WEALTH + 1), TokenError::InsufficientFunds);
    let theft = scene.market.insurance_fund_ix(&scene.lender.address(), scene.borrower.tokens[USD], USD, 1);
    refused_by_token(scene.world.send(&[theft], &[&scene.lender.key]), TokenError::OwnerMismatch);
}

#[test]
fn takes_what_core_says_and_emits_the_event() {
    for amount in [1, 1_000 * ONE_USD + 1] {
        let mut scene = Scene::simple();
        scene.wait(DAY);
        let mut pool = scene.pool(USD);
        insurance_fund(&mut pool, Atoms(amount), scene.world.now()).expect("core takes it");
        let (vault, wallet) = (scene.vault(USD), scene.lender.balance(&scene.world, USD));

        let event: InsuranceFunded = fund(&mut scene, amount).expect("insurance_fund").event();

        assert_eq!(scene.pool(USD), pool);
        assert_eq!(scene.vault(USD), vault + amount);
        assert_eq!(scene.lender.balance(&scene.world, USD), wallet - amount);
        assert_eq!((event.reserve, event.payer), (scene.market.assets[USD].reserve, scene.lender.address()));
        assert_eq!(event.amount_atoms, amount);
        scene.audit();
    }
}

/// INV-1: only cash and insurance grow; claims, debt, equity and positions stay.
#[test]
fn changes_cash_and_insurance_only() {
    let mut scene = Scene::simple();
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let (before, lender) = (scene.pool(USD), scene.lender.obligation(&scene.world).positions);
    fund(&mut scene, 1_000 * ONE_USD).expect("insurance_fund");
    let after = scene.pool(USD);
    let mut expected = before;
    expected.ledger.cash_atoms += 1_000 * ONE_USD;
    expected.ledger.insurance_atoms += 1_000 * ONE_USD;
    // More cash lowers utilization, so the rates follow.
    expected.ledger.borrow_rate = after.ledger.borrow_rate;
    let Pool { settings, .. } = before;
    expected.ledger.settle(&settings.curve, settings.risk.reserve_factor()).expect("sound books");
    assert_eq!(after, expected);
    assert_eq!(after.ledger.equity_floor(), before.ledger.equity_floor());
    assert_eq!(scene.lender.obligation(&scene.world).positions, lender);
}

/// A gift is not a fee: the next collection pays no atom more.
#[test]
fn is_not_collected_as_a_fee() {
    let mut scene = Scene::simple();
    let destination = scene.market.fee_account(&mut scene.world, USD);
    let collected = |scene: &mut Scene| {
        scene.market.fees_collect(&mut scene.world, USD, destination).expect("fees_collect");
        scene.world.balance(&destination)
    };
    let without = scene.attempt(collected);
    fund(&mut scene, 1_000 * ONE_USD).expect("insurance_fund");
    assert_eq!(collected(&mut scene), without);
    assert_eq!(scene.pool(USD).ledger.insurance_atoms, 1_000 * ONE_USD);
}

/// This is the purpose of the bucket: bad debt costs the suppliers nothing.
#[test]
fn bears_a_loss_before_anybody_else() {
    let mut scene = Scene::simple();
    let loss = |scene: &mut Scene| -> Liquidated {
        scene.set_price(SOL, 50.0);
        scene.ripen(0);
        scene.liquidate(SOL, USD, ALL).expect("liquidate").event()
    };
    let without = scene.attempt(loss);
    fund(&mut scene, 10_000 * ONE_USD).expect("insurance_fund");
    let with = loss(&mut scene);
    assert!(without.loss_insurance_atoms == 0 && without.loss_fees_atoms > 0);
    let lost = without.loss_fees_atoms + without.loss_suppliers_atoms;
    assert_eq!((with.loss_insurance_atoms, with.loss_fees_atoms, with.loss_suppliers_atoms), (lost, 0, 0));
    assert_eq!(scene.pool(USD).ledger.insurance_atoms, 10_000 * ONE_USD - lost);
    scene.audit();
}

#[test]
fn needs_no_oracle() {
    let mut scene = Scene::simple();
    scene.kill_oracle();
    fund(&mut scene, 1).expect("insurance_fund");
}
