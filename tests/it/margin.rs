//! A moving price lowers the loan-to-value and can block new risk for a while. Ways out of a loan stay open. INV-6.

use crate::scene::{BTC, DAY, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast_core::op::refresh;
use ballast_core::risk::Weights;
use ballast_core::units::Bps;
use ballast_core::volatility::{MarginModel, Volatility};
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt};

/// Four standard deviations of an hour, and a percent of costs.
const MODEL: MarginModel = MarginModel {
    z_bps: 40_000,
    cost_bps: 100,
    stress_bps: 10_000,
    horizon_secs: 3_600,
    fast_secs: 3_600,
    slow_secs: 86_400,
    reserved: 0,
};

/// SOL has a margin model; the borrower has 100 SOL and owes 6,000 USD. The price was just marked.
fn modeled() -> Scene {
    let mut listings = listings();
    listings[SOL].settings.margin = MODEL;
    owing(Scene::with(&listings))
}

/// SOL has bands of 10 % around the average and around the last mark, the default of new reserves. The price was just
/// marked.
fn banded() -> Scene {
    let mut listings = listings();
    let guard = &mut listings[SOL].settings.guard;
    (guard.max_ema_deviation_bps, guard.max_move_bps) = (1_000, 1_000);
    owing(Scene::with(&listings))
}

fn owing(mut scene: Scene) -> Scene {
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.borrow(USD, 6_000 * ONE_USD).expect("borrow");
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("a mark");
    assert_eq!(scene.pool(SOL).volatility.marked_at, scene.world.now());
    scene
}

/// Refreshes a minute later at another price, compares with core and returns the weights.
fn minute(scene: &mut Scene, dollars: f64) -> Weights {
    scene.wait(60);
    scene.set_price(SOL, dollars);
    let mut pool = scene.pool(SOL);
    let (price, now) = (scene.market.price(&scene.world, SOL), scene.world.now());
    refresh::refresh(&mut pool, Some(&price), now).expect("core refreshes");
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("refresh");
    assert_eq!(scene.pool(SOL), pool);
    pool.weights_at(pool.volatility.haircut_bps, now)
}

/// The weights in force, with the haircut of the last mark.
fn weights(scene: &Scene) -> Weights {
    let pool = scene.pool(SOL);
    pool.weights_at(pool.volatility.haircut_bps, scene.world.now())
}

/// Lets the price jump, and confirms it a minute later. Returns the time of the confirmation.
fn jump(scene: &mut Scene, dollars: f64) -> i64 {
    let before = scene.pool(SOL).volatility;
    minute(scene, dollars);
    let Volatility { spot, unconfirmed_at, .. } = scene.pool(SOL).volatility;
    assert_eq!((spot, unconfirmed_at), (before.spot, scene.world.now()), "one print is no mark");
    minute(scene, dollars);
    assert_eq!(scene.pool(SOL).volatility.jumped_at, scene.world.now());
    scene.world.now()
}

fn quote(scene: &mut Scene, spot: f64, average: f64) {
    let now = scene.world.now();
    let Quotation { ema, ema_confidence, .. } = Quotation::calm(average, now);
    let feed = scene.market.assets[SOL].feed;
    scene.world.publish(&feed, &Quotation { ema, ema_confidence, ..Quotation::calm(spot, now) });
}

/// Panics unless every instruction that adds risk is refused.
#[track_caller]
fn takes_no_new_risk(scene: &mut Scene, refusal: BallastError) {
    refused(scene.borrow(USD, 1), refusal);
    refused(scene.withdraw(SOL, 1), refusal);
    let Scene { world, market, borrower, .. } = &mut *scene;
    let (vouchers, now) = (borrower.voucher_account(world, market, SOL), world.now());
    refused(borrower.voucher_mint(world, market, SOL, vouchers, 1), refusal);
    refused(borrower.assert_price(world, market, SOL, 0, u64::MAX, now), refusal);
}

/// Panics unless every way out of a loan is open.
#[track_caller]
fn allows_every_exit(scene: &mut Scene) {
    scene.attempt(|scene| {
        scene.deposit(SOL, ONE_SOL).expect("more of the same collateral");
        scene.repay(USD, ONE_USD).expect("a part");
        let lender = |scene: &mut Scene| scene.lender.withdraw(&mut scene.world, &scene.market, SOL, ONE_SOL);
        lender(scene).expect("without debt");
        scene.repay(USD, ALL).expect("the rest");
        scene.withdraw(SOL, ALL).expect("and everything back");
        scene.audit();
    });
}

/// Returns the largest amount below `high` that `action` accepts.
fn most(scene: &mut Scene, high: u64, action: impl Fn(&mut Scene, u64) -> Result<Receipt, Failure>) -> u64 {
    let mut passes = |amount| scene.attempt(|scene| action(scene, amount).is_ok());
    let (mut low, mut high) = (0, high);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if passes(middle) { low = middle } else { high = middle }
    }
    low
}

const CALM: [f64; 8] = [100.0, 100.02, 100.01, 100.03, 100.0, 99.99, 100.01, 100.0];
const VIOLENT: [f64; 8] = [103.0, 99.0, 104.0, 98.0, 102.0, 97.0, 101.0, 100.0];

#[test]
fn a_calm_price_leaves_the_parameters_as_they_are() {
    let mut scene = modeled();
    for dollars in CALM.repeat(4) {
        let weights = minute(&mut scene, dollars);
        assert_eq!((weights.loan_to_value, weights.liquidation_threshold), (Bps(7_500), Bps(8_000)));
    }
}

/// A quarter of the stress always counts: 25 % a year are 0.267 % an hour. The haircut is four times that plus the
/// costs, rounded up.
#[test]
fn a_price_that_stands_still_is_not_treated_as_safe() {
    let mut scene = modeled();
    minute(&mut scene, 100.0);
    assert_eq!(scene.pool(SOL).volatility.haircut_bps, 107 + 100);
}

#[test]
fn a_violent_price_lowers_the_loan_to_value_at_once_and_the_threshold_never() {
    let mut scene = modeled();
    for dollars in CALM {
        minute(&mut scene, dollars);
    }
    let mut seen = Vec::new();
    for dollars in VIOLENT {
        let weights = minute(&mut scene, dollars);
        let haircut = scene.pool(SOL).volatility.haircut_bps;
        assert_eq!(weights.loan_to_value.get(), 7_500.min(8_000 - haircut));
        assert_eq!((weights.liquidation_threshold, weights.borrow_factor), (Bps(8_000), Bps(10_000)));
        seen.push(weights.loan_to_value.get());
    }
    assert!(seen[0] < 7_000, "after the first minute: {seen:?}");
    // The last minute is calm.
    assert!(seen[..7].windows(2).all(|pair| pair[1] < pair[0]), "{seen:?}");
}

/// INV-5: the largest loan is what core's weights say, less at most two atoms of rounding.
#[test]
fn new_loans_are_margined_by_the_volatility() {
    for violent in [0, 1, 3] {
        let mut scene = modeled();
        scene.repay(USD, ALL).expect("repay");
        for dollars in VIOLENT.into_iter().take(violent) {
            minute(&mut scene, dollars);
        }
        let weights = minute(&mut scene, 100.0);
        let lent = most(&mut scene, 8_000 * ONE_USD, |scene, amount| scene.borrow(USD, amount));
        let part = f64::from(weights.loan_to_value.0) / 10_000.0;
        let collateral = scene.pool(SOL).ledger;
        let held = scene.positions().collateral(&scene.pool(SOL).id);
        let sol = collateral.supply_atoms_floor(held).expect("a worth").0 as f64 / ONE_SOL as f64;
        let expected = sol * 100.0 * part * 0.9998 / 1.0002 * ONE_USD as f64;
        assert!((lent as f64 - expected).abs() < 3.0, "{lent} of {expected} at {weights:?}");
    }
}

#[test]
fn existing_loans_keep_their_health() {
    let mut scene = modeled();
    let mut plain = owing(Scene::new());
    for dollars in VIOLENT {
        minute(&mut scene, dollars);
        plain.wait(60);
        plain.set_price(SOL, dollars);
        plain.market.refresh(&mut plain.world, SOL).expect("refresh");
        assert_eq!(scene.health(), plain.health(), "maintenance does not use volatility");
        refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    }
    takes_no_new_risk_below_the_margin(&mut scene);
    allows_every_exit(&mut scene);
}

#[track_caller]
fn takes_no_new_risk_below_the_margin(scene: &mut Scene) {
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    refused(scene.withdraw(SOL, 1), BallastError::HealthTooLow);
}

#[test]
fn the_loan_to_value_comes_back_as_the_market_calms_down() {
    let mut scene = modeled();
    for dollars in VIOLENT {
        minute(&mut scene, dollars);
    }
    let mut before = weights(&scene).loan_to_value.get();
    let violent = before;
    for _ in 0..48 {
        scene.wait(3_600 - 60);
        let after = minute(&mut scene, 100.0).loan_to_value.get();
        assert!(after >= before, "{before} became {after}");
        before = after;
    }
    assert!(before > violent + 1_000, "{violent} became {before} in two days");
}

/// Marks are at least a minute apart: frequent refreshes neither lower nor raise the volatility.
#[test]
fn frequent_refreshes_do_not_count() {
    let mut scene = modeled();
    minute(&mut scene, 103.0);
    let before = scene.pool(SOL).volatility;
    for second in 1..60 {
        scene.wait(1);
        scene.set_price(SOL, if second % 2 == 0 { 103.0 } else { 98.0 });
        scene.market.refresh_with_price(&mut scene.world, SOL).expect("refresh");
    }
    assert_eq!(scene.pool(SOL).volatility, before);
    scene.wait(1);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("refresh");
    assert_eq!(scene.pool(SOL).volatility.marked_at, scene.world.now());
}

/// INV-6
#[test]
fn a_spot_off_its_average_takes_no_new_risk() {
    for (spot, average) in [(100.0, 90.9), (100.0, 111.2)] {
        let mut scene = banded();
        quote(&mut scene, spot, average);
        takes_no_new_risk(&mut scene, BallastError::PriceOffAverage);
        allows_every_exit(&mut scene);
        quote(&mut scene, spot, 100.0);
        scene.borrow(USD, 1).expect("they agree again");
    }
    let mut scene = banded();
    quote(&mut scene, 110.0, 100.0);
    scene.borrow(USD, 1).expect("ten percent are allowed");
}

/// INV-6
#[test]
fn a_price_beyond_the_band_around_the_mark_takes_no_new_risk() {
    let mut scene = banded();
    for within in [110.0, 90.0] {
        scene.set_price(SOL, within);
        scene.borrow(USD, 1).expect("ten percent are allowed");
    }
    for beyond in [110.000_001, 89.999_999, 200.0] {
        scene.set_price(SOL, beyond);
        takes_no_new_risk(&mut scene, BallastError::PriceJumped);
        allows_every_exit(&mut scene);
    }
    scene.set_price(SOL, 100.0);
    scene.borrow(USD, 1).expect("nobody has marked the wick");
}

/// INV-6: after a marked jump, new risk waits ten minutes at any price.
#[test]
fn a_marked_jump_cools_off_for_ten_minutes() {
    let mut scene = banded();
    let jumped = jump(&mut scene, 120.0);
    for _ in 0..9 {
        takes_no_new_risk(&mut scene, BallastError::PriceJumped);
        allows_every_exit(&mut scene);
        minute(&mut scene, 120.0);
    }
    scene.wait(59);
    refused(scene.borrow(USD, 1), BallastError::PriceJumped);
    scene.wait(1);
    scene.borrow(USD, 1).expect("ten minutes after the jump");
    assert_eq!(scene.pool(SOL).volatility.jumped_at, jumped, "around the new mark nothing has jumped");
}

#[test]
fn a_second_jump_begins_the_ten_minutes_anew() {
    let mut scene = banded();
    jump(&mut scene, 120.0);
    scene.wait(400);
    jump(&mut scene, 100.0);
    scene.wait(540);
    refused(scene.borrow(USD, 1), BallastError::PriceJumped);
    scene.wait(60);
    scene.borrow(USD, 1).expect("ten minutes after the second");
}

/// A mark older than an hour says nothing about the speed of a price.
#[test]
fn an_old_mark_sets_no_band() {
    let mut scene = banded();
    scene.wait(3_600);
    scene.set_price(SOL, 120.0);
    refused(scene.borrow(USD, 1), BallastError::PriceJumped);
    scene.wait(1);
    scene.borrow(USD, 1).expect("the mark is too old for a band");
}

#[test]
fn a_debtors_new_collateral_waits_for_a_confirmed_price() {
    let mut listings = listings();
    listings[BTC].settings.guard.max_move_bps = 1_000;
    let mut scene = owing(Scene::with(&listings));
    scene.market.refresh_with_price(&mut scene.world, BTC).expect("a mark");
    scene.set_price(BTC, 60_000.0);
    refused(scene.deposit(BTC, ONE_BTC), BallastError::PriceUnconfirmed);
    scene.attempt(|scene| {
        scene.set_price(BTC, 54_000.0);
        scene.deposit(BTC, ONE_BTC).expect("within the band");
    });
    scene.market.refresh_with_price(&mut scene.world, BTC).expect("records the jump");
    scene.wait(30);
    scene.deposit(BTC, ONE_BTC).expect("the price has stood for half a minute");
    refused(scene.withdraw(BTC, 1), BallastError::PriceJumped);
}

/// One print beyond the band liquidates nobody. One that stands for half a minute does: the more a price falls, the
/// more liquidations are needed.
#[test]
fn a_jump_liquidates_once_it_is_confirmed() {
    let mut scene = banded();
    scene.set_price(SOL, 72.0);
    let wick = |scene: &mut Scene| {
        refused(scene.borrow(USD, 1), BallastError::PriceJumped);
        refused(scene.flag(), BallastError::NothingToFlag);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::PriceUnconfirmed);
    };
    wick(&mut scene);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("records the jump");
    scene.wait(29);
    wick(&mut scene);
    scene.attempt(|scene| {
        scene.set_price(SOL, 95.0);
        scene.market.refresh_with_price(&mut scene.world, SOL).expect("back inside");
        scene.wait(1);
        scene.set_price(SOL, 72.0);
        wick(scene);
    });
    scene.wait(1);
    scene.flag().expect("flag");
    scene.liquidate(SOL, USD, 100 * ONE_USD).expect("half a minute later, which marks it");
    assert_eq!(scene.pool(SOL).volatility.jumped_at, scene.world.now());
    scene.wait(60);
    quote(&mut scene, 66.0, 74.0);
    refused(scene.borrow(USD, 1), BallastError::PriceOffAverage);
    scene.liquidate(SOL, USD, ALL).expect("during the cool-off and off the average");
    scene.audit();
}

/// INV-6: after a price was used, older prices are refused. A refresh uses the price.
#[test]
fn a_replayed_price_is_refused_everywhere() {
    let mut scene = banded();
    let (feed, used) = (scene.market.assets[SOL].feed, scene.world.now());
    scene.world.publish(&feed, &Quotation::calm(70.0, used - 1));
    refused(scene.market.refresh_with_price(&mut scene.world, SOL), BallastError::PriceReplayed);
    takes_no_new_risk(&mut scene, BallastError::PriceReplayed);
    // The mark of 100 counts instead, at which nothing is wrong.
    refused(scene.flag(), BallastError::NothingToFlag);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::PriceReplayed);
    scene.market.refresh(&mut scene.world, SOL).expect("without a price");
    allows_every_exit(&mut scene);
    scene.world.publish(&feed, &Quotation::calm(100.0, used));
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("the same again");
}

/// The chain's clock is an estimate and may step back. Then nothing accrues and nothing is marked. Prices stay usable
/// until they are more than a minute ahead.
#[test]
fn a_clock_that_steps_back_changes_nothing() {
    let mut scene = banded();
    let now = scene.world.now();
    for asset in [SOL, USD] {
        scene.market.refresh_with_price(&mut scene.world, asset).expect("refresh");
    }
    let before = [SOL, USD].map(|asset| scene.pool(asset));
    scene.world.set_time(now - 60);
    for asset in [SOL, USD] {
        scene.market.refresh_with_price(&mut scene.world, asset).expect("refresh");
    }
    assert_eq!([SOL, USD].map(|asset| scene.pool(asset)), before);
    scene.attempt(|scene| scene.borrow(USD, 1)).expect("a minute ahead");
    scene.world.set_time(now - 61);
    takes_no_new_risk(&mut scene, BallastError::PriceFromFuture);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("a price up to a day ahead");
    allows_every_exit(&mut scene);
    scene.world.set_time(now - DAY - 1);
    refused(scene.market.refresh_with_price(&mut scene.world, SOL), BallastError::PriceFromFuture);
    allows_every_exit(&mut scene);
    scene.world.set_time(now);
    scene.borrow(USD, 1).expect("the clock is back");
    scene.audit();
}
