//! flash_borrow: lends cash of the vault within a transaction that also contains the repayment. INV-10.

mod liquidation;
mod open;

use crate::interface::account_of;
use crate::scene::{BTC, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast::event::{FlashBorrowed, FlashRepaid};
use ballast_core::pause::Pausable;
use ballast_testkit::stage::forward;
use ballast_testkit::{Failure, Receipt};

/// The borrower's loan of one dollar, and its repayment.
fn loan(scene: &Scene) -> [Instruction; 2] {
    let Scene { market, borrower, .. } = scene;
    [borrower.flash_borrow_ix(market, USD, ONE_USD), borrower.flash_repay_ix(market, USD)]
}

fn send(scene: &mut Scene, instructions: &[Instruction]) -> Result<Receipt, Failure> {
    scene.world.send(instructions, &[&scene.borrower.key])
}

fn flash(scene: &mut Scene, asset: usize, amount: u64, between: &[Instruction]) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    borrower.flash(world, market, asset, amount, between)
}

#[test]
fn refuses_another_account_for_the_instructions_sysvar() {
    let mut scene = Scene::simple();
    let [mut borrow, repay] = loan(&scene);
    account_of(&mut borrow, "instructions").pubkey = scene.market.config;
    refused(send(&mut scene, &[borrow, repay]), BallastError::WrongInstructionsSysvar);
}

/// INV-10: a calling program could skip the repayment.
#[test]
fn refuses_a_call_by_another_program() {
    let mut scene = Scene::simple();
    let [borrow, repay] = loan(&scene);
    let called = forward(borrow, &scene.market.config);
    refused(send(&mut scene, &[called, repay]), BallastError::FlashLoanByCpi);
}

/// INV-10
#[test]
fn refuses_without_a_repayment() {
    let mut scene = Scene::simple();
    let [borrow, _] = loan(&scene);
    let refresh = scene.market.refresh_ix(USD, None);
    refused(send(&mut scene, std::slice::from_ref(&borrow)), BallastError::FlashLoanNotRepaid);
    refused(send(&mut scene, &[borrow, refresh]), BallastError::FlashLoanNotRepaid);
}

/// INV-10: another program could skip the call.
#[test]
fn refuses_a_repayment_by_another_program() {
    let mut scene = Scene::simple();
    let [borrow, repay] = loan(&scene);
    let called = forward(repay, &scene.market.config);
    refused(send(&mut scene, &[borrow, called]), BallastError::FlashLoanNotRepaid);
}

/// INV-10
#[test]
fn refuses_a_repayment_of_another_reserve() {
    let mut scene = Scene::simple();
    let [borrow, _] = loan(&scene);
    let Scene { market, borrower, .. } = &scene;
    let mut other = borrower.flash_repay_ix(market, SOL);
    refused(send(&mut scene.clone(), &[borrow.clone(), other.clone()]), BallastError::FlashLoanNotRepaid);
    // It does not help to name the right reserve as another account.
    other.accounts.push(anchor_lang::AccountMeta::new(market.assets[USD].reserve, false));
    refused(send(&mut scene, &[borrow, other]), BallastError::FlashLoanNotRepaid);
}

/// INV-10
#[test]
fn refuses_a_repayment_that_comes_before_the_loan() {
    let mut scene = Scene::simple();
    let [borrow, repay] = loan(&scene);
    let all = [borrow.clone(), repay, borrow];
    refused(send(&mut scene, &all), BallastError::FlashLoanNotRepaid);
}

#[test]
fn refuses_other_instructions_on_the_reserve_as_a_repayment() {
    let mut scene = Scene::simple();
    let [borrow, mut fake] = loan(&scene);
    let repay = scene.borrower.repay_ix(&scene.market, scene.borrower.obligation, USD, ONE_USD);
    fake.program_id = ballast_testkit::programs::STAGE_ID;
    refused(send(&mut scene, &[borrow.clone(), repay]), BallastError::FlashLoanNotRepaid);
    refused(send(&mut scene, &[borrow, fake]), BallastError::FlashLoanNotRepaid);
}

#[test]
fn refuses_a_paused_reserve() {
    let mut scene = Scene::simple();
    scene.market.pause(&mut scene.world, USD, Pausable::FlashBorrow.bit(), 60).expect("pause");
    refused(flash(&mut scene, USD, ONE_USD, &[]), BallastError::ActionPaused);
    flash(&mut scene, SOL, ONE_SOL, &[]).expect("another reserve");
    scene.wait(60);
    flash(&mut scene, USD, ONE_USD, &[]).expect("the pause is over");
}

/// INV-10
#[test]
fn refuses_a_second_loan_of_the_reserve_while_one_is_open() {
    let mut scene = Scene::simple();
    let [borrow, repay] = loan(&scene);
    let twice = [borrow.clone(), borrow, repay.clone(), repay];
    refused(send(&mut scene, &twice), BallastError::FlashLoanOpen);
}

#[test]
fn refuses_zero_and_more_than_the_cash() {
    let mut scene = Scene::simple();
    let cash = scene.pool(USD).ledger.cash_atoms;
    refused(flash(&mut scene, USD, 0, &[]), BallastError::AmountTooSmall);
    refused(flash(&mut scene, USD, cash + 1, &[]), BallastError::InsufficientCash);
    refused(flash(&mut scene, USD, u64::MAX, &[]), BallastError::InsufficientCash);
    flash(&mut scene, USD, cash, &[]).expect("every atom there is");
}

/// The reserve does not lend tokens that were donated to its vault.
#[test]
fn lends_the_recorded_cash_and_no_donation() {
    let mut scene = Scene::simple();
    let cash = scene.pool(USD).ledger.cash_atoms;
    let Scene { market, lender, .. } = &scene;
    let gift = crate::conservation::donation(lender.tokens[USD], market.assets[USD].vault, lender.address(), ONE_USD);
    scene.world.send(&[gift], &[&scene.lender.key]).expect("a donation");
    refused(flash(&mut scene, USD, cash + 1, &[]), BallastError::InsufficientCash);
}

#[test]
fn pays_out_what_the_event_says() {
    let mut scene = Scene::simple();
    scene.market.set(&mut scene.world, USD, |settings| settings.risk.flash_fee_bps = 9).expect("a change");
    let amount = 1_234_567 * ONE_USD + 1;
    // The loan goes to the lender, who repays it.
    let Scene { world, market, lender, borrower } = &mut scene;
    let [before, after] = [lender.balance(world, USD), borrower.balance(world, USD)];
    let mut borrow = borrower.flash_borrow_ix(market, USD, amount);
    account_of(&mut borrow, "destination").pubkey = lender.tokens[USD];
    let repay = lender.flash_repay_ix(market, USD);
    let receipt = world.send(&[borrow, repay], &[&lender.key]).expect("anybody's account, anybody's repayment");

    let event: FlashBorrowed = receipt.event();
    // 9 bps of 1,234,567,000,001 atoms are 1,111,110,300.0009.
    let fee = 1_111_110_301;
    assert_eq!((event.reserve, event.amount_atoms, event.fee_atoms), (market.assets[USD].reserve, amount, fee));
    assert_eq!((lender.balance(world, USD), borrower.balance(world, USD)), (before - fee, after));
    scene.audit();
}

#[test]
fn lends_repeatedly_and_from_two_reserves_at_once() {
    let mut scene = Scene::simple();
    let Scene { market, borrower, .. } = &scene;
    let [usd, repay_usd] = loan(&scene);
    let [btc, repay_btc] = [borrower.flash_borrow_ix(market, BTC, ONE_BTC), borrower.flash_repay_ix(market, BTC)];
    let mut all = vec![usd.clone(), repay_usd.clone(), usd, btc.clone(), repay_usd, repay_btc.clone()];
    all.extend([btc, repay_btc]);
    let receipt = send(&mut scene, &all).expect("each with its own repayment");
    assert_eq!((receipt.events::<FlashBorrowed>().len(), receipt.events::<FlashRepaid>().len()), (4, 4));
    scene.audit();
}

/// A loan leaves no trace but its fee: here none, and no interest either, because no time has passed.
#[test]
fn a_loan_without_a_fee_changes_nothing() {
    let mut scene = Scene::simple();
    for asset in [SOL, USD, BTC] {
        scene.market.refresh(&mut scene.world, asset).expect("refresh");
        let (pool, vault, wallet) = (scene.pool(asset), scene.vault(asset), scene.wallet(asset));
        let cash = pool.ledger.cash_atoms;
        flash(&mut scene, asset, cash, &[]).expect("flash");
        assert_eq!((scene.pool(asset), scene.vault(asset), scene.wallet(asset)), (pool, vault, wallet));
    }
}
