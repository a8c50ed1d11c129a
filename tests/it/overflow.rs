//! The largest and smallest numbers, on the compiled program: an error or the right result, never a wrap.

use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_core::ledger::Ledger;
use ballast_core::pool::Pool;
use ballast_core::units::Wide;
use ballast_core::volatility::Volatility;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;
use ballast_testkit::{Listing, Market, User, World};
use solana_instruction_error::InstructionError;
use solana_transaction_error::TransactionError;

/// A market of one asset, and a user with every atom of it that can exist.
fn all_tokens() -> (World, Market, User) {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(0, 0.000_001)]);
    let user = User::new(&mut world, &market, u64::MAX);
    (world, market, user)
}

#[test]
fn a_reserve_takes_and_returns_every_atom_that_can_exist() {
    let (mut world, market, user) = all_tokens();
    user.deposit(&mut world, &market, 0, ALL).expect("deposit");
    assert_eq!(market.reserve(&world, 0).pool.ledger.cash_atoms, u64::MAX);
    user.withdraw(&mut world, &market, 0, ALL).expect("withdraw");
    assert_eq!(user.balance(&world, 0), u64::MAX);
    user.deposit(&mut world, &market, 0, u64::MAX - 1).expect("deposit");
    user.deposit(&mut world, &market, 0, 1).expect("deposit");
    market.audit(&world, &[0]);
}

#[test]
fn refuses_cash_beyond_64_bits() {
    let mut scene = Scene::new();
    scene.set_pool(SOL, |pool| pool.ledger.cash_atoms = u64::MAX - 1);
    refused(scene.deposit(SOL, ONE_SOL), BallastError::MathOverflow);
}

#[test]
fn refuses_supply_shares_beyond_64_bits() {
    let mut scene = Scene::new();
    scene.set_pool(SOL, |pool| pool.ledger.supply_shares = u64::MAX - 1);
    refused(scene.deposit(SOL, ONE_SOL), BallastError::MathOverflow);
}

#[test]
fn refuses_a_position_beyond_64_bits() {
    let mut scene = Scene::simple();
    let mut obligation = scene.obligation();
    obligation.positions.slots[0].shares = Wide { low: u64::MAX, high: 0 };
    scene.world.write(&scene.borrower.obligation, &obligation);
    refused(scene.deposit(SOL, ONE_SOL), BallastError::InvariantBroken);
}

#[test]
fn refuses_debt_shares_beyond_128_bits() {
    let mut scene = Scene::simple();
    scene.set_pool(USD, |pool| pool.ledger.debt_shares = Wide::new(u128::MAX));
    refused(scene.borrow(USD, 1), BallastError::MathOverflow);
}

#[test]
fn refuses_to_lend_more_than_any_reserve_has() {
    let mut scene = Scene::simple();
    refused(scene.borrow(USD, u64::MAX), BallastError::InsufficientCash);
    refused(scene.borrow(USD, u64::MAX - 1), BallastError::InsufficientCash);
}

#[test]
fn refuses_a_debt_whose_fee_takes_it_beyond_64_bits() {
    let mut listings = crate::scene::listings();
    listings[ETH].settings.risk.origination_fee_bps = 1;
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC).expect("deposit");
    refused(scene.borrow(ETH, u64::MAX), BallastError::MathOverflow);
}

#[test]
fn an_amount_just_below_the_maximum_does_not_mean_all() {
    let mut scene = Scene::simple();
    refused(scene.withdraw(SOL, u64::MAX - 1), BallastError::InsufficientCollateral);
    let owed = scene.attempt(|scene| (scene.repay(USD, u64::MAX - 1).expect("the debt"), scene.has_debt()));
    assert!(!owed.1);
}

/// 10,000 USD of collateral, with the price in every exponent that Pyth could use.
#[test]
fn the_same_price_in_every_exponent_lends_the_same() {
    for exponent in -16..=0i32 {
        let mut scene = Scene::simple();
        let feed = scene.market.assets[SOL].feed;
        let unit = 10i64.pow(exponent.unsigned_abs());
        let spot = 100 * unit;
        let now = scene.world.now();
        scene.world.publish(
            &feed,
            &Quotation { spot, confidence: 0, ema: spot, ema_confidence: 0, exponent, publish_time: now },
        );
        // The limit is 7,500 USD, less 2 bps for the confidence of the debt's price; 7,000 USD are owed.
        scene.attempt(|scene| scene.borrow(USD, 498 * ONE_USD)).expect("within the limit");
        refused(scene.borrow(USD, 499 * ONE_USD), BallastError::HealthTooLow);
    }
}

/// A price so large that a position leaves the domain of 2^52 USD is refused; one so small that it rounds to nothing
/// supports no debt.
#[test]
fn prices_at_the_ends_of_their_domain_are_refused_or_worthless() {
    let mut scene = Scene::simple();
    // No mark is young enough to set a band.
    scene.wait(Volatility::MARK_LIFE_SECS + 1);
    let feed = scene.market.assets[SOL].feed;
    let now = scene.world.now();
    let price =
        |spot, exponent| Quotation { spot, confidence: 0, ema: spot, ema_confidence: 0, exponent, publish_time: now };
    scene.world.publish(&feed, &price(i64::MAX, 0));
    refused(scene.borrow(USD, 1), BallastError::MathOverflow);
    scene.world.publish(&feed, &price(1, -18));
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    let dollar = scene.market.assets[USD].feed;
    scene.set_price(SOL, 100.0);
    scene.world.publish(&dollar, &price(i64::MAX, 0));
    refused(scene.borrow(USD, 1), BallastError::MathOverflow);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::MathOverflow);
    scene.world.publish(&dollar, &price(1, -18));
    scene.borrow(USD, ONE_USD).expect("almost free");
    scene.repay(USD, ALL).expect("repay");
}

/// A price outside of the domain prevents a valuation, but never a repayment.
#[test]
fn the_way_out_is_open_at_any_price() {
    let mut scene = Scene::simple();
    let feed = scene.market.assets[USD].feed;
    let now = scene.world.now();
    scene.world.publish(
        &feed,
        &Quotation {
            spot: i64::MAX,
            confidence: u64::MAX,
            ema: i64::MAX,
            ema_confidence: u64::MAX,
            exponent: 0,
            publish_time: now,
        },
    );
    scene.repay(USD, ALL).expect("repay");
    scene.withdraw(SOL, ALL).expect("withdraw");
}

/// The most and least valuable atoms: 18 decimals and none, from 1e-12 to 1e12 USD a token.
#[test]
fn the_corners_of_the_price_domain_are_usable() {
    let corners = [(0, 1e9), (0, 1e-8), (18, 1e9), (18, 1e-8), (9, 1.0)];
    for (collateral, dollars) in corners {
        for (debt, debt_dollars) in corners {
            let mut world = World::new();
            let listings = [Listing::new(collateral, dollars), Listing::new(debt, debt_dollars)];
            let market = Market::with(&mut world, &listings);
            let [lender, user] = [(); 2].map(|()| User::new(&mut world, &market, u64::MAX / 4));
            lender.deposit(&mut world, &market, 1, ALL).expect("deposit");
            // A million dollars, or all tokens.
            let atoms = |decimals: u8, price: f64, worth: f64| (worth / price * 10f64.powi(decimals.into())) as u64;
            let supplied = atoms(collateral, dollars, 1e6).clamp(1, u64::MAX / 4);
            let worth = supplied as f64 / 10f64.powi(collateral.into()) * dollars;
            user.deposit(&mut world, &market, 0, supplied).expect("deposit");
            let most = atoms(debt, debt_dollars, worth * 0.75);
            let result = user.borrow(&mut world, &market, 1, (most / 2).clamp(1, u64::MAX / 8));
            // If one atom of debt exceeds the limit, nothing can be borrowed.
            assert_eq!(result.is_ok(), most >= 2, "{collateral} {dollars} {debt} {debt_dollars}: {result:?}");
            if most < u64::MAX / 16 {
                refused(user.borrow(&mut world, &market, 1, most.saturating_add(1)), BallastError::HealthTooLow);
            }
            market.audit(&world, &[0, 0]);
        }
    }
}

#[test]
fn a_thousand_years_of_interest_stop_at_the_highest_index() {
    let mut scene = Scene::simple();
    scene.set_pool(USD, |pool| pool.ledger.borrow_rate = u64::MAX);
    scene.world.advance(1_000 * 365 * DAY);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    assert_eq!(scene.pool(USD).ledger.debt_index.get(), Ledger::MAX_INDEX.0);
    // 7,000 USD have grown to more atoms than 64 bits can hold. A part can be repaid, but not all of it, and its value
    // has no sum.
    scene.repay(USD, ONE_USD).expect("repay");
    refused(scene.repay(USD, ALL), BallastError::MathOverflow);
    scene.wait(0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::MathOverflow);
}

/// Plain sums of Anchor and core are checked in the shipped binary: a corrupted account makes it trap, not wrap.
#[test]
fn the_shipped_binary_traps_where_a_plain_sum_overflows() {
    let mut scene = Scene::simple();
    let highest_rate = |rate_bps| move |pool: &mut Pool| pool.settings.curve.points[2].rate_bps = rate_bps;
    let settings = scene.pool(SOL).settings;
    scene.set_pool(SOL, highest_rate(u32::MAX));
    let failure = scene.market.set(&mut scene.world, SOL, |changed| *changed = settings).expect_err("a trap");
    let trapped = TransactionError::InstructionError(0, InstructionError::ProgramFailedToComplete);
    assert_eq!(failure.error, trapped, "{:#?}", failure.logs);
}
