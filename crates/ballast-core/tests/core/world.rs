//! Reserves, prices and borrowers for the tests: the plainest of each, and strategies that span the documented domain.

use crate::model::{Exact, Line, debt_atoms, floor, int, pow2, spot, supply_atoms, weights};
use ballast_core::Result;
use ballast_core::call::Call;
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::health::Totals;
use ballast_core::ledger::Ledger;
use ballast_core::limits::Limits;
use ballast_core::pause::{Closure, Pausable, Pause};
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Holding, Positions};
use ballast_core::preview::PricedPool;
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::{Ramp, RiskParams, Weights};
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{DebtShares, SupplyShares, Wide};
use ballast_core::volatility::MarginModel;
use bytemuck::Zeroable;
use num_traits::ToPrimitive;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

pub const NOW: i64 = 1_800_000_000;
/// The slot of everything that has one.
pub const SLOT: u64 = 400_000_000;
pub const YEAR: i64 = 31_536_000;
pub const Q64: u128 = 1 << 64;

/// The same cases on every run, unless `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for others.
pub fn laws(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { cases };
    let rng_seed = if config.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { config.rng_seed };
    ProptestConfig { cases, rng_seed, max_global_rejects: cases * 20, ..config }
}

pub fn id(n: u8) -> ReserveId {
    ReserveId { bytes: [n; 32] }
}

/// 0 % to 8 % at 80 % utilization, 100 % beyond.
pub fn curve() -> Curve {
    curve_of(&[(0, 0), (8_000, 800), (10_000, 10_000)])
}

pub fn curve_of(corners: &[(u32, u32)]) -> Curve {
    let point = |&(utilization_bps, rate_bps): &(u32, u32)| CurvePoint { utilization_bps, rate_bps };
    Curve::new(&corners.iter().map(point).collect::<Vec<_>>()).expect("a curve")
}

pub fn risk() -> RiskParams {
    RiskParams {
        ltv_bps: 7_500,
        liquidation_threshold_bps: 8_000,
        borrow_factor_bps: 10_000,
        reserve_factor_bps: 1_000,
        origination_fee_bps: 0,
        insurance_share_bps: 0,
        insurance_target_bps: 0,
        flash_fee_bps: 0,
    }
}

pub fn guard() -> PriceGuard {
    PriceGuard {
        max_age_new_risk_secs: 60,
        max_age_liquidation_secs: 120,
        max_confidence_bps: 200,
        confidence_multiplier_bps: 20_000,
        max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
        max_move_bps: PriceGuard::MAX_BAND_BPS,
    }
}

/// Limits that refuse no amount.
pub fn open() -> Limits {
    Limits {
        supply_cap_atoms: u64::MAX,
        borrow_cap_atoms: u64::MAX,
        collateral_cap_usd: Limits::NO_COLLATERAL_CAP,
        min_debt_atoms: 0,
        allowed_debts: Limits::ANY_DEBT,
        outflow_floor_atoms: 0,
        outflow_window_secs: 3_600,
        probation_secs: 0,
        outflow_bps: 10_000,
        max_utilization_bps: 10_000,
        reserved: 0,
    }
}

/// The plainest curve, parameters and guard, without limits and without a margin model.
pub fn settings() -> Settings {
    Settings { curve: curve(), risk: risk(), guard: guard(), limits: open(), margin: MarginModel::OFF }
}

/// Terms without a soft zone.
pub fn terms() -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 10,
        health_slope_bps: 5_000,
        slot_step_centibps: 100,
        max_bonus_bps: 1_000,
        deep_step_centibps: 100,
        max_deep_bonus_bps: 3_000,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        hard_line_bps: 10_000,
        warning_bps: 1_000,
        cure_slots: 0,
        relax_slots: 750,
        reserved: 0,
        dust_cents: 100,
    }
}

/// An empty pool, listed as number `n`, that has been open for no time at all.
pub fn pool_of(n: u8, decimals: u8, settings: Settings) -> Pool {
    let mut pool = Pool { settings, opened_at: NOW, ..Pool::new(id(n), n, decimals, NOW).expect("a pool") };
    pool.settle().expect("sound books");
    pool
}

/// An empty pool of a token with 6 decimals.
pub fn pool(n: u8) -> Pool {
    pool_of(n, 6, settings())
}

/// A pool that strangers have supplied with `cash` atoms.
pub fn funded(n: u8, cash: u64) -> Pool {
    let mut pool = pool(n);
    pool.ledger.cash_atoms = cash;
    pool.ledger.supply_shares = cash;
    pool
}

/// The weights in force, with the haircut of the last mark.
pub fn weights_of(pool: &Pool, now: i64) -> Weights {
    pool.weights_at(pool.volatility.haircut_bps, now)
}

/// A margin call since which liquidators might have acted, and no other clock.
pub fn call_of(warned: u64, called_at: u64) -> Call {
    Call { called_at, turn_at: called_at, seen_at: called_at, warned, ..Call::default() }
}

pub fn positions() -> Positions {
    Positions::zeroed()
}

/// A certain price of `dollars`, published now.
pub fn dollars(dollars: i64) -> RawPrice {
    let spot = dollars * 100_000_000;
    let (publish_time, previous_publish_time) = (NOW, NOW - 1);
    RawPrice { spot, confidence: 0, ema: spot, ema_confidence: 0, exponent: -8, publish_time, previous_publish_time }
}

/// Log-uniform over 1 to `u64::MAX`.
pub fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![20 => (any::<u64>(), 0u32..64).prop_map(|(x, shift)| (x >> shift).max(1)), 1 => Just(u64::MAX)]
}

/// Log-uniform over a debt index: 1 to the cap of 2^32.
pub fn debt_index() -> impl Strategy<Value = u128> {
    let within = (any::<u64>(), 0u32..32).prop_map(|(x, shift)| (Q64 + u128::from(x)) << shift);
    prop_oneof![20 => within, 2 => Just(Q64), 1 => Just(Q64 << 32)]
}

/// Log-uniform over a supply index: haircuts take it to 2^-64, interest to 2^32.
pub fn supply_index() -> impl Strategy<Value = u128> {
    let whole = (any::<u128>(), 32u32..128).prop_map(|(x, shift)| (x >> shift).max(1));
    prop_oneof![10 => whole, 10 => debt_index()]
}

/// Books that INV-1 and INV-2 hold of, anywhere in the domain, without a rate yet.
pub fn ledger() -> impl Strategy<Value = Ledger> {
    (amount(), 0..=100u64, amount(), amount(), supply_index(), debt_index(), 0u32..=40).prop_map(
        |(cash, insured_percent, debt, supply, supply_index, debt_index, debt_shift)| {
            let debt_shares = u128::from(debt) << (debt_shift.min(32));
            let insurance_atoms = cash / 100 * insured_percent;
            let left = int(cash - insurance_atoms) + debt_atoms(debt_shares, debt_index);
            let most = floor(&(left * pow2(64) / int(supply_index))).to_u64().unwrap_or(u64::MAX);
            Ledger {
                cash_atoms: cash,
                insurance_atoms,
                supply_shares: supply.min(most),
                supply_index: Wide::new(supply_index),
                debt_shares: Wide::new(debt_shares),
                debt_index: Wide::new(debt_index),
                ..Ledger::new(NOW)
            }
        },
    )
}

/// Any curve: 2 to 8 corners.
pub fn any_curve() -> impl Strategy<Value = Curve> {
    (prop::collection::btree_set(1u32..10_000, 0..=6), prop::collection::vec(0..=Curve::MAX_RATE_BPS, 8)).prop_map(
        |(inner, mut rates)| {
            rates.sort_unstable();
            let at = std::iter::once(0).chain(inner).chain(std::iter::once(10_000));
            curve_of(&at.zip(rates).collect::<Vec<_>>())
        },
    )
}

/// Parameters that INV-8 holds of, with a largest bonus of 10 %.
pub fn any_risk() -> impl Strategy<Value = RiskParams> {
    // One in ten counts for nothing.
    let threshold = prop_oneof![9 => 1u16..9_090, 1 => Just(0)];
    (threshold, 0u16..10_000, 10_000u16..=50_000, 0u16..=5_000, 0u16..=500).prop_map(
        |(threshold, ltv, borrow_factor_bps, reserve_factor_bps, origination_fee_bps)| RiskParams {
            ltv_bps: ltv % threshold.max(1),
            liquidation_threshold_bps: threshold,
            borrow_factor_bps,
            reserve_factor_bps,
            origination_fee_bps,
            ..risk()
        },
    )
}

/// A price of 1e-12 to 1e12 USD with 0 to 18 digits, confidence and average within 2 %.
pub fn any_price() -> impl Strategy<Value = RawPrice> {
    (-12i32..12, 0i32..=18, 1_000i64..9_000, 0u64..=200, -150i64..=150, 0u64..=200).prop_map(
        |(magnitude, digits, mantissa, confidence, drift, ema_confidence)| {
            let digits = digits.clamp((3 - magnitude).clamp(0, 18), (15 - magnitude).clamp(0, 18));
            let spot = i64::try_from(10i128.pow((magnitude + digits).unsigned_abs()) * i128::from(mantissa) / 1_000)
                .expect("below 9e18")
                .max(1);
            let ema = (spot + spot / 10_000 * drift).max(1);
            RawPrice {
                spot,
                confidence: spot.unsigned_abs() / 10_000 * confidence,
                ema,
                ema_confidence: ema.unsigned_abs() / 10_000 * ema_confidence,
                exponent: -digits,
                publish_time: NOW,
                previous_publish_time: NOW - 1,
            }
        },
    )
}

/// Parameters of every kind, those of insurance and flash loans included.
fn any_fees() -> impl Strategy<Value = RiskParams> {
    (any_risk(), 0u16..=5_000, 0u16..=10_000, 0u16..=500).prop_map(
        |(risk, insurance_share_bps, insurance_target_bps, flash_fee_bps)| RiskParams {
            insurance_share_bps,
            insurance_target_bps,
            flash_fee_bps,
            ..risk
        },
    )
}

fn any_guard() -> impl Strategy<Value = PriceGuard> {
    (1u32..=600, 0u32..=600, 1u16..=10_000, 0u16..=50_000, 1u16..=50_000, 1u16..=50_000).prop_map(
        |(age, more, max_confidence_bps, confidence_multiplier_bps, max_ema_deviation_bps, max_move_bps)| PriceGuard {
            max_age_new_risk_secs: age,
            max_age_liquidation_secs: (age + more).max(PriceGuard::MIN_LIQUIDATION_AGE_SECS),
            max_confidence_bps,
            confidence_multiplier_bps,
            max_ema_deviation_bps,
            max_move_bps,
        },
    )
}

/// Any limits that are some.
pub fn any_limits() -> impl Strategy<Value = Limits> {
    let caps = (amount(), amount(), amount(), amount(), amount());
    let times = (1u32..=Limits::MAX_WINDOW_SECS, 0u32..=Limits::MAX_PROBATION_SECS);
    (caps, any::<u64>(), times, 0u16..=10_000, 0u16..=10_000).prop_map(
        |((supply, borrow, collateral, min_debt, floor), allowed_debts, times, outflow_bps, max_utilization_bps)| {
            Limits {
                supply_cap_atoms: supply,
                borrow_cap_atoms: borrow,
                collateral_cap_usd: collateral,
                min_debt_atoms: min_debt,
                allowed_debts,
                outflow_floor_atoms: floor,
                outflow_window_secs: times.0,
                probation_secs: if collateral >> 52 == 0 { times.1 } else { 0 },
                outflow_bps,
                max_utilization_bps,
                reserved: 0,
            }
        },
    )
}

pub fn any_margin() -> impl Strategy<Value = MarginModel> {
    let memories = (1u32..=MarginModel::MAX_SECS, 1u32..=MarginModel::MAX_SECS);
    (any::<u16>(), 0u16..=10_000, 0..=MarginModel::MAX_STRESS_BPS, 0..=MarginModel::MAX_SECS, memories).prop_map(
        |(z_bps, cost_bps, stress_bps, horizon_secs, (a, b))| MarginModel {
            z_bps,
            cost_bps,
            stress_bps,
            horizon_secs,
            fast_secs: a.min(b),
            slow_secs: a.max(b),
            reserved: 0,
        },
    )
}

/// Any settings that a market with [`terms`] accepts.
pub fn any_settings() -> impl Strategy<Value = Settings> {
    (any_curve(), any_fees(), any_guard(), any_limits(), any_margin())
        .prop_map(|(curve, risk, guard, limits, margin)| Settings { curve, risk, guard, limits, margin })
}

/// Returns the settings as far toward others as one change may go.
pub fn step_towards(from: &Settings, to: &Settings) -> Settings {
    let (mut step, old) = (*to, &from.risk);
    let risk = &mut step.risk;
    risk.liquidation_threshold_bps = risk.liquidation_threshold_bps.min(old.liquidation_threshold_bps + 500);
    risk.ltv_bps = risk.ltv_bps.min(old.ltv_bps + 500).min(risk.liquidation_threshold_bps.saturating_sub(1));
    risk.borrow_factor_bps = risk.borrow_factor_bps.max(old.borrow_factor_bps.saturating_sub(1_000));
    step.limits = limits_towards(&from.limits, &to.limits);
    let (guard, old) = (&mut step.guard, &from.guard);
    guard.max_age_new_risk_secs = guard.max_age_new_risk_secs.min(old.max_age_new_risk_secs * 2 + 60);
    guard.max_age_liquidation_secs = guard.max_age_liquidation_secs.min(old.max_age_liquidation_secs * 2 + 60);
    let double = |new: u16, old: u16| new.min(old.saturating_mul(2).saturating_add(100));
    guard.max_confidence_bps = double(guard.max_confidence_bps, old.max_confidence_bps);
    guard.max_ema_deviation_bps = double(guard.max_ema_deviation_bps, old.max_ema_deviation_bps);
    guard.max_move_bps = double(guard.max_move_bps, old.max_move_bps);
    let halve = |new: u16, old: u16, less: u16| new.max(old.div_ceil(2).saturating_sub(less));
    guard.confidence_multiplier_bps = halve(guard.confidence_multiplier_bps, old.confidence_multiplier_bps, 1_000);
    let (margin, old) = (&mut step.margin, &from.margin);
    margin.z_bps = halve(margin.z_bps, old.z_bps, 1_000);
    margin.cost_bps = halve(margin.cost_bps, old.cost_bps, 50);
    margin.stress_bps = margin.stress_bps.max(old.stress_bps.div_ceil(2).saturating_sub(500));
    margin.horizon_secs = margin.horizon_secs.max(old.horizon_secs.div_ceil(2).saturating_sub(60));
    let highest = |curve: &Curve| curve.points[curve.len as usize - 1].rate_bps;
    if highest(&step.curve) > highest(&from.curve) * 2 + 1_000 {
        step.curve = from.curve;
    }
    step
}

/// A probation does not get shorter here, so that the step is allowed at any time.
fn limits_towards(from: &Limits, to: &Limits) -> Limits {
    let double = |new: u64, old: u64| if old == 0 { new } else { new.min(old.saturating_mul(2)) };
    let probation_secs = to.probation_secs.max(from.probation_secs);
    let highest_cap = if probation_secs == 0 { u64::MAX } else { (1 << 52) - 1 };
    let floor = from.outflow_floor_atoms.saturating_mul(2).saturating_add(from.supply_cap_atoms / 100);
    let (mut allowed_debts, mut more) = (to.allowed_debts & from.allowed_debts, to.allowed_debts & !from.allowed_debts);
    for _ in 0..8 {
        allowed_debts |= more & more.wrapping_neg();
        more &= more.wrapping_sub(1);
    }
    Limits {
        supply_cap_atoms: double(to.supply_cap_atoms, from.supply_cap_atoms),
        borrow_cap_atoms: double(to.borrow_cap_atoms, from.borrow_cap_atoms),
        collateral_cap_usd: double(to.collateral_cap_usd, from.collateral_cap_usd).min(highest_cap),
        allowed_debts,
        outflow_floor_atoms: to.outflow_floor_atoms.min(floor),
        outflow_window_secs: to.outflow_window_secs.max(from.outflow_window_secs.div_ceil(2)),
        probation_secs,
        outflow_bps: to.outflow_bps.min(from.outflow_bps * 2 + 500),
        max_utilization_bps: to.max_utilization_bps.min(from.max_utilization_bps + 1_000),
        ..*to
    }
}

/// A pause of the authority.
pub fn paused(actions: u64, ends_at: i64) -> Pause {
    let liquidations_resume_at = if actions & Pausable::Liquidate.bit() == 0 { 0 } else { ends_at };
    Pause { authority: Closure { actions, ends_at }, liquidations_resume_at, ..Pause::default() }
}

/// A day to 90, of which some have passed: from a threshold and a borrow factor that were easier on borrowers.
pub fn ramp_to(risk: RiskParams) -> impl Strategy<Value = Ramp> {
    let days = i64::from(Ramp::MIN_SECS)..=i64::from(Ramp::MAX_SECS);
    (days, 0u32..1_000, 0u32..=1_000, 0u32..=1_000).prop_map(move |(secs, passed, higher, lower)| {
        let starts_at = NOW - secs * i64::from(passed) / 1_000;
        let (to, factor) = (u32::from(risk.liquidation_threshold_bps), u32::from(risk.borrow_factor_bps));
        Ramp {
            starts_at,
            ends_at: starts_at + secs,
            from_threshold_bps: to + (9_089u32.saturating_sub(to)) * higher / 1_000,
            from_borrow_factor_bps: factor - (factor - 10_000) * lower / 1_000,
        }
    })
}

/// Parameters, and how far they are in force: one time in three a ramp is running, and one time in three the
/// volatility asks for a margin.
pub fn weighing() -> impl Strategy<Value = (RiskParams, Ramp, u64)> {
    let haircut = prop_oneof![2 => Just(0u64), 1 => 0u64..=10_000];
    (any_fees(), haircut).prop_flat_map(|(risk, haircut)| {
        let ramp = prop_oneof![2 => Just(Ramp::default()), 1 => ramp_to(risk)];
        (Just(risk), ramp, Just(haircut))
    })
}

/// A reserve with any decimals, indices, weights and price; its books are empty.
pub fn asset() -> impl Strategy<Value = (Pool, RawPrice)> {
    (0u8..=18, weighing(), any_price(), supply_index(), debt_index()).prop_map(
        |(decimals, (risk, ramp, haircut_bps), price, supply_index, debt_index)| {
            let mut pool = Pool { ramp, ..pool_of(0, decimals, Settings { risk, ..settings() }) };
            pool.volatility.haircut_bps = haircut_bps;
            pool.ledger.supply_index = Wide::new(supply_index);
            pool.ledger.debt_index = Wide::new(debt_index);
            if supply_atoms(1, supply_index) * spot(&pool, &price) > int(1_000_000) {
                // One share alone would be worth more than an obligation of these tests.
                pool.decimals = Pool::MAX_DECIMALS;
            }
            (pool, price)
        },
    )
}

/// An obligation with its reserves, each of which has cash for any request.
#[derive(Clone, Debug)]
pub struct Obligation {
    pub lines: Vec<Line>,
}

/// No single holding is worth more atoms than this, so that the reserve's books fit `u64` whatever happens.
const LARGEST_HOLDING: u64 = 1 << 60;

impl Obligation {
    pub fn positions(&self) -> Positions {
        let mut positions = positions();
        for (pool, _, holding) in &self.lines {
            match *holding {
                Holding::Collateral(shares) => positions.add_collateral(&pool.id, shares),
                Holding::Debt(shares) => positions.add_debt(&pool.id, shares),
            }
            .expect("room for the position");
        }
        positions
    }

    pub fn priced(&self, n: usize) -> PricedPool {
        let (pool, price, _) = self.lines[n];
        PricedPool { pool, price }
    }

    /// The positions in all reserves but the named.
    pub fn others(&self, named: &[usize], usage: PriceUse) -> Result<Totals> {
        self.others_at(named, usage, NOW)
    }

    pub fn others_at(&self, named: &[usize], usage: PriceUse, now: i64) -> Result<Totals> {
        let lines = self.lines.iter().enumerate().filter(|(n, _)| !named.contains(n));
        Totals::of(lines.map(|(_, line)| (line, line.2)), |(pool, price, _)| Quote::new(pool, price, usage, now))
    }

    /// With interest up to `now` and prices of that moment.
    pub fn at(&self, now: i64) -> Self {
        let mut later = self.clone();
        for (pool, price, _) in &mut later.lines {
            pool.ledger.accrue(now);
            price.publish_time = now;
        }
        later
    }

    pub fn collaterals(&self) -> Vec<usize> {
        self.indices(|holding| matches!(holding, Holding::Collateral(_)))
    }

    pub fn debts(&self) -> Vec<usize> {
        self.indices(|holding| matches!(holding, Holding::Debt(_)))
    }

    fn indices(&self, wanted: impl Fn(&Holding) -> bool) -> Vec<usize> {
        (0..self.lines.len()).filter(|&n| wanted(&self.lines[n].2)).collect()
    }
}

/// Collateral worth about `usd`, at least one share.
fn collateral_worth(pool: &Pool, price: &RawPrice, usd: &Exact) -> SupplyShares {
    let index = pool.ledger.supply_index.get();
    let atoms = (usd / spot(pool, price)).min(int(LARGEST_HOLDING));
    let shares = floor(&(atoms * pow2(64) / int(index))).to_u64().unwrap_or(u64::MAX);
    SupplyShares(shares.clamp(1, u64::MAX / 4))
}

/// Debt worth about `usd`, at least one share.
fn debt_worth(pool: &Pool, price: &RawPrice, usd: &Exact) -> DebtShares {
    let atoms = (usd / spot(pool, price)).min(int(LARGEST_HOLDING));
    let shares = floor(&(atoms * pow2(96) / int(pool.ledger.debt_index.get()))).to_u128().unwrap_or(u128::MAX);
    DebtShares(shares.max(1))
}

/// Books in which the holding is a part, with cash to spare.
fn fund(pool: &mut Pool, holding: Holding) {
    let ledger = &mut pool.ledger;
    ledger.cash_atoms = 1 << 62;
    match holding {
        Holding::Collateral(shares) => ledger.supply_shares = shares.0 + shares.0 / 2,
        Holding::Debt(shares) => {
            ledger.debt_shares = Wide::new(shares.0 + shares.0 / 3);
            // A quarter of it is supplied, so that an insurance bucket of a part of that can be too small for a
            // premium.
            let owed = debt_atoms(shares.0, ledger.debt_index.get());
            let supplied = floor(&(owed / int(4) * pow2(64) / int(ledger.supply_index.get())));
            ledger.supply_shares = supplied.to_u64().unwrap_or(0).min(1 << 60);
        }
    }
    let claims = supply_atoms(ledger.supply_shares, ledger.supply_index.get());
    if claims > int(ledger.cash_atoms) {
        // A single share can be worth more than all else.
        ledger.cash_atoms = u64::MAX / 2;
    }
    pool.settle().expect("sound books");
}

/// One to three collaterals and one to three debts, with a maintenance health around `health_bps`.
pub fn obligation(health_bps: std::ops::Range<u64>) -> impl Strategy<Value = Obligation> {
    let side = || prop::collection::vec((asset(), 1u32..100), 1..=3);
    (side(), side(), -2i32..=10, 1u64..1_000, health_bps).prop_map(
        |(collaterals, debts, magnitude, mantissa, health_bps)| {
            let worth = int(mantissa) * int(10).pow(magnitude);
            build(collaterals, debts, &worth, health_bps)
        },
    )
}

type Drawn = Vec<((Pool, RawPrice), u32)>;

fn build(collaterals: Drawn, debts: Drawn, worth: &Exact, health_bps: u64) -> Obligation {
    let mut lines = Vec::new();
    let parts = |drawn: &Drawn| int(drawn.iter().map(|(_, part)| part).sum::<u32>());
    let whole = parts(&collaterals);
    for ((pool, price), part) in collaterals {
        let shares = collateral_worth(&pool, &price, &(worth * int(part) / &whole));
        lines.push((pool, price, Holding::Collateral(shares)));
    }
    let weighted = crate::model::Margins::of(&lines).limit * int(10_000) / int(health_bps);
    let whole = parts(&debts);
    for ((pool, price), part) in debts {
        let usd = &weighted * int(part) / &whole / weights(&pool, NOW).borrow_factor;
        let shares = debt_worth(&pool, &price, &usd);
        lines.push((pool, price, Holding::Debt(shares)));
    }
    for (n, (pool, _, holding)) in (1u8..).zip(&mut lines) {
        pool.id = id(n);
        fund(pool, *holding);
    }
    Obligation { lines }
}
