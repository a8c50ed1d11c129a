//! change_execute: applies a proposed change once, after its notice and before it expires.

use crate::interface::account_of;
use crate::scene::{DAY, ETH, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ChangeExecuted;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::notice::ChangeNotice;
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::refresh::refresh;
use ballast_core::price::PriceGuard;
use ballast_core::risk::Ramp;
use ballast_core::settings::Settings;
use ballast_testkit::market::default_terms;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::user::ALL;
use ballast_testkit::{ChangeTarget, Failure, Market, Receipt};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A feed that no asset has.
fn new_feed() -> PythFeed {
    PythFeed::new([9; 32])
}

fn feed_proposal() -> Proposal {
    Proposal::Feed { feed: PriceFeed { feed_id: new_feed().id, shard: 0, receiver: 0 } }
}

fn settings_proposal(scene: &Scene, asset: usize) -> Proposal {
    Proposal::Settings { settings: scene.market.settings(&scene.world, asset), ramp_secs: Ramp::MIN_SECS }
}

fn market_proposal(scene: &Scene) -> Proposal {
    Proposal::Market { market: scene.market.state(&scene.world).market }
}

/// Publishes a current price of the new feed.
fn publish(scene: &mut Scene, dollars: f64) {
    scene.world.publish(&new_feed(), &Quotation::calm(dollars, scene.world.now()));
}

/// One change of each kind, all waiting for a day: 0 for SOL, 1 for USD, 2 for the market; with the arguments of its
/// execution.
fn waiting() -> (Scene, [(ChangeTarget, u64, Option<Address>); 3]) {
    let mut scene = Scene::established();
    let (sol, usd) = (scene.market.target(SOL), scene.market.target(USD));
    let proposals = [
        (sol, settings_proposal(&scene, SOL)),
        (usd, feed_proposal()),
        (ChangeTarget::Market, market_proposal(&scene)),
    ];
    for (number, (target, proposal)) in (0..).zip(proposals) {
        scene.market.propose(&mut scene.world, target, number, proposal).expect("change_propose");
    }
    (scene, [(sol, 0, None), (usd, 1, Some(new_feed().address)), (ChangeTarget::Market, 2, None)])
}

fn execute(scene: &mut Scene, change: &(ChangeTarget, u64, Option<Address>)) -> Result<Receipt, Failure> {
    publish(scene, 1.0);
    let (target, number, price) = change;
    scene.market.execute(&mut scene.world, *target, *number, *price)
}

#[test]
fn refuses_anyone_but_the_authority() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.guardian, &scene.market.fee_receiver, &scene.lender.key, &foreign.authority];
    for other in others.map(Keypair::insecure_clone) {
        for (target, number, price) in &changes {
            let mut execute = scene.market.execute_ix(*target, *number, *price);
            account_of(&mut execute, "authority").pubkey = other.pubkey();
            refused(scene.world.send(&[execute], &[&other]), BallastError::NotAuthority);
        }
    }
}

/// Every change is tried on every target but its own.
#[test]
fn refuses_a_change_of_another_target() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    for (own, number, price) in &changes {
        for (other, ..) in &changes {
            if other != own {
                refused(execute(&mut scene, &(*other, *number, *price)), BallastError::WrongChange);
            }
        }
    }
}

/// INV-11: not a second before the notice ends.
#[test]
fn refuses_until_the_second_in_which_the_notice_ends() {
    let (mut scene, changes) = waiting();
    for secs in [0, DAY - 1] {
        scene.wait(secs);
        for change in &changes {
            refused(execute(&mut scene, change), BallastError::ChangeTooEarly);
        }
    }
    scene.wait(1);
    for change in &changes {
        execute(&mut scene, change).expect("the exact second");
    }
}

/// INV-11: a change that nobody executes expires.
#[test]
fn refuses_a_change_left_for_fourteen_days() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY + ChangeNotice::LIFE_SECS);
    for change in &changes {
        scene.attempt(|scene| execute(scene, change).expect("the last second"));
    }
    scene.wait(1);
    for change in &changes {
        refused(execute(&mut scene, change), BallastError::ChangeObsolete);
    }
}

/// INV-11: of two changes of one target only one can be executed, of any kinds.
#[test]
fn refuses_a_change_after_another_of_the_same_target() {
    let (mut scene, changes) = waiting();
    let [sol, usd, market] = &changes;
    let rivals = [
        (sol, settings_proposal(&scene, SOL), None),
        (usd, settings_proposal(&scene, USD), None),
        (usd, feed_proposal(), Some(new_feed().address)),
        (market, market_proposal(&scene), None),
    ];
    for (change, proposal, price) in rivals {
        scene.attempt(|scene| {
            let rival = (change.0, 9, price);
            scene.market.propose(&mut scene.world, rival.0, rival.1, proposal).expect("change_propose");
            scene.wait(DAY);
            execute(scene, &rival).expect("the rival");
            refused(execute(scene, change), BallastError::ChangeObsolete);
            for other in changes.iter().filter(|other| other.1 != change.1) {
                execute(scene, other).expect("a change of another target");
            }
        });
    }
}

#[test]
fn returns_the_rent_to_the_authority_and_cannot_run_twice() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    publish(&mut scene, 1.0);
    for (target, number, price) in &changes {
        let address = ballast::seeds::change_address(&scene.market.config, *number);
        let authority = scene.market.authority.insecure_clone();
        let (rent, before) = (scene.world.get(&address).lamports, scene.world.get(&authority.pubkey()).lamports);
        let execute = scene.market.execute_ix(*target, *number, *price);
        // The lender pays the fee.
        scene.world.send(std::slice::from_ref(&execute), &[&scene.lender.key, &authority]).expect("change_execute");
        assert_eq!(scene.world.get(&authority.pubkey()).lamports, before + rent);
        assert_eq!(scene.world.get(&address), Account::default());
        scene.world.send(&[execute], &[&authority]).expect_err("there is no such change");
    }
}

/// INV-11: a change to a shorter delay waits for the old delay itself.
#[test]
fn a_shorter_delay_waits_for_the_old_one_and_applies_to_later_proposals_only() {
    let mut scene = Scene::established();
    let settings: MarketSettings = scene.market.state(&scene.world).market;
    let market = MarketSettings { change_delay_secs: 3_600, ..settings };
    scene
        .market
        .propose(&mut scene.world, ChangeTarget::Market, 1, Proposal::Market { market })
        .expect("change_propose");
    scene.wait(3_600);
    refused(scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::ChangeTooEarly);
    let (sol, proposal) = (scene.market.target(SOL), settings_proposal(&scene, SOL));
    scene.market.propose(&mut scene.world, sol, 2, proposal).expect("change_propose");
    scene.wait(DAY - 3_600);
    scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None).expect("change_execute");
    refused(scene.market.execute(&mut scene.world, sol, 2, None), BallastError::ChangeTooEarly);
    scene.market.propose(&mut scene.world, sol, 3, proposal).expect("change_propose");
    assert_eq!(scene.market.change(&scene.world, 3).executable_at, scene.world.now() + 3_600);
}

/// Interest over the notice accrues at the old rate, exactly as core computes it, with and without a refresh in
/// between.
#[test]
fn a_change_of_the_rate_accrues_at_the_old_rate_first() {
    let mut scene = Scene::established();
    let points = [(0, 500), (10_000, 7_000)];
    let points = points.map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
    let old = scene.market.settings(&scene.world, USD);
    let settings = Settings { curve: Curve::new(&points).expect("a curve"), ..old };
    let (usd, proposal) = (scene.market.target(USD), Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS });
    scene.market.propose(&mut scene.world, usd, 1, proposal).expect("change_propose");
    scene.wait(3 * DAY);
    let now = scene.world.now();
    let (mut expected, mut accrued) = (scene.pool(USD), scene.pool(USD));
    refresh(&mut accrued, None, now).expect("core accrues");
    change_execute(&mut expected, &settings, Ramp::MIN_SECS, &default_terms(), now).expect("core changes it");

    let refreshed = scene.attempt(|scene| {
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        scene.market.execute(&mut scene.world, usd, 1, None).expect("change_execute");
        scene.pool(USD)
    });
    scene.market.execute(&mut scene.world, usd, 1, None).expect("change_execute");

    let after = scene.pool(USD);
    assert_eq!((after, refreshed), (expected, expected));
    let (before, indices) = (accrued.ledger, after.ledger);
    assert_eq!((indices.debt_index, indices.supply_index), (before.debt_index, before.supply_index));
    assert!(indices.borrow_rate > before.borrow_rate, "the new rate applies from now on");
    scene.audit();
}

/// Executes the change of SOL's feed.
fn replace(scene: &mut Scene, price: Option<Address>) -> Result<Receipt, Failure> {
    let sol = scene.market.target(SOL);
    scene.market.execute(&mut scene.world, sol, 1, price)
}

/// A change of SOL's feed that is due. SOL was just marked at 100 USD.
fn due() -> Scene {
    let mut scene = Scene::established();
    let sol = scene.market.target(SOL);
    scene.market.propose(&mut scene.world, sol, 1, feed_proposal()).expect("change_propose");
    scene.wait(DAY);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("refresh");
    scene
}

#[test]
fn refuses_a_new_feed_without_a_usable_price() {
    let mut scene = due();
    let feed = new_feed();
    refused(replace(&mut scene, Some(feed.address)), BallastError::OracleWrongOwner);
    let calm = Quotation::calm(100.0, scene.world.now());
    let dead = [
        (Quotation { publish_time: calm.publish_time - 61, ..calm }, BallastError::PriceStale),
        (Quotation { publish_time: calm.publish_time + 61, ..calm }, BallastError::PriceFromFuture),
        (Quotation { spot: 0, ..calm }, BallastError::PriceNotPositive),
        (Quotation { exponent: 1, ..calm }, BallastError::PriceExponent),
        (Quotation { confidence: 200_000_000, ..calm }, BallastError::PriceUncertain),
    ];
    for (price, refusal) in dead {
        scene.world.publish(&feed, &price);
        refused(replace(&mut scene, Some(feed.address)), refusal);
    }
}

#[test]
fn refuses_a_missing_price_account_and_that_of_another_feed() {
    let mut scene = due();
    publish(&mut scene, 100.0);
    let (old, other) = (scene.market.assets[SOL].feed.address, scene.market.assets[USD].feed.address);
    for foreign in [old, other] {
        refused(replace(&mut scene, Some(foreign)), BallastError::OracleWrongAddress);
    }
    refused(replace(&mut scene, None), BallastError::PriceRequired);
}

/// Another feed's price stands at the new feed's address. Pyth's oracle would never write it there.
#[test]
fn refuses_a_price_with_the_id_of_another_feed() {
    let mut scene = due();
    let (new, old) = (new_feed(), scene.market.assets[SOL].feed);
    let account = scene.world.get(&old.address);
    scene.world.set(new.address, account);
    refused(replace(&mut scene, Some(new.address)), BallastError::OracleWrongFeed);
}

/// This catches a wrong asset or a wrong unit before anybody borrows against it.
#[test]
fn refuses_a_price_more_than_a_fifth_off_the_last_mark() {
    for dollars in [79.99, 120.01, 79.0, 121.0, 1.0, 10_000.0] {
        let mut scene = due();
        publish(&mut scene, dollars);
        refused(replace(&mut scene, Some(new_feed().address)), BallastError::FeedImplausible);
    }
    for dollars in [80.0, 100.0, 120.0] {
        let mut scene = due();
        publish(&mut scene, dollars);
        replace(&mut scene, Some(new_feed().address)).expect("plausible");
    }
}

/// A dead feed can be replaced after any price move: with every day, its last price says less about the new one.
#[test]
fn a_new_feed_may_differ_by_another_fifth_for_every_day_since_the_mark() {
    let mut scene = due();
    for (secs, dollars, expected) in [(DAY, 120.01, false), (1, 120.01, true), (0, 140.01, false), (DAY, 140.01, true)]
    {
        scene.wait(secs);
        publish(&mut scene, dollars);
        let result = scene.attempt(|scene| replace(scene, Some(new_feed().address)));
        if expected { drop(result.expect("old enough")) } else { refused(result, BallastError::FeedImplausible) }
    }
}

/// No instruction that writes this reserve has priced it since its listing, so the listing must set the mark.
#[test]
fn the_first_mark_is_the_price_at_the_listing() {
    let mut scene = Scene::established();
    let eth = scene.market.target(ETH);
    let volatility = scene.pool(ETH).volatility;
    assert!(volatility.spot > 0 && volatility.marked_at > 0);
    scene.lender.deposit(&mut scene.world, &scene.market, ETH, 1_000).expect("deposit");
    scene.market.propose(&mut scene.world, eth, 1, feed_proposal()).expect("change_propose");
    scene.wait(DAY);
    publish(&mut scene, 1.0);
    refused(scene.market.execute(&mut scene.world, eth, 1, Some(new_feed().address)), BallastError::FeedImplausible);
}

/// The same price in another unit is the same price.
#[test]
fn a_new_feed_may_have_another_exponent() {
    let mut scene = due();
    let now = scene.world.now();
    let price =
        Quotation { spot: 10_000, confidence: 0, ema: 10_000, ema_confidence: 0, exponent: -2, publish_time: now };
    scene.world.publish(&new_feed(), &price);
    replace(&mut scene, Some(new_feed().address)).expect("change_execute");
    scene.market.assets[SOL].feed = new_feed();
    scene.borrow(USD, ONE_USD).expect("borrow");
}

#[test]
fn a_new_feed_replaces_the_old_one_at_once_and_health_stays() {
    let mut scene = due();
    publish(&mut scene, 100.0);
    let (before, health) = (scene.pool(SOL), scene.health());

    let event: ChangeExecuted = replace(&mut scene, Some(new_feed().address)).expect("change_execute").event();

    assert_eq!((event.target, event.kind), (scene.market.assets[SOL].reserve, 1));
    let (after, now) = (scene.market.reserve(&scene.world, SOL), scene.world.now());
    assert_eq!((after.source.account, after.source.feed_id), (new_feed().address, new_feed().id));
    assert_eq!((after.pool.epoch, after.pool.newest_publish_time), (before.epoch + 1, now));
    assert_eq!((after.pool.settings, after.pool.ledger), (before.settings, before.ledger));
    refused(scene.borrow(USD, ONE_USD), BallastError::OracleWrongAddress);
    scene.market.assets[SOL].feed = new_feed();
    assert_eq!(scene.health(), health);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    scene.borrow(USD, ONE_USD).expect("borrow");
    // An older price of the new feed is refused too.
    scene.world.publish(&new_feed(), &Quotation::calm(100.0, now - 1));
    refused(scene.borrow(USD, ONE_USD), BallastError::PriceReplayed);
}

#[test]
fn a_market_without_a_delay_changes_a_reserve_at_once() {
    let mut scene = Scene::simple();
    let before = scene.pool(SOL);
    let receipt = scene.market.set(&mut scene.world, SOL, |settings| settings.risk.ltv_bps = 7_000);
    let event: ChangeExecuted = receipt.expect("a change").event();
    assert_eq!((event.target, event.kind), (scene.market.assets[SOL].reserve, 0));
    let after = scene.pool(SOL);
    assert_eq!((after.settings.risk.ltv_bps, after.epoch), (7_000, before.epoch + 1));
    assert_eq!((after.opened_at, after.ramp), (before.opened_at, Ramp::default()));
    assert_eq!(scene.world.get(&event.change), Account::default(), "its rent was returned");
    scene.audit();
}

#[test]
fn a_market_changes_its_own_settings_at_once_until_it_has_a_delay() {
    let mut scene = Scene::new();
    let receipt = scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 3_600);
    let event: ChangeExecuted = receipt.expect("a change").event();
    assert_eq!((event.target, event.kind), (scene.market.config, 2));
    let config = scene.market.state(&scene.world);
    assert_eq!((config.market.change_delay_secs, config.epoch), (3_600, 1));
    let again = scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = 8);
    refused(again, BallastError::ChangeTooEarly);
    let back = scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 0);
    refused(back, BallastError::InvalidDelay);
}

#[test]
fn a_change_waits_for_its_delay() {
    let mut scene = Scene::new();
    scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 3_600).expect("a change");
    let mut market = scene.market.state(&scene.world).market;
    market.terms.cure_slots = 8;
    scene
        .market
        .propose(&mut scene.world, ChangeTarget::Market, 1, Proposal::Market { market })
        .expect("change_propose");
    assert_eq!(scene.market.change(&scene.world, 1).executable_at, scene.world.now() + 3_600);
    scene.wait(3_599);
    refused(scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::ChangeTooEarly);
    scene.wait(1);
    scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None).expect("change_execute");
    assert_eq!(scene.market.state(&scene.world).market.terms.cure_slots, 8);
}

/// No allowed age limit is too short for refreshes. Otherwise a live feed could be replaced like a dead one. Anyone who
/// refreshes every day keeps the mark young, so a new feed can move the price by a fifth at most (INV-11).
#[test]
fn the_mark_of_a_live_feed_can_be_kept_young_under_any_settings() {
    let mut scene = Scene::established();
    let sol = scene.market.target(SOL);
    let mut settings = scene.market.settings(&scene.world, SOL);
    settings.guard.max_age_new_risk_secs = 1;
    settings.guard.max_age_liquidation_secs = PriceGuard::MIN_LIQUIDATION_AGE_SECS - 1;
    let shorter = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    refused(scene.market.propose(&mut scene.world, sol, 1, shorter), BallastError::InvalidPriceGuard);
    settings.guard.max_age_liquidation_secs += 1;
    let shortest = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    scene.market.propose(&mut scene.world, sol, 1, shortest).expect("change_propose");
    scene.wait(DAY);
    scene.market.execute(&mut scene.world, sol, 1, None).expect("change_execute");
    scene.market.propose(&mut scene.world, sol, 2, feed_proposal()).expect("change_propose");
    for _ in 0..4 {
        scene.wait(DAY - 30);
        scene.world.advance(30);
        scene.market.refresh_with_price(&mut scene.world, SOL).expect("a price that was published half a minute ago");
    }
    publish(&mut scene, 79.99);
    let replaced = scene.market.execute(&mut scene.world, sol, 2, Some(new_feed().address));
    refused(replaced, BallastError::FeedImplausible);
}
