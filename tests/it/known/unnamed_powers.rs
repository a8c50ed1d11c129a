//! A mint whose issuer can later charge a fee of 100 % or set a hook is listed with `accepted_powers` 0: the listing
//! names nothing. After such a fee the debt cannot be repaid or liquidated, and a supplier who withdraws gets nothing.

use crate::scene::{ONE_SOL, ONE_USD, WEALTH};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_testkit::token_2022::{TRANSFER_FEE, TRANSFER_HOOK};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Listing, Market, User, World};

/// Today's behavior; a planned change turns it around.
#[test]
fn an_issuer_charges_a_fee_of_100_percent_that_no_listing_has_accepted() {
    const COIN: usize = 0;
    const TOKEN: usize = 1;
    let mut world = World::new();
    let extensions: &'static [u16] = &[TRANSFER_FEE, TRANSFER_HOOK];
    let token = Listing { extensions: Some(extensions), accepted_powers: 0, ..Listing::new(6, 1.0) };
    let market = Market::with(&mut world, &[Listing::new(9, 100.0), token]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    lender.deposit(&mut world, &market, TOKEN, 1_000_000 * ONE_USD).expect("deposit");
    borrower.deposit(&mut world, &market, COIN, 100 * ONE_SOL).expect("deposit");
    borrower.borrow(&mut world, &market, TOKEN, 7_000 * ONE_USD).expect("borrow");

    world.charge_fee(&market.assets[TOKEN].mint.clone(), 10_000);

    refused(borrower.repay(&mut world, &market, TOKEN, ALL), BallastError::AmountTooSmall);
    market.set_price(&mut world, COIN, 50.0);
    let pair = AssetPair { collateral: COIN, debt: TOKEN };
    refused(lender.liquidate(&mut world, &market, &borrower, pair, ALL), BallastError::AmountTooSmall);
    let before = lender.balance(&world, TOKEN);
    lender.withdraw(&mut world, &market, TOKEN, 1_000 * ONE_USD).expect("withdraw");
    assert_eq!(lender.balance(&world, TOKEN), before, "the issuer gets all of it");
}
