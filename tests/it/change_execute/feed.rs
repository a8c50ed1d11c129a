//! A change of the feed: the new feed must be live and plausible, and replaces the old one at once.

use super::{feed_proposal, new_feed, publish};
use crate::scene::{DAY, ETH, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ChangeExecuted;
use ballast::instructions::Proposal;
use ballast_core::price::PriceGuard;
use ballast_core::risk::Ramp;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt};

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
