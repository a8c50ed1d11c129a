//! What is refused on the bank, and why: the same as in the World, which [`Twins::send`] checks with every log line.

use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use ballast_testkit::{Failure, Receipt};
use bank_tests::Twins;
use bank_tests::cast::{Cast, ONE_SOL, ONE_USD, SOL, USD, WEALTH};
use spl_token_interface::error::TokenError;

/// The lender supplies 10,000 USD; the borrower has 100 SOL, 10,000 USD of them at first, as collateral.
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
    assert!(failure.is(expected.clone()), "{expected:?} expected, not {failure:#?}");
    assert_eq!(failure.refused_by(), Some(by), "{:#?}", failure.logs);
}

#[test]
fn a_price_that_is_too_old_for_new_risk() {
    let (mut twins, cast) = supplied();
    // To the second: it is the bank's clock that the program reads.
    twins.wait(60);
    borrow(&mut twins, &cast, ONE_USD).expect("a minute is allowed");
    twins.wait(1);
    refused(borrow(&mut twins, &cast, ONE_USD), BallastError::PriceStale, ballast::ID);
    twins.publish(&cast, USD, 1.0);
    refused(borrow(&mut twins, &cast, ONE_USD), BallastError::PriceStale, ballast::ID);
    twins.publish(&cast, SOL, 100.0);
    borrow(&mut twins, &cast, ONE_USD).expect("both are of now");
}

#[test]
fn a_borrow_that_the_collateral_does_not_cover() {
    let (mut twins, cast) = supplied();
    refused(borrow(&mut twins, &cast, 7_501 * ONE_USD), BallastError::HealthTooLow, ballast::ID);
    borrow(&mut twins, &cast, 7_000 * ONE_USD).expect("less than the loan-to-value of 75 %");
    refused(borrow(&mut twins, &cast, 500 * ONE_USD), BallastError::HealthTooLow, ballast::ID);
}

#[test]
fn a_borrow_that_the_owner_has_not_signed() {
    let (mut twins, cast) = supplied();
    let mut unsigned = cast.borrower.borrow_ix(&twins.world, &cast.market, USD, ONE_USD);
    let owner = unsigned.accounts.iter_mut().find(|meta| meta.is_signer).expect("the owner signs");
    assert_eq!(owner.pubkey, cast.borrower.address());
    owner.is_signer = false;
    refused(twins.send(&unsigned, &[&cast.lender.key]), Error::MissingRequiredSignature, ballast::ID);
}

/// The token program's refusal, two programs deep, undoes what the program has written before it moved the tokens.
#[test]
fn a_deposit_of_more_than_the_wallet_holds() {
    let (mut twins, cast) = supplied();
    let deposit = cast.borrower.deposit_ix(&cast.market, SOL, WEALTH);
    let refusal = twins.send(&deposit, &[&cast.borrower.key]);
    refused(refusal, Error::Custom(TokenError::InsufficientFunds as u32), spl_token_interface::ID);
    cast.market.audit(&twins.world, &[0, 0]);
}
