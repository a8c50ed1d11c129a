//! Between a health of 1 and the hard line, the owner has time to cure, and the average price must agree. INV-12.

use super::{SOL_FOR_USD, preview};
use crate::scene::{ONE_SOL, ONE_USD, SOL, Scene, USD, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_core::call::Call;
use ballast_core::pause::Pausable;
use ballast_testkit::User;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;

/// The simple scene with a cure window of 8 slots: 7,000 USD of debt are healthy down to 87.50 and below the hard line
/// under 84.875.
fn at(dollars: f64) -> Scene {
    let mut scene = Scene::soft();
    scene.set_price(SOL, dollars);
    scene
}

/// The same scene, under a margin call since `slots`.
fn called(dollars: f64, slots: u64) -> Scene {
    let mut scene = at(dollars);
    scene.flag().expect("below 1");
    scene.world.advance_slots(slots);
    scene
}

/// The same, flagged again at the end of the cure window, `slots` ago.
fn opened(dollars: f64, slots: u64) -> Scene {
    let mut scene = called(dollars, 8);
    scene.flag().expect("liquidators may act");
    scene.world.advance_slots(slots);
    scene
}

fn quote(scene: &mut Scene, asset: usize, spot: f64, average: f64) {
    let Quotation { ema, ema_confidence, .. } = Quotation::calm(average, 0);
    let feed = scene.market.assets[asset].feed;
    let quotation = Quotation { ema, ema_confidence, ..Quotation::calm(spot, scene.world.now()) };
    scene.world.publish(&feed, &quotation);
}

fn bonus(mut scene: Scene) -> u64 {
    let (.., seizure) = preview(&scene, SOL_FOR_USD, ALL);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert_eq!(event.bonus_bps, seizure.bonus_bps);
    event.bonus_bps
}

/// INV-12
#[test]
fn refuses_forever_while_nobody_has_flagged() {
    let mut scene = at(86.0);
    for _ in 0..3 {
        refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
        scene.world.advance_slots(1_000);
    }
    // A warning is not a margin call.
    let mut warned = Scene::soft();
    warned.set_price(SOL, 95.0);
    warned.flag().expect("a warning");
    warned.world.advance_slots(1_000);
    warned.set_price(SOL, 86.0);
    refused(warned.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
}

/// INV-12
#[test]
fn refuses_until_the_eighth_slot_after_the_call() {
    let mut scene = called(86.0, 0);
    for _ in 0..8 {
        refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
        scene.world.advance_slots(1);
    }
    scene.liquidate(SOL, USD, ALL).expect("the eighth slot");
    scene.audit();
}

#[test]
fn refuses_again_when_the_call_has_expired() {
    let mut scene = called(86.0, Call::LIFE_SLOTS);
    scene.attempt(|scene| scene.liquidate(SOL, USD, ALL)).expect("the last slot of the call");
    scene.world.advance_slots(1);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.flag().expect("a new call");
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.world.advance_slots(8);
    scene.liquidate(SOL, USD, ALL).expect("and its eighth slot");
}

/// INV-12: a spot price that falls without its average is a wick. Below the hard line the average does not matter.
#[test]
fn refuses_a_wick_of_the_collateral_down_to_the_hard_line() {
    let mut scene = at(100.0);
    quote(&mut scene, SOL, 85.0, 100.0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.flag().expect("the spot calls");
    scene.world.advance_slots(8);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::WickGuarded);
    quote(&mut scene, SOL, 85.0, 87.51);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::WickGuarded);
    scene.attempt(|scene| {
        quote(scene, SOL, 85.0, 87.49);
        scene.liquidate(SOL, USD, ALL).expect("the average agrees");
    });
    quote(&mut scene, SOL, 84.87, 100.0);
    scene.liquidate(SOL, USD, ALL).expect("below the hard line");
    scene.audit();
}

#[test]
fn refuses_a_wick_of_the_debt() {
    let mut scene = at(100.0);
    quote(&mut scene, USD, 1.16, 1.0);
    scene.flag().expect("the spot calls");
    scene.world.advance_slots(8);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::WickGuarded);
    quote(&mut scene, USD, 1.16, 1.15);
    scene.liquidate(SOL, USD, ALL).expect("the average agrees");
}

#[test]
fn refuses_a_wick_in_a_market_without_a_cure_window_too() {
    let mut scene = Scene::simple();
    quote(&mut scene, SOL, 87.0, 100.0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::WickGuarded);
}

#[test]
fn an_average_alone_liquidates_nobody() {
    let mut scene = at(100.0);
    quote(&mut scene, SOL, 87.51, 50.0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    assert_eq!(scene.flag().expect("a warning").events::<ballast::event::MarginCalled>().len(), 0);
}

/// INV-12
#[test]
fn a_liquidation_below_the_hard_line_needs_no_call() {
    refused(at(84.88).liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    at(84.87).liquidate(SOL, USD, ALL).expect("below 0.97");
}

/// A debt above 95 % of its collateral is deep, although its health is above the hard line.
#[test]
fn a_liquidation_of_a_deep_obligation_needs_no_call() {
    let mut scene = Scene::with(&listings());
    let terms = |market: &mut ballast::state::MarketSettings| {
        (market.terms.max_bonus_bps, market.terms.cure_slots, market.terms.hard_line_bps) = (500, 8, 9_700);
    };
    scene.market.set_market(&mut scene.world, terms).expect("a change of the market");
    for (ltv, threshold) in [(8_000, 8_500), (8_500, 9_000), (9_000, 9_300)] {
        let raise = |settings: &mut ballast_core::settings::Settings| {
            (settings.risk.ltv_bps, settings.risk.liquidation_threshold_bps) = (ltv, threshold);
        };
        scene.market.set(&mut scene.world, SOL, raise).expect("a change of the reserve");
    }
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.borrow(USD, 8_900 * ONE_USD).expect("borrow");
    scene.set_price(SOL, 93.8);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.set_price(SOL, 93.6);
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("deep").event();
    assert!((9_700..10_000).contains(&event.health_before_bps), "{event:?}");
    assert!(!scene.has_debt());
    scene.audit();
}

/// INV-12: this is the purpose of the window.
#[test]
fn the_owner_cures_by_a_deposit_or_a_repayment() {
    let cures: [fn(&mut Scene); 2] = [
        |scene| drop(scene.deposit(SOL, 5 * ONE_SOL).expect("deposit")),
        |scene| drop(scene.repay(USD, 500 * ONE_USD).expect("repay")),
    ];
    for cure in cures {
        let mut scene = called(86.0, 7);
        cure(&mut scene);
        scene.world.advance_slots(1);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
        scene.audit();
    }
}

#[test]
fn a_delegate_without_any_right_cures_too() {
    let mut scene = called(86.0, 7);
    let delegate = User::new(&mut scene.world, &scene.market, 1_000 * ONE_SOL);
    let Scene { world, market, borrower, .. } = &mut scene;
    borrower.set(world, |settings| settings.delegate = delegate.address()).expect("obligation_settings");
    let acting = delegate.for_owner(borrower);
    acting.deposit(world, market, SOL, 2 * ONE_SOL).expect("deposit");
    acting.repay(world, market, USD, 100 * ONE_USD).expect("repay");
    scene.world.advance_slots(1);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    scene.audit();
}

#[test]
fn nothing_leaves_a_called_obligation() {
    let mut scene = called(86.0, 1);
    let vouchers = scene.borrower.voucher_account(&mut scene.world, &scene.market, SOL);
    refused(scene.withdraw(SOL, 1), BallastError::HealthTooLow);
    refused(scene.borrow(USD, 1), BallastError::HealthTooLow);
    let Scene { world, market, borrower, .. } = &mut scene;
    refused(borrower.voucher_mint(world, market, SOL, vouchers, 1), BallastError::HealthTooLow);
}

#[test]
fn a_partial_cure_does_not_prevent_a_liquidation() {
    let mut scene = called(86.0, 7);
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    scene.world.advance_slots(1);
    scene.liquidate(SOL, USD, ALL).expect("still below 1");
}

/// A recorded health above 1 ends the call: the next fall opens a whole window.
#[test]
fn a_call_that_was_cleared_does_not_count_at_the_next_fall() {
    let mut scene = called(86.0, 100);
    scene.set_price(SOL, 90.0);
    scene.flag().expect("above 1");
    scene.set_price(SOL, 86.0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.flag().expect("below 1");
    scene.world.advance_slots(7);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.world.advance_slots(1);
    scene.liquidate(SOL, USD, ALL).expect("its eighth slot");
}

/// The cure window costs the borrower nothing, and neither does time in which nobody has recorded its end.
#[test]
fn the_bonus_grows_with_the_slots_in_which_liquidators_could_act() {
    // 8,600 USD at 80 % are 6,880 of 7,000: 1.714 % are missing, so 10 + 85 bps, and a quarter for every slot.
    for (slots, expected) in [(0, 95), (3, 95), (4, 96), (100, 120), (1_500, 470)] {
        assert_eq!(bonus(opened(86.0, slots)), expected, "{slots} slots");
    }
    assert_eq!(bonus(called(86.0, 1_500)), 95, "no flag after the window");
}

#[test]
fn the_bonus_reaches_its_ceiling_within_an_hour() {
    let mut scene = opened(86.0, 0);
    for _ in 0..4 {
        scene.world.advance_slots(1_000);
        scene.flag().expect("renewed");
    }
    assert_eq!(bonus(scene), 1_000);
}

#[test]
fn the_bonus_below_the_hard_line_grows_only_after_a_call() {
    let uncalled = bonus(at(84.0));
    assert_eq!(bonus(called(84.0, 0)), uncalled);
    assert_eq!(bonus(called(84.0, 50)), uncalled + 12);
    let mut never = at(84.0);
    never.world.advance_slots(5_000);
    assert_eq!(bonus(never), uncalled);
    assert_eq!(bonus(called(84.0, Call::LIFE_SLOTS + 1)), uncalled, "an expired call does not count");
}

#[test]
fn restores_the_health_that_the_owner_has_chosen() {
    let mut scene = at(84.0);
    let Scene { world, borrower, .. } = &mut scene;
    borrower.set(world, |settings| settings.target_health_bps = 12_000).expect("obligation_settings");
    let event: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
    assert!((11_999..=12_000).contains(&event.health_after_bps), "{event:?}");
    scene.audit();
}

/// A deposit reads no price and keeps the call. A flag after it records the cure.
#[test]
fn a_cure_that_is_flagged_in_the_same_transaction_earns_the_next_window() {
    let mut scene = called(86.0, 7);
    let Scene { world, market, borrower, .. } = &mut scene;
    let cure = [borrower.deposit_ix(market, SOL, 5 * ONE_SOL), borrower.flag_ix(world, market, borrower.obligation)];
    world.send(&cure, &[&borrower.key]).expect("cured and cleared");
    assert_eq!(scene.obligation().call.called_at, 0);
    scene.world.advance_slots(2_000);
    scene.set_price(SOL, 83.0);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
}

/// Prices move while a feed is silent, so owners get five minutes after it comes back.
#[test]
fn after_a_halt_of_a_feed_the_hard_line_is_lower_for_five_minutes() {
    // A health of 0.96, between 0.97 and 0.94.
    let mut scene = at(84.0);
    let feed = scene.market.assets[SOL].feed.address;
    let mut account = scene.world.get(&feed);
    let silent_since = scene.world.now() - 61;
    account.data[101..109].copy_from_slice(&silent_since.to_le_bytes());
    scene.world.set(feed, account);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("records the halt");
    for secs in [1, 298] {
        scene.wait(secs);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    }
    scene.wait(1);
    scene.liquidate(SOL, USD, ALL).expect("300 seconds later");
}

#[test]
fn a_halt_does_not_protect_an_obligation_far_below_the_hard_line() {
    let mut scene = at(82.0);
    let feed = scene.market.assets[USD].feed.address;
    let mut account = scene.world.get(&feed);
    account.data[101..109].copy_from_slice(&0i64.to_le_bytes());
    scene.world.set(feed, account);
    scene.liquidate(SOL, USD, ALL).expect("a health of 0.937");
}

/// Nobody could cure in time what a pause kept from being liquidated: 8 slots are 3 seconds.
#[test]
fn the_cure_window_begins_anew_when_a_pause_of_liquidations_ends() {
    let mut scene = called(86.0, 8);
    scene.attempt(|scene| scene.liquidate(SOL, USD, ALL)).expect("the window is over");
    scene.market.pause(&mut scene.world, USD, Pausable::Liquidate.bit(), 60).expect("the guardian");
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ActionPaused);
    scene.wait(60);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.wait(2);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::CureWindowOpen);
    scene.wait(1);
    scene.liquidate(SOL, USD, ALL).expect("3 seconds after the pause");
}
