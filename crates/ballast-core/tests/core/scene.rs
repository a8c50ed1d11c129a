//! Random markets around one unhealthy obligation, for the laws of liquidation. A seed names a scene, so a law can try
//! a hundred thousand of them and print the one that breaks it.

use crate::world::{NOW, Q64, SLOT, id, paused, positions, settings};
use ballast_core::Refusal;
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::ledger::Ledger;
use ballast_core::op::flag::flag;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::op::refresh::refresh;
use ballast_core::pause::{Pausable, Pause};
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Holding, Positions};
use ballast_core::preview::{self, BorrowerState, Preview, PricedPool};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::Ramp;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps, DebtShares, SupplyShares, Wide};
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use std::ops::RangeInclusive;

pub const EVERYTHING: Bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };

/// The seeds of a search: as many as `BALLAST_LIVENESS_STATES` says, others with another `PROPTEST_RNG_SEED`.
pub fn seeds(default: u64) -> RangeInclusive<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.replace('_', "").parse::<u64>().ok());
    let first = number("PROPTEST_RNG_SEED").unwrap_or(1) << 32;
    first..=first + number("BALLAST_LIVENESS_STATES").unwrap_or(default) - 1
}

pub struct Dice(TestRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        // Neighbors of a seed must not begin alike.
        let mixed = u128::from(seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xda94_2042_e4dd_58b5_9e37_79b9_7f4a_7c15);
        let mut rng = TestRng::from_seed(RngAlgorithm::XorShift, &mixed.to_le_bytes());
        for _ in 0..8 {
            rng.next_u64();
        }
        Self(rng)
    }

    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.0.next_u64() % (range.end() - range.start() + 1)
    }

    pub fn secs(&mut self, range: RangeInclusive<u64>) -> i64 {
        self.within(range).cast_signed()
    }

    pub fn bps(&mut self, range: RangeInclusive<u64>) -> u16 {
        u16::try_from(self.within(range)).expect("at most 65,535")
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.within(1..=n) == 1
    }

    /// Between 0 and 1.
    pub fn part(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Log-uniform.
    pub fn log(&mut self, from: f64, to: f64) -> f64 {
        from * (to / from).powf(self.part())
    }
}

/// What the price account of a reserve holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Feed {
    /// A new price in every second, this many seconds old when it is read.
    Live { lag_secs: i64 },
    /// Like a live one, beyond the band, and nobody records it.
    Jumping,
    /// Published for the last time at this moment.
    Dead { at: i64 },
    /// Nothing usable.
    Empty { exponent: i32, spot: i64, ahead_secs: i64 },
}

#[derive(Clone, Debug)]
pub struct Reserve {
    pub pool: Pool,
    pub feed: Feed,
    pub spot: i64,
    pub ema: i64,
    pub exponent: i32,
    /// Every price comes a hundred seconds after the one before.
    pub has_gaps: bool,
}

impl Reserve {
    pub fn raw(&self, wall: i64) -> RawPrice {
        let Self { spot, ema, exponent, .. } = *self;
        let (spot, exponent, publish_time) = match self.feed {
            Feed::Live { lag_secs } => (spot, exponent, wall - lag_secs),
            Feed::Jumping => (spot, exponent, wall),
            Feed::Dead { at } => (spot, exponent, at),
            Feed::Empty { exponent, spot, ahead_secs } => (spot, exponent, wall + ahead_secs),
        };
        let previous_publish_time = publish_time - if self.has_gaps { 100 } else { 1 };
        RawPrice { spot, confidence: 0, ema, ema_confidence: 0, exponent, publish_time, previous_publish_time }
    }

    /// A print outside of the band of what it is compared with, on either side.
    pub fn print(&mut self, dice: &mut Dice) {
        let [marked, ema] = [self.pool.volatility.spot as f64, self.ema as f64];
        let band = f64::from(self.pool.settings.guard.max_move_bps) / 10_000.0;
        let far = dice.log(1.01, 20.0);
        let up = marked.max(ema) * (1.0 + band * far) + 2.0;
        let down = (marked.min(ema) * (1.0 - (band * far).min(0.999))).max(1.0);
        self.spot = if dice.one_in(2) { up } else { down } as i64;
    }

    pub fn is_live(&self) -> bool {
        matches!(self.feed, Feed::Live { .. })
    }

    /// USD per atom.
    pub fn atom_usd(&self) -> f64 {
        self.spot as f64 * 10f64.powi(self.exponent - i32::from(self.pool.decimals))
    }

    /// USD per supply share.
    pub fn share_usd(&self) -> f64 {
        self.pool.ledger.supply_index.get() as f64 / Q64 as f64 * self.atom_usd()
    }
}

/// The line that an obligation is drawn behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Healthy,
    Soft,
    Hard,
    Deep,
}

/// `C / D - 1` in basis points, rounded down; below 0 for an insolvent obligation.
pub fn solvency_bps(totals: &Totals) -> i64 {
    let [c, d] = [totals.collateral, totals.debt].map(|usd| BigInt::from(usd.0));
    let bps: BigInt = c * 10_000u32 / d.max(BigInt::one()) - 10_000u32;
    bps.to_i64().unwrap_or(i64::MAX)
}

#[derive(Clone, Debug)]
pub struct Scene {
    pub reserves: Vec<Reserve>,
    pub owner: Positions,
    pub call: Call,
    pub terms: LiquidationTerms,
    pub target: Bps,
    pub slot: u64,
    /// The time of the world, which feeds publish.
    pub wall: i64,
    /// How far the cluster's clock is behind.
    pub clock_lag_secs: i64,
}

pub type After = Preview<Seizure, 2>;

impl Scene {
    pub fn now(&self) -> i64 {
        self.wall - self.clock_lag_secs
    }

    pub fn advance(&mut self, slots: u64) {
        self.slot += slots;
        self.wall += (slots * 2 / 5).cast_signed();
    }

    /// A clock that lags catches up or falls further behind, and never steps back.
    pub fn drift(&mut self, dice: &mut Dice, slots: u64) {
        if self.clock_lag_secs > 0 {
            let secs = slots * 2 / 5;
            self.clock_lag_secs = (self.clock_lag_secs + dice.secs(0..=2 * secs) - secs.cast_signed()).clamp(0, 86_000);
        }
    }

    pub fn index_of(&self, reserve: ReserveId) -> usize {
        usize::from(reserve.bytes[0]) - 1
    }

    /// The totals of all positions but those in the named reserves.
    pub fn totals(&self, named: &[usize], usage: PriceUse) -> Result<Totals, Refusal> {
        let held = self.owner.holdings().map(|(reserve, holding)| (self.index_of(reserve), holding));
        Totals::of(held.filter(|(n, _)| !named.contains(n)), |n| self.quote(n, usage))
    }

    pub fn quote(&self, n: usize, usage: PriceUse) -> Result<Quote, Refusal> {
        let reserve = &self.reserves[n];
        Quote::new(&reserve.pool, &reserve.raw(self.wall), usage, self.now())
    }

    /// Keepers record the prices of living feeds.
    pub fn refresh(&mut self) -> Result<(), Refusal> {
        let (wall, now) = (self.wall, self.now());
        let live = self.reserves.iter_mut().filter(|reserve| reserve.is_live());
        live.map(|reserve| (reserve.raw(wall), reserve))
            .try_for_each(|(raw, reserve)| refresh(&mut reserve.pool, Some(&raw), now))
    }

    /// Lets every jump be confirmed: half a minute twice.
    pub fn settle_prices(&mut self) {
        for _ in 0..3 {
            self.refresh().expect("live feeds");
            self.advance(75);
        }
        self.refresh().expect("live feeds");
    }

    pub fn any_pair(&self, dice: &mut Dice) -> Option<(usize, usize)> {
        let pairs = self.pairs();
        let last = (pairs.len() as u64).checked_sub(1)?;
        pairs.get(dice.within(0..=last) as usize).copied()
    }

    /// Flags, and forgets a flag that is refused.
    pub fn flag(&mut self) -> Result<Totals, Refusal> {
        let totals = self.totals(&[], PriceUse::Maintenance)?;
        self.flag_with(&totals);
        Ok(totals)
    }

    pub fn flag_with(&mut self, totals: &Totals) {
        let mut call = self.call;
        if flag(&mut call, totals, &self.terms, Bps(self.terms.warning_bps), self.slot).is_ok() {
            self.call = call;
        }
    }

    /// By the document, not by the code.
    pub fn zone(&self, totals: &Totals) -> Zone {
        let health = totals.maintenance;
        let line = u128::from(self.terms.hard_line_bps) - if totals.is_halted { 300 } else { 0 };
        match () {
            () if health.limit.0 >= health.debt.0 => Zone::Healthy,
            () if totals.collateral.0 * u128::from(self.terms.deep_line_bps) < totals.debt.0 * 10_000 => Zone::Deep,
            () if health.limit.0 * 10_000 < health.debt.0 * line => Zone::Hard,
            () => Zone::Soft,
        }
    }

    /// The pairs whose prices are alive and whose reserves are not paused.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let usable = |n: &usize| {
            let Reserve { pool, .. } = &self.reserves[*n];
            self.reserves[*n].is_live() && pool.check_not_paused(Pausable::Liquidate, self.now()).is_ok()
        };
        let side = |is_collateral: bool| {
            let held = self
                .owner
                .holdings()
                .filter(move |(_, holding)| matches!(holding, Holding::Collateral(_)) == is_collateral);
            held.map(|(reserve, _)| self.index_of(reserve)).filter(usable).collect::<Vec<_>>()
        };
        let debts = side(false);
        side(true).into_iter().flat_map(|c| debts.iter().map(move |&d| (c, d))).collect()
    }

    /// What a liquidation of the pair sees.
    pub fn pair_totals(&self, pair: (usize, usize)) -> Result<Totals, Refusal> {
        let [collateral, debt] = [pair.0, pair.1].map(|n| self.quote(n, PriceUse::Liquidation));
        let [held, owed] = [pair.0, pair.1].map(|n| self.reserves[n].pool.id);
        self.totals(&[pair.0, pair.1], PriceUse::Maintenance)?
            .with(Holding::Collateral(self.owner.collateral(&held)), &collateral?)?
            .with(Holding::Debt(self.owner.debt(&owed)), &debt?)
    }

    pub fn borrower(&self, pair: (usize, usize)) -> Result<BorrowerState, Refusal> {
        let others = self.totals(&[pair.0, pair.1], PriceUse::Maintenance)?;
        Ok(BorrowerState { positions: self.owner, call: self.call, others, target: self.target, slot: self.slot })
    }

    /// What a liquidation into the positions of a taker, or without one, would leave.
    pub fn liquidation(
        &self,
        (c, d): (usize, usize),
        borrower: BorrowerState,
        terms: &LiquidationTerms,
        taker: Option<Positions>,
        bid: Bid,
    ) -> Result<After, Refusal> {
        let priced = |n: usize| PricedPool { pool: self.reserves[n].pool, price: self.reserves[n].raw(self.wall) };
        preview::liquidate(priced(c), priced(d), borrower, taker, terms, bid, self.now())
    }

    /// Liquidates a pair into a taker's positions.
    pub fn liquidate(&mut self, pair: (usize, usize), bid: Bid) -> Result<Seizure, Refusal> {
        let after = self.liquidation(pair, self.borrower(pair)?, &self.terms, Some(positions()), bid)?;
        [self.reserves[pair.0].pool, self.reserves[pair.1].pool] = after.pools;
        (self.owner, self.call) = (after.positions, after.call);
        Ok(after.flows)
    }
}

/// How a scene is drawn.
pub struct Recipe {
    /// One side has at most this many positions.
    pub most: u64,
    /// Feeds that are not alive, pauses, halts and a clock that lags.
    pub has_trouble: bool,
    /// Positions of dust, wild indices and reserves whose suppliers have lost everything.
    pub has_dust: bool,
    pub zones: &'static [Zone],
}

pub const ANYTHING: Recipe =
    Recipe { most: 4, has_trouble: true, has_dust: true, zones: &[Zone::Soft, Zone::Hard, Zone::Deep] };

pub fn draw(seed: u64, recipe: &Recipe) -> Scene {
    let dice = &mut Dice::new(seed);
    let terms = draw_terms(dice);
    let lag = if recipe.has_trouble && dice.one_in(4) { dice.log(1.0, 80_000.0) as i64 } else { 0 };
    // One in ten has all sixteen positions.
    let is_full = recipe.most > 3 && dice.one_in(10);
    let count = |dice: &mut Dice| if is_full { 8 } else { dice.within(1..=recipe.most) };
    let [collaterals, debts] = [(); 2].map(|()| count(dice));
    let mut scene = Scene {
        reserves: (1..=collaterals + debts).map(|n| draw_reserve(dice, n, &terms, recipe)).collect(),
        owner: positions(),
        call: Call::default(),
        terms,
        target: Bps(dice.bps(10_200..=12_500)),
        slot: SLOT,
        wall: NOW,
        clock_lag_secs: lag,
    };
    let sizes: Vec<f64> = scene.reserves.iter().map(|_| draw_size(dice, recipe)).collect();
    let (held, owed) = sizes.split_at(usize::try_from(collaterals).expect("few"));
    let scale = scale_of(dice, &scene, held, owed, recipe);
    for (n, usd) in held.iter().enumerate() {
        let atoms = atoms_worth(&scene.reserves[n], *usd);
        hold(dice, &mut scene, n, atoms);
    }
    for (n, usd) in owed.iter().enumerate() {
        let n = n + held.len();
        let atoms = atoms_worth(&scene.reserves[n], if *usd < 1.0 { *usd } else { usd * scale });
        owe(dice, &mut scene, n, atoms);
    }
    if recipe.has_trouble && dice.one_in(3) {
        scene.call = draw_call(dice);
    }
    scene
}

fn draw_terms(dice: &mut Dice) -> LiquidationTerms {
    let max_bonus_bps = dice.bps(100..=2_000);
    let terms = LiquidationTerms {
        base_bonus_bps: dice.bps(0..=100),
        health_slope_bps: dice.bps(0..=10_000),
        slot_step_centibps: dice.bps(10..=200),
        max_bonus_bps,
        deep_step_centibps: dice.bps(10..=200),
        max_deep_bonus_bps: dice.bps(u64::from(max_bonus_bps)..=5_000),
        deep_line_bps: dice.bps(8_000..=10_000),
        target_health_bps: 10_500,
        hard_line_bps: dice.bps(9_000..=10_000),
        warning_bps: dice.bps(0..=5_000),
        cure_slots: u32::from(dice.bps(0..=750)),
        relax_slots: if dice.one_in(8) { LiquidationTerms::MAX_RELAX_SLOTS } else { u32::from(dice.bps(0..=1_500)) },
        reserved: 0,
        dust_cents: dice.within(0..=10_000),
    };
    terms.validate().expect("sound terms");
    terms
}

fn draw_reserve(dice: &mut Dice, n: u64, terms: &LiquidationTerms, recipe: &Recipe) -> Reserve {
    let dollars = dice.log(1e-6, 1e5);
    // Without trouble an atom is worth less than a tenth of a cent.
    let least = if recipe.has_trouble { 0 } else { (dollars.log10().ceil() as i32 + 3).max(0).unsigned_abs() };
    let decimals = dice.bps(u64::from(least)..=18) as u8;
    let digits = (dice.within(3..=12) as i32 - dollars.log10().floor() as i32).clamp(0, 18);
    let spot = (dollars * 10f64.powi(digits)) as i64;
    let ema = (spot as f64 * if dice.one_in(8) { dice.log(0.05, 20.0) } else { 0.8 + 0.4 * dice.part() }) as i64;
    let number = u8::try_from(n).expect("few");
    let mut pool =
        Pool { settings: settings(), ..Pool::new(id(number), number, decimals, NOW - 100_000).expect("a pool") };
    // INV-8.
    let most = (100_000_000 / (10_001 + u64::from(terms.max_bonus_bps))).min(u64::from(terms.deep_line_bps)) - 1;
    let risk = &mut pool.settings.risk;
    risk.liquidation_threshold_bps = if dice.one_in(6) { 0 } else { dice.bps(500..=most) };
    risk.ltv_bps = risk.liquidation_threshold_bps / 2;
    risk.borrow_factor_bps = if dice.one_in(2) { 10_000 } else { dice.log(10_000.0, 50_000.0) as u16 };
    (risk.insurance_share_bps, risk.insurance_target_bps) = (dice.bps(0..=5_000), dice.bps(0..=10_000));
    risk.validate(terms).expect("sound parameters");
    if recipe.has_trouble && dice.one_in(6) {
        let (from_threshold_bps, from_borrow_factor_bps) = (u32::from(dice.bps(500..=most)), 10_000);
        let from_threshold_bps = from_threshold_bps.max(risk.liquidation_threshold_bps.into());
        let (starts_at, ends_at) = (NOW - dice.secs(0..=86_400), NOW + dice.secs(1..=86_400));
        pool.ramp = Ramp { starts_at, ends_at, from_threshold_bps, from_borrow_factor_bps };
    }
    let guard = &mut pool.settings.guard;
    guard.max_age_new_risk_secs = u32::from(dice.bps(1..=600));
    guard.max_age_liquidation_secs = (guard.max_age_new_risk_secs + u32::from(dice.bps(0..=600))).max(60);
    guard.max_move_bps = dice.bps(100..=3_000);
    guard.validate().expect("a sound guard");
    let mut reserve = Reserve { pool, feed: Feed::Jumping, spot, ema, exponent: -digits, has_gaps: false };
    draw_indices(dice, &mut reserve.pool.ledger, recipe);
    draw_feed(dice, &mut reserve, recipe);
    reserve
}

/// Mostly near the start, sometimes anywhere.
fn draw_indices(dice: &mut Dice, ledger: &mut Ledger, recipe: &Recipe) {
    let index = |factor: f64| Wide::new((Q64 as f64 * factor) as u128);
    let wild = recipe.has_dust && dice.one_in(8);
    ledger.debt_index = index(dice.log(1.0, if wild { 1e9 } else { 2.0 }));
    ledger.supply_index = match dice.within(1..=20) {
        1 if recipe.has_dust => Wide::new(0),
        2 if recipe.has_dust => index(dice.log(1e-12, 1.0)),
        _ => index(dice.log(0.5, if wild { 1e6 } else { 2.0 })),
    };
}

/// The account, the mark, and what else the reserve remembers of its prices.
fn draw_feed(dice: &mut Dice, reserve: &mut Reserve, recipe: &Recipe) {
    let guard = reserve.pool.settings.guard;
    let lag_secs = dice.secs(0..=u64::from(guard.max_age_new_risk_secs));
    let dead_at = NOW - dice.log(61.0, 1e6) as i64;
    reserve.feed = match dice.within(1..=12) {
        1 | 2 if recipe.has_trouble => Feed::Dead { at: dead_at },
        3 if recipe.has_trouble => draw_empty(dice, reserve),
        4 if recipe.has_trouble => Feed::Jumping,
        _ => Feed::Live { lag_secs },
    };
    let newest = match reserve.feed {
        Feed::Live { lag_secs } => NOW - lag_secs,
        Feed::Jumping => NOW,
        _ => dead_at,
    };
    let recent = if reserve.feed == Feed::Jumping { 3_000.0 } else { 10_000.0 };
    let marked_at = newest - dice.log(1.0, recent) as i64;
    // Up or down by up to ten times the band.
    let moved = f64::from(guard.max_move_bps) / 10_000.0 * dice.log(1.1, 10.0);
    let factor = if dice.one_in(2) { 1.0 + moved } else { 1.0 / (1.0 + 2.0 * moved) };
    let has_jumped = reserve.feed == Feed::Jumping || recipe.has_trouble && dice.one_in(4);
    let mark = (reserve.spot as f64 * if has_jumped { factor } else { 1.0 }) as u64;
    let sigma = dice.log(0.05, 4.0);
    let is_live = reserve.is_live();
    let volatility = &mut reserve.pool.volatility;
    (volatility.spot, volatility.digits, volatility.marked_at) =
        (mark.max(1), reserve.exponent.unsigned_abs().into(), marked_at);
    if recipe.has_trouble && is_live && dice.one_in(10) {
        volatility.digits = dice.within(0..=18);
    }
    volatility.slow = (sigma * sigma / 31_536_000.0 * Q64 as f64) as u64;
    reserve.pool.newest_publish_time = marked_at;
    if recipe.has_trouble && is_live && dice.one_in(4) {
        (volatility.unconfirmed_at, volatility.unconfirmed_up) = (newest - dice.secs(0..=600), dice.within(0..=1));
        reserve.pool.newest_publish_time = volatility.unconfirmed_at.max(marked_at);
    }
    if recipe.has_trouble && dice.one_in(4) {
        reserve.pool.halted_at =
            reserve.pool.newest_publish_time - if dice.one_in(3) { 0 } else { dice.secs(0..=4_000) };
    }
    reserve.has_gaps = recipe.has_trouble && dice.one_in(8);
    draw_pause(dice, reserve, recipe);
}

fn draw_empty(dice: &mut Dice, reserve: &Reserve) -> Feed {
    let Reserve { spot, exponent, .. } = *reserve;
    match dice.within(1..=4) {
        1 => Feed::Empty { exponent: if dice.one_in(2) { 1 } else { -19 }, spot, ahead_secs: 0 },
        2 => Feed::Empty { exponent, spot: -dice.secs(0..=1), ahead_secs: 0 },
        3 => Feed::Empty { exponent, spot, ahead_secs: -2_000_000 },
        // A day after the newest mark, a clock that lags included.
        _ => Feed::Empty { exponent, spot, ahead_secs: 86_401 },
    }
}

fn draw_pause(dice: &mut Dice, reserve: &mut Reserve, recipe: &Recipe) {
    if recipe.has_trouble && dice.one_in(6) {
        let actions = if dice.one_in(2) { Pause::ALL } else { Pause::ALL ^ Pausable::Liquidate.bit() };
        reserve.pool.pause = paused(actions, NOW + 100_000);
    }
}

/// In USD; below a dollar is dust.
fn draw_size(dice: &mut Dice, recipe: &Recipe) -> f64 {
    match dice.within(1..=50) {
        1..=10 if recipe.has_dust => dice.log(1e-12, 1.0),
        // With the average far above, and a print on top, still less than a position may be worth.
        50 if recipe.has_trouble => dice.log(1e9, 1e12),
        _ => dice.log(10.0, 1e7),
    }
}

/// What the debts are multiplied with for the obligation to stand in one of the zones.
fn scale_of(dice: &mut Dice, scene: &Scene, held: &[f64], owed: &[f64], recipe: &Recipe) -> f64 {
    let (terms, zone) = (&scene.terms, recipe.zones[dice.within(1..=recipe.zones.len() as u64) as usize - 1]);
    let risk = |n: usize| scene.reserves[n].pool.settings.risk;
    let bps = |bps: u16| f64::from(bps) / 10_000.0;
    let limit: f64 = held.iter().enumerate().map(|(n, usd)| usd * bps(risk(n).liquidation_threshold_bps)).sum();
    let weighted: f64 = owed.iter().enumerate().map(|(n, usd)| usd * bps(risk(n + held.len()).borrow_factor_bps)).sum();
    let solvency = held.iter().sum::<f64>() / owed.iter().sum::<f64>();
    let hard = bps(terms.hard_line_bps);
    match zone {
        Zone::Deep if dice.one_in(2) => solvency * dice.log(1.0, 5.0),
        Zone::Deep => solvency * (bps(terms.deep_line_bps) + (1.0 - bps(terms.deep_line_bps)) * dice.part()),
        // Without any weight every debt is hard.
        _ if limit == 0.0 => solvency * dice.log(0.01, 0.8),
        Zone::Hard => limit / weighted / (hard * (0.6 + 0.4 * dice.part())),
        Zone::Soft => limit / weighted / (hard + (1.0 - hard) * dice.part()),
        Zone::Healthy => limit / weighted / (1.0 + dice.part()),
    }
}

/// At least one, and few enough for the books to fit.
fn atoms_worth(reserve: &Reserve, usd: f64) -> u64 {
    ((usd / reserve.atom_usd()) as u64).clamp(1, 1 << 58)
}

/// A collateral; the reserve has lent none to all of its supply.
fn hold(dice: &mut Dice, scene: &mut Scene, n: usize, atoms: u64) {
    let Pool { id, ledger, .. } = &mut scene.reserves[n].pool;
    let index = ledger.supply_index.get();
    // Shares of a supply that is lost are as many as atoms.
    let shares = (u128::from(atoms) << 64).checked_div(index).map_or(atoms, |shares| shares.clamp(1, 1 << 60) as u64);
    scene.owner.add_collateral(id, SupplyShares(shares)).expect("room");
    ledger.supply_shares = shares + (shares as f64 * 2.0 * dice.part()) as u64;
    let claims = ledger.claims_ceil().expect("bounded");
    let lent = match dice.within(1..=4) {
        1 => claims,
        2 => 0,
        _ => (claims as f64 * dice.part()) as u128,
    };
    ledger.cash_atoms = u64::try_from(claims - lent).expect("bounded");
    let lent = Atoms(u64::try_from(lent).expect("bounded"));
    ledger.debt_shares = Wide::new(ledger.debt_shares_ceil(lent).expect("bounded").0);
    scene.reserves[n].pool.settle().expect("sound books");
}

/// A debt; the suppliers of its reserve own up to all of what is lent.
fn owe(dice: &mut Dice, scene: &mut Scene, n: usize, atoms: u64) {
    let Pool { id, ledger, .. } = &mut scene.reserves[n].pool;
    let shares = ledger.debt_shares_ceil(Atoms(atoms)).expect("bounded");
    scene.owner.add_debt(id, shares).expect("room");
    let others = (shares.0 as f64 * dice.part()) as u128;
    ledger.debt_shares = Wide::new(DebtShares(shares.0 + others).0);
    ledger.cash_atoms = (atoms as f64 * dice.part()) as u64;
    let assets = ledger.debt_floor().expect("bounded") + u128::from(ledger.cash_atoms);
    ledger.insurance_atoms = if dice.one_in(2) { 0 } else { (assets as f64 * 0.1 * dice.part()) as u64 };
    let claims = ((assets - u128::from(ledger.insurance_atoms)) as f64 * 0.999 * dice.part()) as u128;
    let index = ledger.supply_index.get().max(1);
    ledger.supply_shares = u64::try_from(((claims << 64) / index).min(1 << 60)).expect("bounded");
    scene.reserves[n].pool.settle().expect("sound books");
}

/// The records of an earlier event.
fn draw_call(dice: &mut Dice) -> Call {
    let seen_at = SLOT - dice.log(1.0, 3_000.0) as u64;
    let earlier = |dice: &mut Dice| if dice.one_in(2) { 0 } else { seen_at - dice.within(0..=2_000) };
    let called_at = seen_at - dice.within(0..=2_000);
    let (turn_at, deep_at) = (earlier(dice), earlier(dice));
    let deep_agreed_at = if deep_at == 0 || dice.one_in(2) { 0 } else { deep_at + (seen_at - deep_at) / 2 };
    Call { called_at, turn_at, deep_at, deep_agreed_at, seen_at, warned: dice.within(0..=1) }
}
