//! Every reason to refuse a price, tried on every instruction that reads one and on every account in which it can
//! stand.

use crate::scene::{BTC, DAY, ETH, ONE_SOL, SOL, Scene, USD, WEALTH};
use crate::verdict::refused;
use ballast::error::BallastError::{self, *};
use ballast::oracle::RECEIVERS;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, ListedAsset, Listing, Receipt};
use solana_account::Account;

/// An instruction, and the asset whose price account is spoiled for it.
#[derive(Clone, Copy, Debug)]
struct Reading {
    instruction: fn(&mut Scene) -> Result<Receipt, Failure>,
    name: &'static str,
    asset: usize,
}

/// The obligation has SOL and BTC and owes USD and ETH, so every instruction reads all four prices: those of its named
/// reserves and those among the remaining accounts.
fn readings(new_risk: bool) -> Vec<Reading> {
    let withdraw: fn(&mut Scene) -> _ = |scene| scene.withdraw(SOL, ONE_SOL);
    let borrow: fn(&mut Scene) -> _ = |scene| scene.borrow(USD, 1);
    let liquidate: fn(&mut Scene) -> _ = |scene| scene.liquidate(SOL, USD, ALL);
    let instructions =
        if new_risk { vec![("withdraw", withdraw), ("borrow", borrow)] } else { vec![("liquidate", liquidate)] };
    let readings = instructions
        .into_iter()
        .flat_map(|(name, instruction)| [SOL, USD, BTC, ETH].map(|asset| Reading { instruction, name, asset }));
    readings.collect()
}

/// Healthy for new risk. For a liquidation SOL falls to 30 USD, which leaves 8,000 USD against 7,000.
fn scene(reading: &Reading) -> Scene {
    let mut scene = Scene::indebted();
    if reading.name == "liquidate" {
        scene.set_price(SOL, 30.0);
    }
    scene
}

impl Reading {
    fn run(&self, scene: &mut Scene) -> Result<Receipt, Failure> {
        (self.instruction)(scene)
    }

    fn feed(&self, scene: &Scene) -> PythFeed {
        scene.market.assets[self.asset].feed
    }

    /// Changes the price account's bytes.
    fn spoil(&self, scene: &mut Scene, change: impl FnOnce(&mut Account)) {
        let address = self.feed(scene).address;
        let mut account = scene.world.get(&address);
        change(&mut account);
        scene.world.set(address, account);
    }

    /// Changes the published price.
    fn requote(&self, scene: &mut Scene, change: impl FnOnce(&mut Quotation)) {
        let raw = scene.market.price(&scene.world, self.asset);
        let mut price = Quotation {
            spot: raw.spot,
            confidence: raw.confidence,
            ema: raw.ema,
            ema_confidence: raw.ema_confidence,
            exponent: raw.exponent,
            publish_time: raw.publish_time,
        };
        change(&mut price);
        scene.world.publish(&self.feed(scene), &price);
    }

    #[track_caller]
    fn refuses(&self, change: impl FnOnce(&mut Quotation), expected: BallastError) {
        let mut scene = scene(self);
        self.run(&mut scene.clone()).unwrap_or_else(|failure| panic!("{self:?} succeeds as it is: {failure:#?}"));
        self.requote(&mut scene, change);
        refused(self.run(&mut scene), expected);
    }

    #[track_caller]
    fn accepts(&self, change: impl FnOnce(&mut Quotation)) {
        let mut scene = scene(self);
        self.requote(&mut scene, change);
        self.run(&mut scene).unwrap_or_else(|failure| panic!("{self:?} accepts the price: {failure:#?}"));
    }
}

/// Every reading that needs a price. A liquidation needs those of its pair.
fn everywhere() -> Vec<Reading> {
    [readings(true), of_pair()].concat()
}

fn of_pair() -> Vec<Reading> {
    readings(false).into_iter().filter(|reading| [SOL, USD].contains(&reading.asset)).collect()
}

/// The positions that a liquidation leaves alone.
fn beside_pair() -> Vec<Reading> {
    readings(false).into_iter().filter(|reading| [BTC, ETH].contains(&reading.asset)).collect()
}

/// A feed that dies must not protect an obligation: the mark counts, or the price at a discount.
#[test]
fn a_liquidation_takes_any_price_beside_its_pair() {
    for reading in beside_pair() {
        for (spoil, _) in spoilers() {
            let mut scene = scene(&reading);
            reading.spoil(&mut scene, spoil);
            reading.run(&mut scene).unwrap_or_else(|failure| panic!("{reading:?}: {failure:#?}"));
        }
        reading.accepts(|price| price.spot = 0);
        reading.accepts(|price| price.ema = i64::MIN);
        reading.accepts(|price| price.exponent = 1);
        reading.accepts(|price| price.publish_time -= 400 * DAY);
        reading.accepts(|price| price.publish_time = i64::MAX);
    }
}

/// A way to spoil a price account, and the expected error.
type Spoiler = (fn(&mut Account), BallastError);

fn spoilers() -> [Spoiler; 8] {
    [
        (|account| *account = Account::default(), OracleWrongOwner),
        (|account| account.owner = RECEIVERS[1].owner, OracleWrongOwner),
        (|account| account.owner = ballast::ID, OracleWrongOwner),
        (|account| account.data.truncate(132), OracleWrongAccount),
        (|account| account.data.clear(), OracleWrongAccount),
        (|account| account.data[7] ^= 0x80, OracleWrongAccount),
        // Tag 0: partially verified; the number of signatures follows.
        (|account| account.data[40] = 0, OracleNotFullyVerified),
        (|account| account.data[72] ^= 1, OracleWrongFeed),
    ]
}

#[test]
fn every_reader_refuses_an_account_that_is_not_the_feeds() {
    for reading in everywhere() {
        for (spoil, expected) in spoilers() {
            let mut scene = scene(&reading);
            reading.spoil(&mut scene, spoil);
            refused(reading.run(&mut scene), expected);
        }
    }
}

#[test]
fn every_reader_refuses_the_verified_price_posted_at_another_address() {
    for reading in everywhere() {
        let mut scene = scene(&reading);
        let elsewhere = scene.world.address();
        let account = scene.world.get(&reading.feed(&scene).address);
        scene.world.set(elsewhere, account);
        let asset = &mut scene.market.assets[reading.asset];
        asset.feed = PythFeed { address: elsewhere, ..asset.feed };
        refused(reading.run(&mut scene), OracleWrongAddress);
    }
}

#[test]
fn every_reader_refuses_a_price_that_is_not_positive() {
    for reading in everywhere() {
        for worthless in [0, -1, i64::MIN] {
            reading.refuses(|price| price.spot = worthless, PriceNotPositive);
            reading.refuses(|price| price.ema = worthless, PriceNotPositive);
        }
    }
}

#[test]
fn every_reader_refuses_an_exponent_outside_the_domain() {
    for reading in everywhere() {
        for exponent in [1, -19, 18, -255, -256, i32::MIN, i32::MAX] {
            reading.refuses(|price| price.exponent = exponent, PriceExponent);
        }
    }
}

#[test]
fn new_risk_refuses_a_price_from_the_future_beyond_a_minute() {
    for reading in readings(true) {
        reading.accepts(|price| price.publish_time += 60);
        reading.refuses(|price| price.publish_time += 61, PriceFromFuture);
        reading.refuses(|price| price.publish_time = i64::MAX, PriceFromFuture);
    }
}

/// The error names the replay, although the price may also be too old.
#[test]
fn every_reader_refuses_a_price_older_than_one_used() {
    for reading in everywhere() {
        let mut scene = scene(&reading);
        let newest = scene.world.now();
        scene.set_pool(reading.asset, |pool| pool.newest_publish_time = newest);
        reading.run(&mut scene.clone()).expect("the newest itself");
        reading.requote(&mut scene, |price| price.publish_time -= 1);
        refused(reading.run(&mut scene), PriceReplayed);
    }
}

#[test]
fn new_risk_refuses_a_price_older_than_its_limit() {
    for reading in readings(true) {
        let mut scene = scene(&reading);
        // Rules out a replay.
        scene.set_pool(reading.asset, |pool| pool.newest_publish_time = 0);
        reading.requote(&mut scene, |price| price.publish_time -= 60);
        reading.run(&mut scene.clone()).expect("60 seconds are allowed");
        reading.requote(&mut scene, |price| price.publish_time -= 1);
        refused(reading.run(&mut scene), PriceStale);
        reading.requote(&mut scene, |price| price.publish_time = 0);
        refused(reading.run(&mut scene), PriceStale);
    }
}

/// After a restart the cluster's clock lags for hours. Both prices of the pair are as far ahead.
#[test]
fn a_liquidation_and_a_flag_accept_prices_up_to_a_day_ahead_of_the_clock() {
    for (ahead, is_allowed) in [(DAY, true), (DAY + 1, false)] {
        let mut scene = Scene::simple();
        let now = scene.world.now();
        scene.set_price(SOL, 80.0);
        scene.world.set_time(now - ahead);
        if is_allowed {
            scene.flag().expect("called");
            scene.liquidate(SOL, USD, ALL).expect("liquidated");
        } else {
            refused(scene.flag(), NothingToFlag);
            refused(scene.liquidate(SOL, USD, ALL), PriceFromFuture);
        }
    }
}

#[test]
fn a_liquidation_refuses_a_price_older_than_its_own_limit() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 80.0);
    scene.world.advance(300);
    scene.attempt(|scene| scene.liquidate(SOL, USD, ALL)).expect("300 seconds are allowed");
    scene.world.advance(1);
    refused(scene.liquidate(SOL, USD, ALL), PriceStale);
}

/// A hedged position is not liquidated because one of the prices was left behind.
#[test]
fn a_liquidation_refuses_prices_of_two_times() {
    for reading in of_pair() {
        let mut scene = scene(&reading);
        scene.set_pool(reading.asset, |pool| pool.newest_publish_time = 0);
        reading.requote(&mut scene, |price| price.publish_time -= 60);
        reading.run(&mut scene.clone()).expect("a minute apart");
        reading.requote(&mut scene, |price| price.publish_time -= 1);
        refused(reading.run(&mut scene), PricesApart);
    }
}

/// The limit of the listing is 100 bps.
#[test]
fn new_risk_refuses_an_uncertain_price_and_liquidation_accepts_it() {
    for reading in readings(true) {
        reading.accepts(|price| price.confidence = price.spot.unsigned_abs() / 100);
        reading.refuses(|price| price.confidence = price.spot.unsigned_abs() / 100 + 1, PriceUncertain);
        reading.refuses(|price| price.ema_confidence = price.ema.unsigned_abs() / 100 + 1, PriceUncertain);
        reading.refuses(|price| price.confidence = u64::MAX, PriceUncertain);
    }
    for reading in of_pair() {
        reading.accepts(|price| price.confidence = u64::MAX);
        reading.accepts(|price| price.ema_confidence = u64::MAX);
    }
}

/// Instructions that need no price ignore spoiled price accounts.
#[test]
fn deposits_repayments_refreshes_and_withdrawals_without_debt_need_no_usable_price() {
    let mut scene = Scene::indebted();
    let junk: [fn(&mut Account); 3] =
        [|account| *account = Account::default(), |account| account.data.clear(), |account| account.data[40] = 0];
    for spoil in junk {
        for asset in [SOL, USD, BTC, ETH] {
            Reading { instruction: |_| unreachable!("only spoiled"), name: "", asset }.spoil(&mut scene, spoil);
        }
        scene.world.advance(DAY);
        scene.deposit(SOL, ONE_SOL).expect("deposit");
        scene.repay(USD, 1_000).expect("repay");
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let lender = scene.lender.clone();
        lender.withdraw(&mut scene.world, &scene.market, BTC, 1_000).expect("withdraw");
        // Gives the next spoiler an account to spoil.
        for asset in [SOL, USD, BTC, ETH] {
            scene.set_price(asset, 1.0);
        }
    }
}

/// Two wrappers of one asset: the same read-only account stands twice, among the named and among the remaining
/// accounts.
#[test]
fn reserves_may_share_a_feed() {
    let mut scene = Scene::simple();
    let Scene { world, market, lender, borrower } = &mut scene;
    let mint = world.mint(9);
    let wrapped = ListedAsset::new(world, &market.config, mint, market.assets[SOL].feed);
    world.send(&market.listing_ixs(&wrapped, &Listing::new(9, 100.0)), &[&market.authority]).expect("a listing");
    market.assets.push(wrapped);
    for user in [&mut *lender, borrower] {
        user.tokens.push(world.tokens(&mint, &user.address(), WEALTH));
    }
    const WRAPPED: usize = 4;
    lender.deposit(world, market, WRAPPED, 100 * ONE_SOL).expect("deposit");
    borrower.borrow(world, market, WRAPPED, ONE_SOL).expect("a reserve beside its twin");
    borrower.borrow(world, market, USD, 1).expect("twins among the others");
    // 6,400 USD of limit against 7,000 USD and 80 for the twin.
    market.set_price(world, SOL, 80.0);
    let pair = AssetPair { collateral: SOL, debt: WRAPPED };
    lender.liquidate(world, market, borrower, pair, ALL).expect("twins as collateral and debt");
    market.audit(world, &[0; 5]);
}
