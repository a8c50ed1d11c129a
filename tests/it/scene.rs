//! The market that most tests use: four assets that accrue interest, a lender and a borrower.

use ballast::state::Obligation;
use ballast_core::health::{Health, Totals};
use ballast_core::pool::Pool;
use ballast_core::positions::{Positions, Side};
use ballast_core::price::PriceUse;
use ballast_testkit::user::AssetPair;
use ballast_testkit::{Failure, Listing, Market, Receipt, User, World};
use std::sync::LazyLock;

pub const SOL: usize = 0;
pub const USD: usize = 1;
pub const BTC: usize = 2;
pub const ETH: usize = 3;

/// Whole tokens in atoms.
pub const ONE_SOL: u64 = 1_000_000_000;
pub const ONE_USD: u64 = 1_000_000;
pub const ONE_BTC: u64 = 100_000_000;
pub const ONE_ETH: u64 = 100_000_000;

/// How much of every asset each wallet holds.
pub const WEALTH: u64 = 1_000_000_000_000_000;

pub const DAY: i64 = 86_400;

#[derive(Clone)]
pub struct Scene {
    pub world: World,
    pub market: Market,
    /// Supplies all four assets.
    pub lender: User,
    /// Has an open obligation.
    pub borrower: User,
}

/// SOL at 100 USD, USD, BTC at 50,000 USD, ETH at 2,000 USD.
pub fn listings() -> [Listing; 4] {
    [Listing::new(9, 100.0), Listing::new(6, 1.0), Listing::new(8, 50_000.0), Listing::new(8, 2_000.0)]
}

impl Scene {
    /// All four assets have been supplied and partly lent out for a day, so that no index is one. Prices are current.
    pub fn new() -> Self {
        static NEW: LazyLock<Scene> = LazyLock::new(|| Scene::with(&listings()));
        NEW.clone()
    }

    pub fn with(listings: &[Listing; 4]) -> Self {
        let mut world = World::new();
        let market = Market::with(&mut world, listings);
        let lender = User::new(&mut world, &market, WEALTH);
        let borrower = User::new(&mut world, &market, WEALTH);
        for asset in [SOL, USD, BTC, ETH] {
            lender.deposit(&mut world, &market, asset, 50_000_000 * ONE_USD).expect("deposit");
        }
        let [short, long] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
        short.deposit(&mut world, &market, BTC, 10_000 * ONE_BTC).expect("deposit");
        for (asset, amount) in [(SOL, 20_000 * ONE_SOL), (USD, 20_000_000 * ONE_USD), (ETH, 50_000 * ONE_ETH)] {
            short.borrow(&mut world, &market, asset, amount).expect("borrow");
        }
        long.deposit(&mut world, &market, ETH, 500_000 * ONE_ETH).expect("deposit");
        long.borrow(&mut world, &market, BTC, 10_000 * ONE_BTC).expect("borrow");
        let mut scene = Self { world, market, lender, borrower };
        scene.wait(DAY);
        scene
    }

    /// The borrower has 100 SOL and 0.1 BTC (15,000 USD) as collateral and owes 6,000 USD and 0.5 ETH (7,000 USD).
    pub fn indebted() -> Self {
        static INDEBTED: LazyLock<Scene> = LazyLock::new(|| {
            let mut scene = Scene::new();
            let Scene { world, market, borrower, .. } = &mut scene;
            borrower.deposit(world, market, SOL, 100 * ONE_SOL).expect("deposit");
            borrower.deposit(world, market, BTC, ONE_BTC / 10).expect("deposit");
            borrower.borrow(world, market, USD, 6_000 * ONE_USD).expect("borrow");
            borrower.borrow(world, market, ETH, ONE_ETH / 2).expect("borrow");
            scene.wait(60);
            scene
        });
        INDEBTED.clone()
    }

    /// The borrower has 100 SOL (10,000 USD) and owes 7,000 USD.
    pub fn simple() -> Self {
        static SIMPLE: LazyLock<Scene> = LazyLock::new(|| {
            let mut scene = Scene::new();
            let Scene { world, market, borrower, .. } = &mut scene;
            borrower.deposit(world, market, SOL, 100 * ONE_SOL).expect("deposit");
            borrower.borrow(world, market, USD, 7_000 * ONE_USD).expect("borrow");
            scene.wait(60);
            scene
        });
        SIMPLE.clone()
    }

    /// As [`Scene::simple`], with a soft zone above a health of 0.97: a margin call opens a cure window of 8 slots.
    pub fn soft() -> Self {
        static SOFT: LazyLock<Scene> = LazyLock::new(|| {
            let mut scene = Scene::simple();
            scene
                .market
                .set_market(&mut scene.world, |market| {
                    (market.terms.cure_slots, market.terms.hard_line_bps) = (8, 9_700);
                })
                .expect("a change");
            scene
        });
        SOFT.clone()
    }

    /// As [`Scene::simple`], in a market that is set up: changes wait a day.
    pub fn established() -> Self {
        static ESTABLISHED: LazyLock<Scene> = LazyLock::new(|| {
            let mut scene = Scene::simple();
            let delay = DAY.unsigned_abs();
            scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = delay).expect("a change");
            scene
        });
        ESTABLISHED.clone()
    }

    /// Returns the result of an action and restores the world.
    pub fn attempt<R>(&mut self, action: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.world.clone();
        let result = action(self);
        self.world = before;
        result
    }

    /// Flags the borrower and lets the bonus of an insolvent obligation rise. The average agrees, so the loss is certain
    /// from the flag on.
    pub fn ripen(&mut self, bonus_bps: u64) {
        self.flag().expect("below 1");
        self.world.advance_slots(bonus_bps * 4);
    }

    /// Lets time pass and publishes all prices again.
    pub fn wait(&mut self, secs: i64) {
        self.world.advance(secs);
        self.market.repeat_prices(&mut self.world);
    }

    pub fn deposit(&mut self, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        self.borrower.deposit(&mut self.world, &self.market, asset, amount)
    }

    pub fn withdraw(&mut self, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        self.borrower.withdraw(&mut self.world, &self.market, asset, amount)
    }

    pub fn borrow(&mut self, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        self.borrower.borrow(&mut self.world, &self.market, asset, amount)
    }

    pub fn repay(&mut self, asset: usize, amount: u64) -> Result<Receipt, Failure> {
        self.borrower.repay(&mut self.world, &self.market, asset, amount)
    }

    /// The lender liquidates the borrower.
    pub fn liquidate(&mut self, collateral: usize, debt: usize, max_repay: u64) -> Result<Receipt, Failure> {
        self.lender.liquidate(&mut self.world, &self.market, &self.borrower, AssetPair { collateral, debt }, max_repay)
    }

    /// The lender flags the borrower.
    pub fn flag(&mut self) -> Result<Receipt, Failure> {
        self.lender.flag(&mut self.world, &self.market, &self.borrower)
    }

    pub fn set_price(&mut self, asset: usize, dollars: f64) {
        self.market.set_price(&mut self.world, asset, dollars);
    }

    /// Removes every price account, as if nobody posted prices anymore.
    pub fn kill_oracle(&mut self) {
        for asset in &self.market.assets {
            self.world.set(asset.feed.address, solana_account::Account::default());
        }
    }

    pub fn pool(&self, asset: usize) -> Pool {
        self.market.reserve(&self.world, asset).pool
    }

    /// Overwrites a reserve's pool, for states that take long to reach.
    pub fn set_pool(&mut self, asset: usize, change: impl FnOnce(&mut Pool)) {
        let mut reserve = self.market.reserve(&self.world, asset);
        change(&mut reserve.pool);
        self.world.write(&self.market.assets[asset].reserve, &reserve);
    }

    pub fn obligation(&self) -> Obligation {
        self.borrower.obligation(&self.world)
    }

    pub fn positions(&self) -> Positions {
        self.obligation().positions
    }

    pub fn vault(&self, asset: usize) -> u64 {
        self.world.balance(&self.market.assets[asset].vault)
    }

    /// Returns the balance of the borrower's wallet.
    pub fn wallet(&self, asset: usize) -> u64 {
        self.borrower.balance(&self.world, asset)
    }

    pub fn totals(&self, named: &[usize], usage: PriceUse) -> Totals {
        self.market.totals(&self.world, &self.obligation(), named, usage)
    }

    /// The borrower's maintenance health.
    pub fn health(&self) -> Health {
        self.totals(&[], PriceUse::Liquidation).maintenance
    }

    pub fn has_debt(&self) -> bool {
        self.positions().has(Side::Debt)
    }

    pub fn audit(&self) {
        self.market.audit(&self.world, &[0; 4]);
    }
}
