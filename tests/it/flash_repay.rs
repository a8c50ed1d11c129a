//! flash_repay: returns the loan and its fee; the fee belongs to the protocol. INV-10.

use crate::scene::{DAY, ONE_USD, SOL, Scene, USD};
use crate::verdict::{TokenError, refused, refused_by_token};
use ballast::error::BallastError;
use ballast::event::FlashRepaid;
use ballast_core::op;
use ballast_core::units::Atoms;
use ballast_testkit::{Failure, Receipt, User};

/// A day after the last accrual, with a fee on flash loans of USD.
fn with_fee(bps: u16) -> Scene {
    let mut scene = Scene::simple();
    scene.market.set(&mut scene.world, USD, |settings| settings.risk.flash_fee_bps = bps).expect("a change");
    scene.wait(DAY);
    scene
}

fn flash(scene: &mut Scene, amount: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    borrower.flash(world, market, USD, amount, &[])
}

#[test]
fn refuses_when_no_loan_is_open() {
    let mut scene = with_fee(9);
    let Scene { market, borrower, .. } = &scene;
    let repay = borrower.flash_repay_ix(market, USD);
    let borrow = borrower.flash_borrow_ix(market, USD, ONE_USD);
    let other = borrower.flash_repay_ix(market, SOL);
    let mut send = |all: &[_]| scene.world.send(all, &[&scene.borrower.key]);
    refused(send(std::slice::from_ref(&repay)), BallastError::NoFlashLoan);
    refused(send(&[borrow.clone(), repay.clone(), repay.clone()]), BallastError::NoFlashLoan);
    refused(send(&[borrow, other, repay]), BallastError::NoFlashLoan);
}

#[test]
fn refuses_a_payer_who_cannot_pay_the_fee() {
    let mut scene = with_fee(9);
    let Scene { world, market, .. } = &mut scene;
    let poor = User::new(world, market, 899);
    refused_by_token(poor.flash(world, market, USD, ONE_USD, &[]), TokenError::InsufficientFunds);
    let exactly = User::new(world, market, 900);
    exactly.flash(world, market, USD, ONE_USD, &[]).expect("9 bps of a dollar");
    assert_eq!(exactly.balance(world, USD), 0);
    scene.audit();
}

#[test]
fn books_what_core_says_and_emits_the_event() {
    let mut scene = with_fee(9);
    let amount = 12_345_678 * ONE_USD + 9;
    let (mut pool, now) = (scene.pool(USD), scene.world.now());
    let loan = op::flash_borrow::flash_borrow(&mut pool, Atoms(amount), now).expect("core lends");
    op::flash_repay::flash_repay(&mut pool, Atoms(amount + loan.fee.0), now).expect("core is repaid");
    let (wallet, vault) = (scene.wallet(USD), scene.vault(USD));

    let event: FlashRepaid = flash(&mut scene, amount).expect("flash").event();

    assert_eq!(scene.pool(USD), pool);
    assert_eq!((scene.wallet(USD), scene.vault(USD)), (wallet - loan.fee.0, vault + loan.fee.0));
    assert_eq!((event.reserve, event.payer), (scene.market.assets[USD].reserve, scene.borrower.address()));
    assert_eq!((event.amount_atoms, event.fee_atoms), (amount, loan.fee.0));
    scene.audit();
}

#[test]
fn the_fee_is_rounded_up_and_all_of_it_is_equity() {
    for (bps, amount, fee) in [
        (9, 1, 1),
        (9, 1_111, 1),
        (9, 1_112, 2),
        (9, 10_000, 9),
        (9, 10_001, 10),
        (500, 19, 1),
        (500, 20, 1),
        (500, 21, 2),
        (1, 20_000_000 * ONE_USD, 2_000 * ONE_USD),
        (0, 20_000_000 * ONE_USD, 0),
    ] {
        let mut scene = with_fee(bps);
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let before = scene.pool(USD).ledger;
        flash(&mut scene, amount).expect("flash");
        let after = scene.pool(USD).ledger;
        let equity = |ledger: ballast_core::ledger::Ledger| ledger.equity_floor().expect("equity");
        assert_eq!(equity(after) - equity(before), u128::from(fee), "{bps} bps of {amount}");
        assert_eq!((after.supply_index, after.debt_index), (before.supply_index, before.debt_index));
        assert_eq!((after.supply_shares, after.debt_shares), (before.supply_shares, before.debt_shares));
        scene.audit();
    }
}

#[test]
fn many_small_loans_cost_no_less_than_a_large_one() {
    let fee = |amounts: &[u64]| {
        let mut scene = with_fee(9);
        let before = scene.wallet(USD);
        for amount in amounts {
            flash(&mut scene, *amount).expect("flash");
        }
        before - scene.wallet(USD)
    };
    assert!(fee(&[999; 10]) >= fee(&[9_990]));
    assert_eq!((fee(&[999; 10]), fee(&[9_990])), (10, 9));
}

#[test]
fn the_fee_can_be_collected() {
    let mut scene = with_fee(100);
    let Scene { world, market, borrower, .. } = &mut scene;
    let destination = market.fee_account(world, USD);
    market.fees_collect(world, USD, destination).expect("fees_collect");
    let before = world.balance(&destination);
    borrower.flash(world, market, USD, 1_000 * ONE_USD, &[]).expect("flash");
    market.fees_collect(world, USD, destination).expect("fees_collect");
    assert_eq!(world.balance(&destination) - before, 10 * ONE_USD);
    scene.audit();
}

#[test]
fn anybody_may_repay_the_loan() {
    let mut scene = with_fee(9);
    let Scene { world, market, lender, borrower } = &mut scene;
    let all = [borrower.flash_borrow_ix(market, USD, ONE_USD), lender.flash_repay_ix(market, USD)];
    let before = lender.balance(world, USD);
    let event: FlashRepaid = world.send(&all, &[&lender.key]).expect("flash").event();
    assert_eq!(event.payer, lender.address());
    assert_eq!(lender.balance(world, USD), before - ONE_USD - 900);
    scene.audit();
}

/// A program may call it. The loan must have its own repayment later in the transaction, which then finds no open loan.
#[test]
fn a_call_by_a_program_closes_the_loan_and_the_repayment_behind_it_fails() {
    let mut scene = with_fee(9);
    let Scene { world, market, borrower, .. } = &mut scene;
    let repay = borrower.flash_repay_ix(market, USD);
    let called = ballast_testkit::stage::forward(repay.clone(), &market.config);
    let all = [borrower.flash_borrow_ix(market, USD, ONE_USD), called, repay];
    refused(world.send(&all, &[&borrower.key]), BallastError::NoFlashLoan);
}

#[test]
fn loans_do_not_touch_the_outflow_or_the_rate() {
    let mut scene = with_fee(0);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let before = scene.pool(USD);
    flash(&mut scene, before.ledger.cash_atoms).expect("all of the cash");
    let after = scene.pool(USD);
    assert_eq!((after.outflow, after.ledger.borrow_rate), (before.outflow, before.ledger.borrow_rate));
    assert_eq!(after.volatility, before.volatility);
}
