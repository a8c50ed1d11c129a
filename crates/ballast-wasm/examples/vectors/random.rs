//! States that the program could be in: settings that it would accept, books that balance, positions that are part of
//! them. Most can be priced; some carry a price that is old, uncertain or off its average, or a reserve that is paused.

use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::ledger::Ledger;
use ballast_core::limits::{Limits, Outflow};
use ballast_core::math::Q64;
use ballast_core::pause::Closure;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Position, Positions};
use ballast_core::price::{PriceGuard, RawPrice};
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{BPS_ONE, Wide};
use ballast_core::volatility::MarginModel;
use rand::Rng as _;
use rand::rngs::StdRng;

/// A market and one obligation in it.
pub struct State {
    pub now: i64,
    pub warning_bps: u16,
    pub hard_line_bps: u16,
    /// The obligation's positions, in slot order, then an asset that it does not hold.
    pub assets: Vec<Listed>,
}

pub struct Listed {
    pub pool: Pool,
    pub price: RawPrice,
    pub position: Option<Position>,
}

/// A position before it has a pool: which side it is on and about how many dollars.
#[derive(Clone, Copy)]
struct Sketch {
    is_debt: bool,
    dollars: f64,
    risk: RiskParams,
}

/// 2026-01-01T00:00:00Z
const EPOCH: i64 = 1_767_225_600;
const YEAR_SECS: f64 = 31_536_000.0;

pub fn state(random: &mut StdRng) -> State {
    let now = EPOCH + random.random_range(0..100_000_000);
    let terms = terms(random);
    let sketches = sketches(random, &terms);
    let mut assets: Vec<Listed> =
        sketches.iter().enumerate().map(|(index, sketch)| listed(random, index, sketch, &terms, now)).collect();
    if let Some(last) = assets.last_mut() {
        last.position = None;
    }
    State { now, warning_bps: random.random_range(0..=5_000), hard_line_bps: terms.hard_line_bps, assets }
}

/// The terms that docs/MODEL.md recommends, except for the hard line.
fn terms(random: &mut StdRng) -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 10,
        health_slope_bps: 5_000,
        slot_step_centibps: 25,
        max_bonus_bps: 1_000,
        deep_step_centibps: 25,
        max_deep_bonus_bps: 3_000,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        hard_line_bps: random.random_range(LiquidationTerms::MIN_HARD_LINE_BPS..=10_000),
        warning_bps: 1_000,
        cure_slots: 750,
        relax_slots: 750,
        reserved: 0,
        dust_cents: 1_000,
    }
}

/// Collaterals and debts, mixed, whose health factor lies between 0.5 and 5 without ramps; at last an asset without a
/// position. Most obligations are small, as on the chain.
fn sketches(random: &mut StdRng, terms: &LiquidationTerms) -> Vec<Sketch> {
    let held =
        if random.random_bool(0.7) { random.random_range(1..=4) } else { random.random_range(5..=Positions::MAX) };
    let debts = random.random_range(0..=held);
    let mut sketches: Vec<Sketch> = (0..=held)
        .map(|index| Sketch {
            is_debt: index < debts,
            dollars: log_uniform(random, 1e-3, 1e7),
            risk: risk(random, terms),
        })
        .collect();
    let weighted = |sketch: &Sketch| {
        let RiskParams { liquidation_threshold_bps, borrow_factor_bps, .. } = sketch.risk;
        sketch.dollars * f64::from(if sketch.is_debt { borrow_factor_bps } else { liquidation_threshold_bps })
    };
    let sum = |is_debt: bool| -> f64 {
        sketches[..held].iter().filter(|sketch| sketch.is_debt == is_debt).map(weighted).sum()
    };
    let health = log_uniform(random, 0.5, 5.0);
    let scale = if sum(false) > 0.0 { sum(false) / (sum(true).max(1e-9) * health) } else { 1.0 };
    for sketch in sketches.iter_mut().filter(|sketch| sketch.is_debt) {
        sketch.dollars *= scale;
    }
    for index in 1..held {
        sketches.swap(index, random.random_range(0..=index));
    }
    sketches
}

fn listed(random: &mut StdRng, index: usize, sketch: &Sketch, terms: &LiquidationTerms, now: i64) -> Listed {
    let settings = settings(random, sketch.risk, terms);
    let price = price(random, &settings.guard, now);
    let number = u8::try_from(index).expect("at most 17 assets");
    let id = ReserveId { bytes: [number + 1; 32] };
    let tokens = sketch.dollars / (price.spot as f64 * 10f64.powi(price.exponent));
    let decimals = decimals(random, tokens);
    let mut pool = Pool::new(id, number, decimals, now).expect("decimals and index in range");
    pool.settings = settings;
    let atoms = (tokens * 10f64.powi(i32::from(decimals))).clamp(1.0, 1e17);
    pool.ledger = ledger(random, atoms, now);
    pool.ledger.settle(&settings.curve, settings.risk.reserve_factor()).expect("books that balance");
    history(random, &mut pool, &price, now);
    let shares = if sketch.is_debt { debt_shares(&pool.ledger, atoms) } else { supply_shares(&pool.ledger, atoms) };
    let side = u64::from(sketch.is_debt);
    Listed { pool, price, position: Some(Position { reserve: id, shares: Wide::new(shares), side }) }
}

/// With which so many tokens are an amount that a reserve can hold, if there are any such.
fn decimals(random: &mut StdRng, tokens: f64) -> u8 {
    let holds = |decimals: &u8| (1e2..1e16).contains(&(tokens * 10f64.powi(i32::from(*decimals))));
    let possible: Vec<u8> = (0..=Pool::MAX_DECIMALS).filter(holds).collect();
    let choice = random.random_range(0..=18);
    if possible.is_empty() { choice } else { possible[usize::from(choice) % possible.len()] }
}

/// Books in which a position of `atoms` is a part of the supply, and one of the debt.
fn ledger(random: &mut StdRng, atoms: f64, now: i64) -> Ledger {
    let mut ledger = Ledger::new(now - log_uniform(random, 1.0, YEAR_SECS) as i64);
    ledger.supply_index = Wide::new(index(random));
    ledger.debt_index = Wide::new(index(random));
    let supply = (atoms * log_uniform(random, 2.0, 1_000.0)).min(1e18);
    ledger.supply_shares = (supply / (ledger.supply_index.get() as f64 / Q64 as f64)).max(1.0) as u64;
    let claims = ledger.claims_ceil().expect("below 2^64 times 2^5");
    let debt = (claims as f64 * random.random_range(0.2..1.0)).max(1.0);
    ledger.debt_shares = Wide::new((debt * 2f64.powi(32) / (ledger.debt_index.get() as f64 / Q64 as f64)) as u128);
    let owed = ledger.debt_floor().expect("about the claims");
    let equity = random.random_range(0..=1_000_000);
    ledger.cash_atoms = u64::try_from(claims.saturating_sub(owed)).expect("below 2^60") + equity;
    ledger.insurance_atoms = random.random_range(0..=equity);
    ledger
}

/// From 1 to 32, all 64 fractional bits used.
fn index(random: &mut StdRng) -> u128 {
    let whole = random.random_range(0..=4);
    (Q64 | u128::from(random.random::<u64>())) << whole
}

fn supply_shares(ledger: &Ledger, atoms: f64) -> u128 {
    let shares = (atoms / (ledger.supply_index.get() as f64 / Q64 as f64)).max(1.0) as u64;
    u128::from(shares.min(ledger.supply_shares))
}

fn debt_shares(ledger: &Ledger, atoms: f64) -> u128 {
    let shares = (atoms * 2f64.powi(32) / (ledger.debt_index.get() as f64 / Q64 as f64)).max(1.0) as u128;
    shares.min(ledger.debt_shares.get())
}

/// What has happened to a pool: marks, outflow, a change on its ramp, a pause.
fn history(random: &mut StdRng, pool: &mut Pool, price: &RawPrice, now: i64) {
    pool.opened_at = now - log_uniform(random, 1.0, YEAR_SECS) as i64;
    pool.newest_publish_time = price.publish_time - random.random_range(0..200) + random.random_range(0..2);
    let Settings { risk, margin, limits, .. } = pool.settings;
    if random.random_bool(0.5) {
        let mut before = risk;
        before.liquidation_threshold_bps = random.random_range(0..=9_000);
        before.borrow_factor_bps = random.random_range(10_000..=20_000);
        let secs = random.random_range(Ramp::MIN_SECS..=Ramp::MAX_SECS);
        let begun = now - random.random_range(0..=i64::from(Ramp::MAX_SECS));
        pool.ramp = Ramp::new(before.weights(), &risk, begun, secs);
    }
    pool.volatility.fast = log_uniform(random, 1e3, 1e15) as u64;
    pool.volatility.slow = log_uniform(random, 1e3, 1e15) as u64;
    pool.volatility.apply(&margin);
    if random.random_bool(0.5) {
        pool.volatility.spot = spread(random, price.spot.unsigned_abs(), 0.02);
        pool.volatility.digits = u64::from(price.exponent.unsigned_abs());
        pool.volatility.marked_at = price.publish_time - random.random_range(0..7_200);
        pool.volatility.jumped_at = if random.random_bool(0.02) { pool.volatility.marked_at } else { 0 };
    }
    let net_atoms = random.random_range(-1.0..1.0) * pool.ledger.cash_atoms as f64;
    let updated_at = now - random.random_range(0..=i64::from(limits.outflow_window_secs));
    pool.outflow = Outflow { net_atoms: net_atoms as i64, updated_at };
    if random.random_bool(0.02) {
        pool.pause.guardian = Closure { actions: random.random_range(0..=15), ends_at: now + 100 };
    }
}

fn settings(random: &mut StdRng, risk: RiskParams, terms: &LiquidationTerms) -> Settings {
    let settings =
        Settings { curve: curve(random), risk, guard: guard(random), limits: limits(random), margin: margin(random) };
    settings.validate(terms).expect("settings that the program would accept");
    settings
}

fn curve(random: &mut StdRng) -> Curve {
    let corners = random.random_range(2..=8u32);
    let mut rate_bps = 0;
    let points: Vec<CurvePoint> = (0..corners)
        .map(|corner| {
            rate_bps += random.random_range(0..=4_000);
            CurvePoint { utilization_bps: 10_000 * corner / (corners - 1), rate_bps }
        })
        .collect();
    Curve::new(&points).expect("corners in order")
}

fn risk(random: &mut StdRng, terms: &LiquidationTerms) -> RiskParams {
    let highest = 9_000.min(terms.deep_line_bps);
    let liquidation_threshold_bps = random.random_range(1_000..highest);
    RiskParams {
        ltv_bps: random.random_range(liquidation_threshold_bps / 2..liquidation_threshold_bps),
        liquidation_threshold_bps,
        borrow_factor_bps: random.random_range(10_000..=20_000),
        reserve_factor_bps: random.random_range(0..=RiskParams::MAX_RESERVE_FACTOR_BPS),
        origination_fee_bps: random.random_range(0..=RiskParams::MAX_ORIGINATION_FEE_BPS),
        insurance_share_bps: random.random_range(0..=5_000),
        insurance_target_bps: random.random_range(0..=10_000),
        flash_fee_bps: random.random_range(0..=RiskParams::MAX_FLASH_FEE_BPS),
    }
}

fn guard(random: &mut StdRng) -> PriceGuard {
    let max_age_new_risk_secs = random.random_range(30..=600);
    PriceGuard {
        max_age_new_risk_secs,
        max_age_liquidation_secs: max_age_new_risk_secs + random.random_range(30..=600),
        max_confidence_bps: random.random_range(200..=1_000),
        confidence_multiplier_bps: random.random_range(0..=PriceGuard::MAX_MULTIPLIER_BPS),
        max_ema_deviation_bps: random.random_range(500..=5_000),
        max_move_bps: random.random_range(500..=5_000),
    }
}

/// A limit of each kind in every third reserve.
fn limits(random: &mut StdRng) -> Limits {
    let mut cap = |low: f64, high: f64, none: u64| {
        if random.random_bool(0.3) { log_uniform(random, low, high) as u64 } else { none }
    };
    let borrow_cap_atoms = cap(1e3, 1e19, u64::MAX);
    let collateral_cap_usd = cap(1e2, 1e9, Limits::NO_COLLATERAL_CAP);
    let min_debt_atoms = cap(1.0, 1e6, 0);
    let outflow_floor_atoms = cap(1.0, 1e12, 0);
    let outflow_bps = if random.random_bool(0.7) { 10_000 } else { random.random_range(0..=BPS_ONE) };
    let has_cap = collateral_cap_usd != Limits::NO_COLLATERAL_CAP;
    Limits {
        supply_cap_atoms: u64::MAX,
        borrow_cap_atoms,
        collateral_cap_usd,
        min_debt_atoms,
        allowed_debts: if random.random_bool(0.99) { Limits::ANY_DEBT } else { random.random() },
        outflow_floor_atoms,
        outflow_window_secs: random.random_range(600..=86_400),
        probation_secs: if has_cap { random.random_range(0..=Limits::MAX_PROBATION_SECS) } else { 0 },
        outflow_bps: u16::try_from(outflow_bps).expect("at most 10,000"),
        max_utilization_bps: random.random_range(7_000..=10_000),
        reserved: 0,
    }
}

fn margin(random: &mut StdRng) -> MarginModel {
    if random.random_bool(0.5) {
        return MarginModel::OFF;
    }
    MarginModel {
        z_bps: random.random_range(0..=40_000),
        cost_bps: random.random_range(0..=500),
        stress_bps: random.random_range(0..=20_000),
        horizon_secs: random.random_range(0..=3_600),
        fast_secs: random.random_range(60..=86_400),
        slow_secs: random.random_range(86_400..=MarginModel::MAX_SECS),
        reserved: 0,
    }
}

/// Now and then one that new risk cannot live with, rarely one that liquidation cannot either.
fn price(random: &mut StdRng, guard: &PriceGuard, now: i64) -> RawPrice {
    let digits = random.random_range(0..=18);
    let spot = (log_uniform(random, 1e-6, 1e5) * 10f64.powi(digits)).clamp(1.0, 1e18) as u64;
    let off = if random.random_bool(0.99) { 0.03 } else { 0.9 };
    let ema = spread(random, spot, off);
    let certainty = if random.random_bool(0.99) { 0.015 } else { 0.2 };
    let oldest = match random.random_range(0..500) {
        0 => guard.max_age_liquidation_secs + 5,
        1..=5 => guard.max_age_liquidation_secs,
        _ => guard.max_age_new_risk_secs,
    };
    let mut uncertain = |price: u64| (price as f64 * random.random_range(0.0..certainty)) as u64;
    let (confidence, ema_confidence) = (uncertain(spot), uncertain(ema));
    let signed = |price: u64| i64::try_from(price).expect("below 2^63");
    let publish_time = now - random.random_range(0..=i64::from(oldest));
    RawPrice {
        spot: signed(spot),
        confidence,
        ema: signed(ema),
        ema_confidence,
        exponent: -digits,
        publish_time,
        previous_publish_time: publish_time - 1,
    }
}

/// Within a part of a number, and at least 1.
fn spread(random: &mut StdRng, around: u64, part: f64) -> u64 {
    (around as f64 * (1.0 + random.random_range(-part..part))).max(1.0) as u64
}

/// Each order of magnitude as likely.
fn log_uniform(random: &mut StdRng, low: f64, high: f64) -> f64 {
    random.random_range(low.ln()..high.ln()).exp()
}
