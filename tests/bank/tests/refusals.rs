//! The bank refuses the same as the World, for the same reason. [`Twins::send`] compares every log line.

use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast_testkit::{Failure, Receipt};
use bank_tests::Twins;
use bank_tests::cast::{Cast, ONE_SOL, ONE_USD, SOL, USD, WEALTH};
use spl_token_interface::error::TokenError;

/// The lender supplies 10,000 USD. The borrower has 100 SOL as collateral, worth 10,000 USD at first.
fn supplied() -> (Twins, Cast) {
    let cast = Cast::rehearse();
    let mut twins = Twins::opened(&cast);
    for (user, asset, amount) in [(&cast.lender, USD, 10_000 * ONE_USD), (&cast.borrower, SOL, 100 * ONE_SOL)] {
        twins.send(&user.deposit_ix(&cast.market, asset, amount), &[&user.key]).expect("deposit");
    }
    (twins, cast)
}

/// The borrower borrows USD.
fn borrow(twins: &mut Twins, cast: &Cast, amount: u64) -> Result<Receipt, Failure> {
    let Cast { market, borrower, .. } = cast;
    let borrow = borrower.borrow_ix(&twins.world, market, USD, amount);
    twins.send(&borrow, &[&borrower.key])
}

#[track_caller]
fn refused(result: Result<Receipt, Failure>, expected: impl Into<Error>, by: Address) {
    let (failure, expected) = (result.expect_err("a refusal"), expected.into());
    assert!(failure.is(expected.clone()), "expected {expected:?}, not {failure:#?}");
    assert_eq!(failure.refused_by(), Some(by), "{:#?}", failure.logs);
}

#[test]
fn a_price_that_is_too_old_for_new_risk_is_refused() {
    let (mut twins, cast) = supplied();
    // The limit holds to the second, because the program reads the bank's clock.
    twins.wait(60);
    borrow(&mut twins, &cast, ONE_USD).expect("a minute is allowed");
    twins.wait(1);
    refused(borrow(&mut twins, &cast, ONE_USD), BallastError::PriceStale, ballast::ID);
    twins.publish(&cast, USD, 1.0);
    refused(borrow(&mut twins, &cast, ONE_USD), BallastError::PriceStale, ballast::ID);
    twins.publish(&cast, SOL, 100.0);
    borrow(&mut twins, &cast, ONE_USD).expect("both prices are fresh");
}

#[test]
fn a_borrow_beyond_the_collateral_is_refused() {
    let (mut twins, cast) = supplied();
    refused(borrow(&mut twins, &cast, 7_501 * ONE_USD), BallastError::HealthTooLow, ballast::ID);
    borrow(&mut twins, &cast, 7_000 * ONE_USD).expect("less than the loan-to-value of 75 %");
    refused(borrow(&mut twins, &cast, 500 * ONE_USD), BallastError::HealthTooLow, ballast::ID);
}

#[test]
fn a_borrow_without_the_owners_signature_is_refused() {
    let (mut twins, cast) = supplied();
    let mut unsigned = cast.borrower.borrow_ix(&twins.world, &cast.market, USD, ONE_USD);
    let owner = unsigned.accounts.iter_mut().find(|meta| meta.is_signer).expect("the owner signs");
    assert_eq!(owner.pubkey, cast.borrower.address());
    owner.is_signer = false;
    refused(twins.send(&unsigned, &[&cast.lender.key]), Error::MissingRequiredSignature, ballast::ID);
}

/// The token program refuses, two calls deep. That undoes what the program wrote before it moved the tokens.
#[test]
fn a_deposit_beyond_the_wallets_balance_is_refused() {
    let (mut twins, cast) = supplied();
    let deposit = cast.borrower.deposit_ix(&cast.market, SOL, WEALTH);
    let refusal = twins.send(&deposit, &[&cast.borrower.key]);
    refused(refusal, Error::Custom(TokenError::InsufficientFunds as u32), spl_token_interface::ID);
    cast.market.audit(&twins.world, &[0, 0]);
}
