//! Nothing keeps an obligation below the hard line from being liquidated: no collateral without weight, no cash that
//! was borrowed away, no pause and no dead feed elsewhere. INV-15.

use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_core::call::Call;
use ballast_core::op::liquidate::Bid;
use ballast_core::pause::Pausable;
use ballast_core::units::Atoms;
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, Receipt, User};

/// SOL is listed to be supplied and lent only: loan-to-value and threshold are 0. 0.1 BTC (5,000 USD) carry 1.5 ETH
/// (3,000 USD), until BTC falls to 20,000: then 2,000 USD of real collateral stand against 3,000 USD. `shield` lamports
/// of SOL lie beside it.
fn underwater(shield: u64) -> Scene {
    let mut listings = listings();
    let risk = &mut listings[SOL].settings.risk;
    (risk.ltv_bps, risk.liquidation_threshold_bps) = (0, 0);
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC / 10).expect("5,000 USD");
    if shield > 0 {
        scene.deposit(SOL, shield).expect("collateral without weight");
    }
    scene.borrow(ETH, ONE_ETH + ONE_ETH / 2).expect("3,000 USD");
    scene.set_price(BTC, 20_000.0);
    scene
}

/// Liquidates into an obligation of the lender without debt.
fn take(scene: &mut Scene, collateral: usize, debt: usize) -> Result<Receipt, Failure> {
    let Scene { world, market, lender, borrower } = scene;
    let bid = Bid { max_repay: Atoms(ALL), min_seized: Atoms(0) };
    let pair = AssetPair { collateral, debt };
    let take = lender.seizure_ix(world, market, borrower.obligation, pair, bid, lender.obligation);
    world.send(&[take], &[&lender.key])
}

#[test]
fn without_a_shield_a_liquidation_recovers_two_thirds_and_books_the_loss() {
    let mut scene = underwater(0);
    scene.ripen(200);
    let event: Liquidated = scene.liquidate(BTC, ETH, ALL).expect("deep").event();
    assert!(event.repaid_atoms > 97 * ONE_ETH / 100, "1,960 of 3,000 USD: {event:?}");
    assert!(event.loss_suppliers_atoms + event.loss_fees_atoms > 0 && scene.positions().is_empty());
}

/// With 50 SOL, C = 2,000 + 5,000 and D = 3,000, so the obligation is not deep. A / (LT * B) = 1,600 / (0.8 * 3,000) < 1,
/// so seizing BTC lowers health. An accomplice borrows the cash of SOL.
#[test]
fn a_collateral_without_weight_shields_nothing_even_without_cash() {
    let mut scene = underwater(50 * ONE_SOL);
    let accomplice = User::new(&mut scene.world, &scene.market, WEALTH);
    accomplice.deposit(&mut scene.world, &scene.market, USD, 100_000_000 * ONE_USD).expect("deposit");
    let cash = scene.pool(SOL).ledger.cash_atoms;
    accomplice.borrow(&mut scene.world, &scene.market, SOL, cash).expect("all of the cash");
    scene.flag().expect("called");

    refused(scene.liquidate(SOL, ETH, ALL), BallastError::InsufficientCash);
    scene.attempt(|scene| take(scene, SOL, ETH)).expect("the shares move without cash");
    scene.world.advance_slots(749);
    refused(scene.liquidate(BTC, ETH, ALL), BallastError::PairLowersHealth);
    scene.world.advance_slots(1);
    let event: Liquidated = scene.liquidate(BTC, ETH, ALL).expect("lenders go first now").event();
    assert!(event.health_after_bps < event.health_before_bps, "{event:?}");
    assert_eq!(event.loss_fees_atoms + event.loss_suppliers_atoms, 0);
    scene.audit();
}

#[test]
fn a_pause_of_one_reserve_stops_no_liquidation_of_others() {
    let mut scene = underwater(50 * ONE_SOL);
    scene.market.pause(&mut scene.world, SOL, Pausable::Liquidate.bit(), 86_400).expect("the guardian");
    scene.flag().expect("called");
    scene.world.advance_slots(750);
    refused(scene.liquidate(SOL, ETH, ALL), BallastError::ActionPaused);
    scene.liquidate(BTC, ETH, ALL).expect("nobody has paused this pair");
    scene.audit();
}

/// With BTC at 90 % and SOL at 50 %, at a health of 0.84, INV-7 protects the better collateral for five minutes.
#[test]
fn a_collateral_can_be_seized_below_a_health_of_its_threshold() {
    let mut listings = listings();
    (listings[BTC].settings.risk.ltv_bps, listings[BTC].settings.risk.liquidation_threshold_bps) = (8_500, 9_000);
    (listings[SOL].settings.risk.ltv_bps, listings[SOL].settings.risk.liquidation_threshold_bps) = (4_000, 5_000);
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC / 10).expect("5,000 USD");
    scene.deposit(SOL, 30 * ONE_SOL).expect("3,000 USD");
    scene.borrow(ETH, 5 * ONE_ETH / 2).expect("5,000 USD");
    // 3,000 + 3,000 against 5,000: (2,700 + 1,500) / 5,000 = 0.84; solvent by a fifth.
    scene.set_price(BTC, 30_000.0);
    scene.flag().expect("called");
    refused(scene.liquidate(BTC, ETH, ALL), BallastError::PairLowersHealth);
    scene.attempt(|scene| scene.liquidate(SOL, ETH, ONE_ETH / 10)).expect("the worse one at once");
    scene.world.advance_slots(750);
    scene.liquidate(BTC, ETH, ALL).expect("the better one later");
    scene.audit();
}

/// Two feeds die, and the account of one is closed. The pair of the other two can be liquidated.
#[test]
fn dead_feeds_beside_the_pair_stop_nothing() {
    let mut scene = Scene::indebted();
    let [btc, eth] = [BTC, ETH].map(|asset| scene.market.assets[asset].feed.address);
    let (stale, closed) = (scene.world.get(&btc), solana_account::Account::default());
    scene.world.advance(30 * 86_400);
    scene.market.repeat_prices(&mut scene.world);
    scene.set_price(SOL, 40.0);
    scene.world.set(btc, stale);
    scene.world.set(eth, closed);
    scene.flag().expect("called");
    scene.liquidate(SOL, USD, ALL).expect("both prices of the pair live");
    refused(scene.liquidate(BTC, USD, ALL), BallastError::PricesApart);
    scene.audit();
}

/// A deep obligation whose average never agrees: its loss is certain ten minutes after the first record, if nobody
/// finds it otherwise meanwhile.
#[test]
fn a_loss_is_certain_after_ten_minutes_of_records() {
    let mut scene = Scene::simple();
    let feed = scene.market.assets[SOL].feed;
    let now = scene.world.now();
    let calm = ballast_testkit::pyth::Quotation::calm;
    let quotation = ballast_testkit::pyth::Quotation { ema: calm(100.0, now).ema, ..calm(60.0, now) };
    scene.world.publish(&feed, &quotation);
    scene.flag().expect("called");
    let records = |scene: &mut Scene, slots: u64| {
        for _ in 0..slots / 100 {
            scene.world.advance_slots(100);
            scene.flag().expect("still deep");
        }
    };
    records(&mut scene, Call::DEEP_SLOTS - 100);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::LossNotCertain);
    scene.attempt(|scene| {
        scene.world.advance_slots(Call::DEEP_GAP_SLOTS + 1);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::LossNotCertain);
    });
    records(&mut scene, 100);
    scene.liquidate(SOL, USD, ALL).expect("a wick does not last ten minutes");
    assert!(scene.positions().is_empty());
    scene.audit();
}
