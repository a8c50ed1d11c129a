//! What core and the other rules see at every step of a crash.

use ballast_core::op::refresh::refresh;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::preview::PricedPool;
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{BPS_ONE, Bps, Wide};
use ballast_core::volatility::MarginModel;
use ballast_prices::spot::SpotPrice;

use crate::crash::{Crash, QUOTE_COIN};
use crate::dice::Dice;
use crate::path::{Motion, price_at};

/// Ten slots of 400 ms.
pub const STEP_SECS: i64 = 4;
pub const STEP_SLOTS: u64 = 10;
/// Of every token: 10^9 atoms.
pub const ATOMS: f64 = 1e9;
const DECIMALS: u8 = 9;
/// Of every price.
const DIGITS: i32 = 8;
const FIRST_SLOT: u64 = 400_000_000;
const DAY_SECS: i64 = 86_400;

/// The terms of migrations/config/localnet.toml. A test compares the two.
pub const TERMS: LiquidationTerms = LiquidationTerms {
    base_bonus_bps: 10,
    health_slope_bps: 5_000,
    slot_step_centibps: 25,
    max_bonus_bps: 1_000,
    deep_step_centibps: 25,
    max_deep_bonus_bps: 3_000,
    deep_line_bps: 9_500,
    target_health_bps: 10_500,
    hard_line_bps: 9_900,
    warning_bps: 1_000,
    cure_slots: 25,
    relax_slots: 750,
    reserved: 0,
    dust_cents: 1_000,
};

/// Whether a price beyond the band waits for its confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    On,
    /// The band is so wide that no fall leaves it.
    Off,
}

/// A reserve at one step, under one guard.
pub struct Book {
    pub reserve: PricedPool,
    /// For [`PriceUse::Maintenance`].
    pub quote: Quote,
    /// Whether a liquidation may trade at this price.
    pub is_usable: bool,
}

/// An asset at one step.
pub struct QuotedAsset {
    /// The price that the feed shows.
    pub spot: f64,
    pub average: f64,
    /// What the asset is worth on the market: the spot price without false prints.
    pub fair: f64,
    pub threshold: f64,
    /// Whether the price is less than a minute old. Two such prices are never too far apart for a liquidation.
    pub is_alive: bool,
    pub counts: Counts,
    books: [Book; 2],
}

impl QuotedAsset {
    pub fn book(&self, confirmation: Confirmation) -> &Book {
        &self.books[confirmation as usize]
    }
}

/// All assets at one step.
pub struct Moment {
    pub slot: u64,
    pub now: i64,
    pub assets: Vec<QuotedAsset>,
}

/// The steps of one bar, and the worst that each asset counts for in them.
pub struct BarView {
    pub moments: Vec<Moment>,
    pub worst: Vec<Counts>,
}

/// What a token counts for under the rules that are hardest on borrowers, in USD.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// The limit of a token of collateral.
    pub least: f64,
    /// The weight of a token of debt.
    pub most: f64,
}

/// How the recorded bars become prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePath {
    pub motion: Motion,
    pub prints: Prints,
}

/// Prices that the market never had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prints {
    None,
    /// Once a day, in one step, each feed shows a price that is 10 to 30 % too low.
    Daily,
}

/// Feeds and reserves of a crash as it goes on. Borrowers do not change them: each has the reserves for itself.
pub struct ReplayMarket<'a> {
    crash: &'a Crash,
    path: PricePath,
    seed: u64,
    feeds: Vec<FeedState>,
}

struct FeedState {
    is_quote_coin: bool,
    pools: [Pool; 2],
    raw: RawPrice,
    average: SpotPrice,
    fair: f64,
}

impl<'a> ReplayMarket<'a> {
    pub fn new(crash: &'a Crash, path: PricePath, seed: u64) -> Self {
        let feeds = crash.feeds.iter().enumerate().map(|(number, feed)| {
            let first = feed.bars.iter().flatten().next().expect("a feed has a bar").open;
            FeedState::new(number, &feed.symbol, first, crash.starts_at)
        });
        Self { crash, path, seed, feeds: feeds.collect() }
    }

    /// Lets a bar pass, with the prices and the keepers' marks of each step.
    pub fn advance(&mut self, bar: usize) -> BarView {
        let steps = self.crash.bar_secs / STEP_SECS;
        let moments = (1..=steps).map(|step| self.step(bar, step, steps)).collect::<Vec<_>>();
        let counts = |asset: usize| moments.iter().map(move |moment| moment.assets[asset].counts);
        let worst = (0..self.feeds.len()).filter_map(|asset| counts(asset).reduce(Counts::worse)).collect();
        BarView { moments, worst }
    }

    fn step(&mut self, bar: usize, step: i64, steps: i64) -> Moment {
        let elapsed = bar as i64 * self.crash.bar_secs + step * STEP_SECS;
        let now = self.crash.starts_at + elapsed;
        for (number, (feed, recorded)) in (0u64..).zip(self.feeds.iter_mut().zip(&self.crash.feeds)) {
            if let Some(bar) = recorded.bars.get(bar).copied().flatten() {
                let fair = price_at(&bar, self.path.motion, step as f64 / steps as f64);
                let factor = if feed.is_quote_coin { 1.0 } else { self.path.prints.factor([self.seed, number], now) };
                feed.publish(fair, factor, now);
            }
            feed.mark(now);
        }
        let slot = FIRST_SLOT + (elapsed / STEP_SECS) as u64 * STEP_SLOTS;
        Moment { slot, now, assets: self.feeds.iter().map(|feed| feed.quoted(now)).collect() }
    }
}

impl Prints {
    /// What a feed's price is multiplied by.
    fn factor(self, [seed, feed]: [u64; 2], now: i64) -> f64 {
        let mut dice = Dice::of(&[seed, feed, (now / DAY_SECS) as u64]);
        let (at, depth) = (dice.roll() % (DAY_SECS / STEP_SECS) as u64, dice.between(0.1, 0.3));
        let step = (now % DAY_SECS / STEP_SECS) as u64;
        if self == Self::Daily && step == at { 1.0 - depth } else { 1.0 }
    }
}

impl Counts {
    /// At these prices, with the discount of an old price.
    fn at(prices: [f64; 2], book: &Book) -> Self {
        let part = |weight: Bps| weight.get() as f64 / BPS_ONE as f64;
        Self {
            least: prices[0].min(prices[1]) * part(book.quote.weights.liquidation_threshold),
            most: prices[0].max(prices[1]) * part(book.quote.weights.borrow_factor),
        }
    }

    fn worse(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), most: self.most.max(other.most) }
    }
}

impl FeedState {
    fn new(number: usize, symbol: &str, first: f64, now: i64) -> Self {
        let pools = [Confirmation::On, Confirmation::Off].map(|confirmation| pool(number, symbol, confirmation, now));
        let average = SpotPrice { dollars: first, confidence: 0.0 };
        let mut feed =
            Self { is_quote_coin: symbol == QUOTE_COIN, pools, raw: raw(first, first, now, now), average, fair: first };
        feed.mark(now);
        feed
    }

    fn publish(&mut self, fair: f64, factor: f64, now: i64) {
        let before = self.raw.publish_time;
        let spot = SpotPrice { dollars: fair * factor, confidence: 0.0 };
        self.average.follow(&spot, (now - before) as f64);
        (self.raw, self.fair) = (raw(spot.dollars, self.average.dollars, now, before), fair);
    }

    /// Refreshes the reserves as the keeper does: what changes no mark is left out.
    fn mark(&mut self, now: i64) {
        const REFRESH_SECS: i64 = 60;
        for pool in &mut self.pools {
            let mut next = *pool;
            let (Ok(price), Ok(())) = (pool.observe(&self.raw, now), refresh(&mut next, Some(&self.raw), now)) else {
                continue;
            };
            let age_secs = price.published_at - pool.volatility.marked_at;
            let is_due = age_secs >= REFRESH_SECS || pool.volatility.has_jumped(&price, &pool.settings.guard);
            if is_due && next.volatility != pool.volatility {
                *pool = next;
            }
        }
    }

    fn quoted(&self, now: i64) -> QuotedAsset {
        let books = self.pools.map(|pool| Book {
            quote: Quote::new(&pool, &self.raw, PriceUse::Maintenance, now).expect("any price will do"),
            is_usable: pool.admit(&self.raw, PriceUse::Liquidation, now).is_ok(),
            reserve: PricedPool { pool, price: self.raw },
        });
        let Settings { risk, guard, .. } = self.pools[0].settings;
        let dollars = |mantissa: i64| mantissa as f64 / 10f64.powi(DIGITS);
        let spot = dollars(self.raw.spot);
        let [on, off] = books.each_ref().map(|book| Counts::at([spot, self.fair], book));
        QuotedAsset {
            spot,
            average: dollars(self.raw.ema),
            counts: on.worse(off),
            fair: self.fair,
            threshold: f64::from(risk.liquidation_threshold_bps) / BPS_ONE as f64,
            is_alive: now - self.raw.publish_time <= i64::from(guard.max_age_new_risk_secs),
            books,
        }
    }
}

pub fn reserve_id(asset: usize) -> ReserveId {
    ReserveId { bytes: [asset as u8; 32] }
}

/// The asset of a reserve of [`reserve_id`].
pub fn asset_of(id: &ReserveId) -> usize {
    usize::from(id.bytes[0])
}

/// A coin that is meant to be worth a dollar.
pub fn is_dollar(symbol: &str) -> bool {
    matches!(symbol, QUOTE_COIN | "USDC" | "BUSD" | "UST")
}

/// Loan-to-value and liquidation threshold in bps.
pub fn weights(symbol: &str) -> [u16; 2] {
    match symbol {
        _ if is_dollar(symbol) => [8_000, 8_500],
        "BTC" | "ETH" => [7_800, 8_300],
        "SOL" | "BNB" => [7_500, 8_000],
        _ => [6_500, 7_200],
    }
}

/// A reserve with cash for any request. A closed reserve's curve is flat at 0, so nobody owes interest and a share is an
/// atom.
fn pool(number: usize, symbol: &str, confirmation: Confirmation, now: i64) -> Pool {
    let [ltv_bps, liquidation_threshold_bps] = weights(symbol);
    let risk = RiskParams { ltv_bps, liquidation_threshold_bps, borrow_factor_bps: 10_000, ..Settings::CLOSED.risk };
    let band_bps = if is_dollar(symbol) { 300 } else { 1_000 };
    let max_move_bps = if confirmation == Confirmation::On { band_bps } else { PriceGuard::MAX_BAND_BPS };
    let guard = PriceGuard { max_age_liquidation_secs: 300, max_move_bps, ..Settings::CLOSED.guard };
    let margin = MarginModel { fast_secs: 3_600, slow_secs: 86_400, ..MarginModel::OFF };
    let mut pool = Pool::new(reserve_id(number), number as u8, DECIMALS, now).expect("a pool");
    pool.settings = Settings { risk, guard, margin, ..Settings::CLOSED };
    (pool.opened_at, pool.ledger.cash_atoms, pool.ledger.supply_shares) = (now, 1 << 61, 1 << 61);
    pool.ledger.debt_shares = Wide::new(1 << 93);
    pool.settle().expect("sound books");
    pool
}

fn raw(spot: f64, average: f64, publish_time: i64, previous_publish_time: i64) -> RawPrice {
    let mantissa = |dollars: f64| ((dollars * 10f64.powi(DIGITS)).round() as i64).max(1);
    RawPrice {
        spot: mantissa(spot),
        confidence: 0,
        ema: mantissa(average),
        ema_confidence: 0,
        exponent: -DIGITS,
        publish_time,
        previous_publish_time,
    }
}
