//! INV-11: acts of governance and guardian make nobody liquidatable without notice. Random governance of a market whose
//! borrowers are close to the call line.

use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::health::Totals;
use ballast_core::positions::Holding;
use ballast_core::price::PriceUse;
use ballast_core::risk::Ramp;
use ballast_core::settings::Settings;
use ballast_core::units::BPS_ONE;
use ballast_core::volatility::MarginModel;
use ballast_testkit::dice::Dice;
use ballast_testkit::pyth::PythFeed;
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{ChangeTarget, User};

const ASSETS: [usize; 4] = [SOL, USD, BTC, ETH];
const HOUR: i64 = 3_600;

/// A market whose changes wait an hour, and its borrowers.
struct Governance {
    scene: Scene,
    dice: Dice,
    users: Vec<User>,
    number: u64,
    /// How often a borrower was healthy both before and after an act.
    checks: u32,
}

impl Governance {
    /// Borrowers of all pairs owe 80 to 100 % of their limit. A fall of all prices but the dollar's leaves some of them
    /// just above the call line.
    fn new(seed: u64) -> Self {
        let mut scene = Scene::new();
        let mut dice = Dice::new(seed);
        let Scene { world, market, .. } = &mut scene;
        let mut users = Vec::new();
        for (collateral, amount) in [(SOL, 100 * ONE_SOL), (BTC, ONE_BTC / 5), (ETH, 5 * ONE_ETH)] {
            for (debt, dollar) in [(USD, ONE_USD), (SOL, ONE_SOL / 100), (ETH, ONE_ETH / 2_000)] {
                if collateral != debt {
                    let user = User::new(world, market, WEALTH);
                    user.deposit(world, market, collateral, amount).expect("deposit");
                    let share = 80 + dice.roll(20);
                    user.borrow(world, market, debt, 7_499 * dollar / 100 * share).expect("borrow");
                    users.push(user);
                }
            }
        }
        market.set_market(world, |market| market.change_delay_secs = HOUR.unsigned_abs()).expect("a change");
        let fall = 1.0 - dice.roll(700) as f64 / 10_000.0;
        for (asset, dollars) in [(SOL, 100.0), (BTC, 50_000.0), (ETH, 2_000.0)] {
            market.set_price(world, asset, dollars * fall);
        }
        Self { scene, dice, users, number: 0, checks: 0 }
    }

    fn asset(&mut self) -> usize {
        ASSETS[self.dice.index(ASSETS.len())]
    }

    fn totals(&self) -> Vec<Totals> {
        let Scene { world, market, .. } = &self.scene;
        let totals = |user: &User| market.totals(world, &user.obligation(world), &[], PriceUse::Liquidation);
        self.users.iter().map(totals).collect()
    }

    /// Acts, and panics if the act lowers anybody's health.
    fn watch(&mut self, act: impl FnOnce(&mut Self)) {
        let before = self.totals();
        act(self);
        for (n, (was, is)) in before.into_iter().zip(self.totals()).enumerate() {
            assert!(is.maintenance.limit >= was.maintenance.limit && is.maintenance.debt <= was.maintenance.debt);
            assert!(is.average.limit >= was.average.limit && is.average.debt <= was.average.debt);
            if was.maintenance.covers_debt() {
                self.cannot_be_liquidated(n);
            }
        }
    }

    /// Panics unless the program refuses to liquidate this borrower in the same second.
    fn cannot_be_liquidated(&mut self, n: usize) {
        let Self { scene: Scene { world, market, lender, .. }, users, .. } = self;
        let asset = |id| ASSETS.into_iter().find(|asset| market.reserve_id(*asset) == id).expect("an asset");
        let positions = users[n].obligation(world).positions;
        let held = positions.as_slice();
        let collateral = held.iter().find(|position| matches!(position.holding(), Holding::Collateral(_)));
        let debt = held.iter().find(|position| matches!(position.holding(), Holding::Debt(_)));
        let (collateral, debt) = (collateral.expect("a collateral").reserve, debt.expect("a debt").reserve);
        let pair = AssetPair { collateral: asset(collateral), debt: asset(debt) };
        let failure = lender.liquidate(world, market, &users[n], pair, ALL).expect_err("nobody is liquidatable");
        let [healthy, paused] = [BallastError::ObligationHealthy, BallastError::ActionPaused];
        assert!(failure.is(healthy) || failure.is(paused), "{failure:#?}");
        let now = world.now();
        users[n].assert_health(world, market, BPS_ONE, now).expect("assert_health");
        self.checks += 1;
    }

    /// Returns a sound proposal, its target and the argument of its execution.
    fn proposal(&mut self) -> (ChangeTarget, Proposal, Option<(usize, PythFeed)>) {
        let asset = self.asset();
        let target = self.scene.market.target(asset);
        match self.dice.roll(6) {
            0 => (ChangeTarget::Market, Proposal::Market { market: self.market_settings() }, None),
            1 => {
                let feed_id = [u8::try_from(self.number + 1).expect("few changes"); 32];
                let feed = PriceFeed { feed_id, shard: 0, receiver: 0 };
                (target, Proposal::Feed { feed }, Some((asset, PythFeed::new(feed_id))))
            }
            _ => {
                let ramp_secs = Ramp::MIN_SECS + u32::try_from(self.dice.roll(30)).expect("small") * Ramp::MIN_SECS;
                (target, Proposal::Settings { settings: self.settings(asset), ramp_secs }, None)
            }
        }
    }

    fn market_settings(&mut self) -> MarketSettings {
        let mut market = self.scene.market.state(&self.scene.world).market;
        let Self { dice, .. } = self;
        let terms = &mut market.terms;
        (terms.base_bonus_bps, terms.hard_line_bps) = (dice.between(0, 100), dice.between(9_000, 10_000));
        (terms.target_health_bps, terms.health_slope_bps) = (dice.between(10_200, 12_500), dice.between(0, 10_000));
        terms.max_bonus_bps -= dice.between(0, 50);
        market
    }

    /// Returns random settings between the strictest and the loosest that one step allows.
    fn settings(&mut self, asset: usize) -> Settings {
        let mut settings = self.scene.market.settings(&self.scene.world, asset);
        let Self { dice, .. } = self;
        let Settings { curve, risk, guard, limits, margin } = &mut settings;
        let threshold = dice.between(1_000, (risk.liquidation_threshold_bps + 500).min(9_000));
        risk.liquidation_threshold_bps = threshold;
        risk.ltv_bps = dice.between(0, (risk.ltv_bps + 500).min(threshold - 1));
        risk.borrow_factor_bps = dice.between((risk.borrow_factor_bps - 1_000).max(10_000), 50_000);
        risk.reserve_factor_bps = dice.between(0, 5_000);
        let steepest = 2 * curve.points[2].rate_bps + Settings::MAX_RATE_STEP_BPS;
        curve.points[2].rate_bps = steepest.min(600 + u32::from(dice.between(0, 10_000)));
        guard.max_confidence_bps = dice.between(1, (guard.max_confidence_bps * 2 + 100).min(200));
        let oldest = (guard.max_age_liquidation_secs * 2 + 60).min(660);
        guard.max_age_liquidation_secs = u32::from(dice.between(60, u16::try_from(oldest).expect("minutes")));
        limits.allowed_debts = dice.roll(16);
        limits.collateral_cap_usd = limits.collateral_cap_usd.min(dice.roll(1 << 40));
        let z_bps = dice.between(margin.z_bps.div_ceil(2).saturating_sub(1_000), 50_000);
        *margin = MarginModel { z_bps, stress_bps: 10_000, horizon_secs: 3_600, ..MarginModel::OFF };
        settings
    }

    /// Proposes a change and executes it after its notice.
    fn change(&mut self) {
        let (target, proposal, feed) = self.proposal();
        self.number += 1;
        let number = self.number;
        let reserves = |governance: &Self| {
            let market = &governance.scene.market;
            market.assets.iter().map(|asset| governance.scene.world.get(&asset.reserve)).collect::<Vec<_>>()
        };
        let before = reserves(self);
        self.watch(|governance| {
            let Scene { world, market, .. } = &mut governance.scene;
            market.propose(world, target, number, proposal).expect("change_propose");
        });
        assert_eq!(reserves(self), before, "a proposal changes no reserve");
        self.scene.wait(HOUR - 1);
        let early = self.scene.market.execute(&mut self.scene.world, target, number, None);
        refused(early, BallastError::ChangeTooEarly);
        self.scene.wait(1);
        self.watch(|governance| governance.execute(target, number, feed));
    }

    /// Executes a change. A new feed shows the same price as the old one.
    fn execute(&mut self, target: ChangeTarget, number: u64, feed: Option<(usize, PythFeed)>) {
        let Scene { world, market, .. } = &mut self.scene;
        let price = feed.map(|(asset, feed)| {
            let mut account = world.get(&market.assets[asset].feed.address);
            account.data[41..73].copy_from_slice(&feed.id);
            world.set(feed.address, account);
            market.assets[asset].feed = feed;
            feed.address
        });
        market.execute(world, target, number, price).expect("change_execute");
    }

    fn tighten(&mut self) {
        let (asset, part) = (self.asset(), self.dice.roll(3));
        let Scene { world, market, .. } = &mut self.scene;
        let tighten = market.tighten(world, asset, |to| {
            (to.ltv_bps, to.allowed_debts) = (to.ltv_bps / 2, to.allowed_debts & part);
            (to.supply_cap_atoms, to.borrow_cap_atoms) = (to.supply_cap_atoms / 4 * part, 0);
            to.collateral_cap_usd = to.collateral_cap_usd / 4 * part;
        });
        tighten.expect("reserve_tighten");
    }

    /// Pauses any set of actions, which may be empty.
    fn pause(&mut self) {
        let (asset, actions) = (self.asset(), self.dice.roll(16));
        let Scene { world, market, .. } = &mut self.scene;
        let authority = market.authority.insecure_clone();
        let pause = market.pause_ix(&solana_signer::Signer::pubkey(&authority), asset, actions, 600);
        world.send(&[pause], &[&authority]).expect("pause");
    }
}

/// INV-11: a change makes nobody liquidatable before its notice ends or in the second of its execution. Tightening and
/// pausing never do.
#[test]
fn no_act_of_governance_makes_anybody_liquidatable_at_once() {
    let mut checks = 0;
    for seed in 1..=16 {
        let mut governance = Governance::new(seed);
        for _ in 0..6 {
            match governance.dice.roll(4) {
                0 => governance.watch(Governance::tighten),
                1 => governance.watch(Governance::pause),
                _ => governance.change(),
            }
            let secs = i64::try_from(governance.dice.roll(6)).expect("small");
            governance.scene.wait(secs * HOUR);
        }
        checks += governance.checks;
        governance.scene.audit();
    }
    assert!(checks > 500, "{checks} borrowers were healthy before an act");
}

/// The simple scene without interest: SOL at 100 USD, 100 of them against 7,000 USD.
fn without_interest() -> Scene {
    let mut scene = Scene::simple();
    let free = [(0, 0), (10_000, 0)].map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
    for asset in [SOL, USD] {
        let free = |settings: &mut Settings| settings.curve = Curve::new(&free).expect("a curve");
        scene.market.set(&mut scene.world, asset, free).expect("a change");
    }
    scene
        .market
        .set_market(&mut scene.world, |market| market.change_delay_secs = DAY.unsigned_abs())
        .expect("a change");
    scene
}

/// Proposes and executes after a day.
fn change(scene: &mut Scene, asset: usize, ramp_days: u32, change: impl FnOnce(&mut Settings)) {
    let mut settings = scene.market.settings(&scene.world, asset);
    change(&mut settings);
    let proposal = Proposal::Settings { settings, ramp_secs: ramp_days * Ramp::MIN_SECS };
    let target = scene.market.target(asset);
    scene.market.propose(&mut scene.world, target, 1, proposal).expect("change_propose");
    scene.wait(DAY);
    scene.market.execute(&mut scene.world, target, 1, None).expect("change_execute");
}

/// Panics unless the program computes the borrower's health within a basis point of this.
#[track_caller]
fn health_is(scene: &mut Scene, exact: f64) {
    let now = scene.world.now();
    let Scene { world, market, borrower, .. } = scene;
    let (low, high) = ((exact - 1.0).floor() as u64, (exact + 1.0).ceil() as u64 + 1);
    borrower.assert_health(world, market, low, now).expect("as healthy");
    refused(borrower.assert_health(world, market, high, now), BallastError::HealthBelowExpected);
}

/// INV-11: a threshold that falls from 80 to 60 % in 20 days falls by 1 % a day, and a liquidation passes once health
/// is below 1.
#[test]
fn health_falls_in_a_straight_line_with_a_threshold() {
    let mut scene = without_interest();
    let start = scene.health().factor_bps_floor() as f64;
    health_is(&mut scene, start);
    change(&mut scene, SOL, 20, |to| (to.risk.ltv_bps, to.risk.liquidation_threshold_bps) = (5_000, 6_000));
    for day in 0..=21u32 {
        let threshold = 8_000.0 - 100.0 * f64::from(day.min(20));
        let exact = start * threshold / 8_000.0;
        health_is(&mut scene, exact);
        let outcome = scene.attempt(|scene| scene.liquidate(SOL, USD, ALL));
        if exact > 10_001.0 {
            refused(outcome, BallastError::ObligationHealthy)
        } else {
            drop(outcome.expect("a liquidation"))
        }
        scene.wait(DAY);
    }
}

/// INV-11: when a borrow factor rises, the weighted debt grows by the same amount every day.
#[test]
fn weighted_debt_rises_in_a_straight_line_with_a_borrow_factor() {
    let mut scene = without_interest();
    let start = scene.health().factor_bps_floor() as f64;
    change(&mut scene, USD, 10, |to| to.risk.borrow_factor_bps = 12_000);
    for day in 0..=11u32 {
        let factor = 10_000.0 + 200.0 * f64::from(day.min(10));
        health_is(&mut scene, start * 10_000.0 / factor);
        scene.wait(DAY);
    }
}

/// A second change in the middle of a ramp starts at the value that the first has reached.
#[test]
fn a_change_in_the_middle_of_a_ramp_continues_from_there() {
    let mut scene = without_interest();
    let start = scene.health().factor_bps_floor() as f64;
    change(&mut scene, SOL, 20, |to| (to.risk.ltv_bps, to.risk.liquidation_threshold_bps) = (5_000, 6_000));
    // Nine days here and one of the next notice: half of the ramp, at 70 %.
    scene.wait(9 * DAY);
    change(&mut scene, SOL, 10, |to| to.risk.liquidation_threshold_bps = 5_500);
    for day in 0..=11u32 {
        let threshold = 7_000.0 - 150.0 * f64::from(day.min(10));
        health_is(&mut scene, start * threshold / 8_000.0);
        scene.wait(DAY);
    }
}

/// Changes in favor of borrowers apply at once.
#[test]
fn a_threshold_rises_in_the_second_of_its_change() {
    let mut scene = without_interest();
    let start = scene.health().factor_bps_floor() as f64;
    change(&mut scene, SOL, 20, |to| to.risk.liquidation_threshold_bps = 8_400);
    health_is(&mut scene, start * 8_400.0 / 8_000.0);
}
