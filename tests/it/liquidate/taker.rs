//! A liquidator may take the seized supply shares into an obligation of theirs.

use super::{SOL_FOR_USD, at};
use crate::scene::{BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_core::op::liquidate::Bid;
use ballast_core::units::Atoms;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Market, Receipt, User};

/// Liquidates into `destination`.
fn into(scene: &mut Scene, liquidator: &User, destination: Address) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    let bid = Bid { max_repay: Atoms(ALL), min_seized: Atoms(0) };
    let seizure = liquidator.seizure_ix(world, market, borrower.obligation, SOL_FOR_USD, bid, destination);
    world.send(&[seizure], &[&liquidator.key])
}

/// The same liquidation as with tokens, but the vault and the supply of the collateral stay as they are.
#[test]
fn the_shares_move_and_no_tokens_do() {
    let mut scene = at(80.0);
    let lender = scene.lender.clone();
    let tokens: Liquidated = scene.attempt(|scene| scene.liquidate(SOL, USD, ALL)).expect("liquidate").event();
    let id = scene.pool(SOL).id;
    let [held, taken] = [scene.positions(), lender.obligation(&scene.world).positions].map(|it| it.collateral(&id).0);
    let (vault, ledger) = (scene.vault(SOL), scene.pool(SOL).ledger);

    let event: Liquidated = into(&mut scene, &lender, lender.obligation).expect("into shares").event();

    assert_eq!((event.destination, event.in_shares), (lender.obligation, 1));
    assert_eq!((tokens.destination, tokens.in_shares), (lender.tokens[SOL], 0));
    let flows =
        |it: &Liquidated| (it.repaid_atoms, it.supply_shares, it.seized_atoms, it.bonus_bps, it.health_after_bps);
    assert_eq!(flows(&event), flows(&tokens));
    assert_eq!(scene.positions().collateral(&id).0, held - event.supply_shares);
    assert_eq!(lender.obligation(&scene.world).positions.collateral(&id).0, taken + event.supply_shares);
    let after = scene.pool(SOL).ledger;
    assert_eq!(
        (scene.vault(SOL), after.cash_atoms, after.supply_shares),
        (vault, ledger.cash_atoms, ledger.supply_shares)
    );
    scene.audit();
}

#[test]
fn a_pause_of_withdrawals_does_not_stop_it() {
    let mut scene = at(80.0);
    scene.market.pause(&mut scene.world, SOL, 1, 600).expect("the guardian");
    let lender = scene.lender.clone();
    into(&mut scene, &lender, lender.obligation).expect("into shares");
}

#[test]
fn refuses_an_obligation_of_somebody_else() {
    let mut scene = at(80.0);
    let (lender, other) = (scene.lender.clone(), User::new(&mut scene.world, &scene.market, WEALTH));
    refused(into(&mut scene, &lender, other.obligation), BallastError::NotOwner);
    into(&mut scene, &other, other.obligation).expect("their own");
}

#[test]
fn refuses_an_obligation_of_another_market() {
    let mut scene = at(80.0);
    let lender = scene.lender.clone();
    let elsewhere = Market::new(&mut scene.world);
    let mut stray = lender.obligation(&scene.world);
    stray.config = elsewhere.config;
    scene.world.write(&lender.obligation, &stray);
    refused(into(&mut scene, &lender, lender.obligation), BallastError::WrongMarket);
}

#[test]
fn refuses_a_taker_in_debt() {
    let mut scene = at(80.0);
    let debtor = User::new(&mut scene.world, &scene.market, WEALTH);
    debtor.deposit(&mut scene.world, &scene.market, SOL, 100 * ONE_SOL).expect("deposit");
    debtor.borrow(&mut scene.world, &scene.market, USD, ONE_USD).expect("borrow");
    refused(into(&mut scene, &debtor, debtor.obligation), BallastError::TakerInDebt);
}

/// A borrower cannot take from an obligation into itself: an account may stand once among the writable ones.
#[test]
fn refuses_the_obligation_that_is_liquidated() {
    let mut scene = at(80.0);
    let borrower = scene.borrower.clone();
    let failure = into(&mut scene, &borrower, borrower.obligation).expect_err("the same account twice");
    assert!(failure.is(anchor_lang::ErrorCode::ConstraintDuplicateMutableAccount), "{failure:#?}");
}

#[test]
fn refuses_an_account_of_the_program_that_is_no_obligation() {
    let mut scene = at(80.0);
    let lender = scene.lender.clone();
    let reserve = scene.market.assets[BTC].reserve;
    refused(into(&mut scene, &lender, reserve), BallastError::WrongTaker);
}
