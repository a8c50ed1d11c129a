//! Collateral without weight (a liquidation threshold of 0) keeps an obligation from being deep. INV-7 then forbids to
//! seize the collateral that does have weight. If the weightless one cannot be seized either (no cash, paused, frozen,
//! no buyer), nobody can liquidate anything.

use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_core::health::Health;
use ballast_core::pause::Pausable;
use ballast_testkit::User;
use ballast_testkit::user::ALL;

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

/// What should happen with a shield too: the obligation is deep and closed out, and the rest is written off.
#[test]
fn without_a_shield_a_liquidation_recovers_two_thirds_and_books_the_loss() {
    let mut scene = underwater(0);
    let event: Liquidated = scene.liquidate(BTC, ETH, ALL).expect("deep").event();
    assert!(event.repaid_atoms > 97 * ONE_ETH / 100, "1,960 of 3,000 USD: {event:?}");
    assert!(event.loss_suppliers_atoms + event.loss_fees_atoms > 0 && scene.positions().is_empty());
}

/// Today's behavior; a planned change turns it around. With 50 SOL, C = 2,000 + 5,000 and D = 3,000, so the obligation is not
/// deep. A / (LT * B) = 1,600 / (0.8 * 3,000) < 1, so nobody may seize BTC. An accomplice borrows the cash of SOL (most
/// of the interest goes to the attacker, who supplies it), so the reserve cannot pay out SOL.
#[test]
fn nobody_can_liquidate_behind_collateral_without_weight() {
    let mut scene = underwater(50 * ONE_SOL);
    let accomplice = User::new(&mut scene.world, &scene.market, WEALTH);
    accomplice.deposit(&mut scene.world, &scene.market, USD, 100_000_000 * ONE_USD).expect("deposit");
    let cash = scene.pool(SOL).ledger.cash_atoms;
    accomplice.borrow(&mut scene.world, &scene.market, SOL, cash).expect("all of the cash");

    for bid in [ONE_ETH / 1_000, ONE_ETH / 10, ALL] {
        refused(scene.liquidate(BTC, ETH, bid), BallastError::PairLowersHealth);
        refused(scene.liquidate(SOL, ETH, bid), BallastError::InsufficientCash);
    }
    // The real collateral keeps falling. The obligation never becomes deep.
    for dollars in [10_000.0, 5_000.0, 500.0] {
        scene.set_price(BTC, dollars);
        refused(scene.liquidate(BTC, ETH, ALL), BallastError::PairLowersHealth);
        refused(scene.liquidate(SOL, ETH, ALL), BallastError::InsufficientCash);
    }
    let Health { limit, debt } = scene.health();
    assert!(limit.0 * 50 < debt.0, "a health of less than 0.02, and no loss is booked");
    assert!(scene.has_debt());
    scene.audit();
}

/// Today's behavior; a planned change turns it around. No accomplice is needed: a pause of the weightless reserve also stops
/// the liquidation of a pair that nobody has paused.
#[test]
fn a_pause_of_one_reserve_stops_liquidations_of_others() {
    let mut scene = underwater(50 * ONE_SOL);
    scene.market.pause(&mut scene.world, SOL, Pausable::Liquidate.bit(), 86_400).expect("the guardian");
    refused(scene.liquidate(SOL, ETH, ALL), BallastError::ActionPaused);
    refused(scene.liquidate(BTC, ETH, ALL), BallastError::PairLowersHealth);
}

/// Today's behavior; a planned change turns it around. The shield needs only D / deep line - X, here 3,000 / 0.95 - 2,000 =
/// 1,158 USD, 11.6 SOL.
#[test]
fn a_shield_as_large_as_the_shortfall_is_enough() {
    let mut scene = underwater(11 * ONE_SOL);
    scene.liquidate(BTC, ETH, ONE_ETH / 10).expect("still deep");
    let mut scene = underwater(12 * ONE_SOL);
    refused(scene.liquidate(BTC, ETH, ONE_ETH / 10), BallastError::PairLowersHealth);
}

/// Today's behavior; a planned change turns it around. It does not need a weight of 0: nobody can seize a collateral while
/// health is below its threshold, unless the obligation is deep. With BTC at 90 % and SOL at 50 %, at a health of 0.84,
/// only the worse collateral is for sale.
#[test]
fn nobody_can_seize_the_better_collateral_below_a_health_of_its_threshold() {
    let mut listings = listings();
    (listings[BTC].settings.risk.ltv_bps, listings[BTC].settings.risk.liquidation_threshold_bps) = (8_500, 9_000);
    (listings[SOL].settings.risk.ltv_bps, listings[SOL].settings.risk.liquidation_threshold_bps) = (4_000, 5_000);
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC / 10).expect("5,000 USD");
    scene.deposit(SOL, 30 * ONE_SOL).expect("3,000 USD");
    scene.borrow(ETH, 5 * ONE_ETH / 2).expect("5,000 USD");
    // 3,000 + 3,000 against 5,000: (2,700 + 1,500) / 5,000 = 0.84; solvent by a fifth.
    scene.set_price(BTC, 30_000.0);
    refused(scene.liquidate(BTC, ETH, ALL), BallastError::PairLowersHealth);
    scene.liquidate(SOL, ETH, ONE_ETH / 10).expect("the worse one only");
}
