//! Random states and what core, compiled for this machine, says about them: a JSON document per line, which
//! `tests/ts/it/vectors.test.ts` compares with the client and with the compiled program. `cargo run --package
//! ballast-wasm --example vectors -- 1000`.
//!
//! This program computes the numbers with core and not with this crate's library. So the comparison also finds a
//! mistake in what the client calls.

mod random;

use std::io::{BufWriter, Write as _};

use ballast_core::health::{Health, Totals};
use ballast_core::limits::Outflow;
use ballast_core::positions::{Holding, Side};
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::units::Atoms;
use ballast_core::{Refusal, Result};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use random::{Listed, State};
use serde_json::{Value, json};

/// Another number, other states.
const SEED: u64 = 20_261_121;
/// What reads books only, refuses none that balance.
const BALANCED: &str = "books that balance";
const SECONDS_PER_YEAR: f64 = 31_536_000.0;

fn main() -> std::io::Result<()> {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1_000);
    let mut random = StdRng::seed_from_u64(SEED);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for _ in 0..count {
        let state = random::state(&mut random);
        writeln!(out, "{}", vector(&state))?;
    }
    out.flush()
}

fn vector(state: &State) -> Value {
    json!({
        "now": text(state.now),
        "warningBps": state.warning_bps,
        "hardLineBps": state.hard_line_bps,
        "assets": state.assets.iter().map(|asset| asset_of(asset, state.now)).collect::<Vec<_>>(),
        "maintenance": answer(health(state, PriceUse::Maintenance)),
        "liquidation": answer(health(state, PriceUse::Liquidation)),
        "newRisk": answer(health(state, PriceUse::NewRisk)),
    })
}

/// The asset as the accounts hold it, then what core says about it alone.
fn asset_of(asset: &Listed, now: i64) -> Value {
    let price = &asset.price;
    let pool: String = bytemuck::bytes_of(&asset.pool).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "pool": pool,
        "price": {
            "spot": text(price.spot),
            "confidence": text(price.confidence),
            "ema": text(price.ema),
            "emaConfidence": text(price.ema_confidence),
            "exponent": price.exponent,
            "publishTime": text(price.publish_time),
            "previousPublishTime": text(price.previous_publish_time),
        },
        "position": asset.position.map(|position| {
            let side = if position.side() == Side::Debt { "debt" } else { "collateral" };
            json!({ "shares": text(position.shares.get()), "side": side, "atoms": atoms(asset, now).expect(BALANCED) })
        }),
        "books": books(asset, now).expect(BALANCED),
        "yields": yields(asset),
    })
}

fn atoms(asset: &Listed, now: i64) -> Result<Value> {
    let mut ledger = asset.pool.ledger;
    ledger.accrue(now);
    let atoms = match asset.position.map(|position| position.holding()) {
        Some(Holding::Collateral(shares)) => ledger.supply_atoms_floor(shares),
        Some(Holding::Debt(shares)) => ledger.debt_atoms_ceil(shares),
        None => Err(Refusal::InsufficientCollateral),
    };
    atoms.map(|atoms| text(atoms.0))
}

fn books(asset: &Listed, now: i64) -> Result<Value> {
    let mut pool = asset.pool;
    pool.ledger.accrue(now);
    let (weights, indices) = (pool.weights_at(pool.volatility.haircut_bps, now), asset.pool.ledger.indices_at(now));
    let equity = pool.ledger.equity_floor()?;
    let settled = pool.settle()?;
    Ok(json!({
        "debtAtoms": text(settled.debt_floor),
        "claimsAtoms": text(settled.claims_ceil),
        "equityAtoms": text(equity),
        "collateralCap": text(pool.collateral_cap(now).0),
        "supplyIndex": text(indices.supply.0),
        "debtIndex": text(indices.debt.0),
        "utilization": text(settled.utilization.0),
        "borrowRate": text(asset.pool.ledger.borrow_rate),
        "passThrough": text(asset.pool.ledger.pass_through),
        "loanToValueBps": text(weights.loan_to_value.get()),
        "liquidationThresholdBps": text(weights.liquidation_threshold.get()),
        "borrowFactorBps": text(weights.borrow_factor.get()),
        "outflowNetAtoms": text(outflow(asset, now).net_atoms),
        "outflowRoomAtoms": text(outflow_room(asset, settled.claims_ceil, now)),
    }))
}

/// Returns the outflow, drained up to now.
fn outflow(asset: &Listed, now: i64) -> Outflow {
    let mut outflow = asset.pool.outflow;
    outflow.come(Atoms(0), &asset.pool.settings.limits, now);
    outflow
}

/// The most that may leave, bit by bit.
fn outflow_room(asset: &Listed, claims: u128, now: i64) -> u64 {
    let leaves = |amount| {
        let mut outflow = asset.pool.outflow;
        outflow.leave(Atoms(amount), claims, &asset.pool.settings.limits, now).is_ok()
    };
    (0..u64::BITS).rev().map(|bit| 1 << bit).fold(0, |room, more| if leaves(room | more) { room | more } else { room })
}

/// What a year costs and yields, for people: floating point here as there.
fn yields(asset: &Listed) -> Value {
    let q64 = |number: u64| number as f64 / 2f64.powi(64);
    let yearly = q64(asset.pool.ledger.borrow_rate) * SECONDS_PER_YEAR;
    json!({ "borrow": yearly.exp_m1(), "supply": (yearly * q64(asset.pool.ledger.pass_through)).exp_m1() })
}

fn health(state: &State, usage: PriceUse) -> Result<Value> {
    let mut totals = Totals::default();
    let mut positions = Vec::new();
    for asset in &state.assets {
        let Some(position) = asset.position else { continue };
        let quote = Quote::new(&asset.pool, &asset.price, usage, state.now)?;
        let alone = Totals::default().with(position.holding(), &quote)?;
        totals.add(position.holding(), &quote)?;
        positions.push(json!({
            "value": text(if position.side() == Side::Debt { alone.debt.0 } else { alone.collateral.0 }),
            "spot": text(quote.price.spot),
            "low": text(quote.price.low),
            "high": text(quote.price.high),
            "loanToValueBps": text(quote.weights.loan_to_value.get()),
            "liquidationThresholdBps": text(quote.weights.liquidation_threshold.get()),
            "borrowFactorBps": text(quote.weights.borrow_factor.get()),
            "priceState": price_state(asset, &quote, state.now),
        }));
    }
    let line = |bps: u64| json!({ "healthBps": text(bps), "isCrossed": totals.maintenance.is_below(bps) });
    Ok(json!({
        "initial": margin(&totals.initial),
        "average": margin(&totals.average),
        "maintenance": margin(&totals.maintenance),
        "collateral": text(totals.collateral.0),
        "debt": text(totals.debt.0),
        "positions": positions,
        "lines": {
            "warning": line(10_000 + u64::from(state.warning_bps)),
            "call": line(10_000),
            "hard": line(u64::from(state.hard_line_bps)),
        },
    }))
}

fn price_state(asset: &Listed, quote: &Quote, now: i64) -> &'static str {
    let guard = &asset.pool.settings.guard;
    let is_old = now - quote.price.published_at > i64::from(guard.max_age_liquidation_secs);
    match quote.price.published_at == asset.price.publish_time {
        false => "missing",
        true if is_old => "old",
        true if asset.pool.volatility.is_unconfirmed(&quote.price, guard) => "unconfirmed",
        true => "good",
    }
}

fn margin(health: &Health) -> Value {
    json!({ "limit": text(health.limit.0), "debt": text(health.debt.0), "healthBps": text(health.factor_bps_floor()) })
}

fn answer(result: Result<Value>) -> Value {
    result.unwrap_or_else(|refusal| json!({ "refused": format!("{refusal:?}") }))
}

/// JSON's numbers are floating point to JavaScript.
fn text(number: impl ToString) -> Value {
    Value::String(number.to_string())
}
