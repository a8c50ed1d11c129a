//! Core for the TypeScript client, as a WebAssembly module. Its caller is `app/client/src/core`, which describes the
//! same layout with the generated codecs. docs/decisions/0007-typescript-numbers.md.
//!
//! The caller writes [`Slot`]s at `input()`, calls a function and reads its result at `output()`. A function returns 0,
//! or the length of the name of core's refusal, which then stands at `output()` instead.

mod line;
mod memory;
mod most;
mod number;
mod rates;
mod seizure;

use ballast_core::Result;
use ballast_core::health::Totals;
use ballast_core::ledger::Ledger;
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions};
use ballast_core::price::PriceUse;
use ballast_core::units::{Atoms, Wide};
use memory::{Slot, answer, slots};
use number::{HealthNumbers, Numbers, PositionNumbers, PriceState, ReserveNumbers};

/// Computes the margins of the obligation whose positions are in the first `len` slots, and the numbers of each
/// position: a [`Numbers`]. `usage` is 0 for new risk, 1 for liquidation, 2 for maintenance.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn health(len: usize, usage: u32, now: i64) -> usize {
    let usage = match usage {
        0 => PriceUse::NewRisk,
        1 => PriceUse::Liquidation,
        _ => PriceUse::Maintenance,
    };
    answer(slots(len).and_then(|slots| numbers(&slots, usage, now)))
}

/// Computes the positions in the first `len` slots in atoms, with interest and without a price: a collateral rounded
/// down, a debt rounded up. A `u64` each.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn balances(len: usize, now: i64) -> usize {
    answer(slots(len).and_then(|slots| {
        let mut balances = [0; Positions::MAX];
        for (slot, balance) in slots.iter().zip(&mut balances) {
            *balance = atoms(&accrued(&slot.pool, now), slot.holding())?.0;
        }
        Ok(balances)
    }))
}

/// Computes the spot price of the position in slot `at`, in the feed's unit, at which the maintenance health crosses
/// `line_bps` while all else stays as it is. It is the highest price below the line for a collateral, the lowest one
/// for a debt, and 0 if no price crosses the line.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn price_at(len: usize, at: usize, line_bps: u64, now: i64) -> usize {
    answer(slots(len).and_then(|slots| line::price_at(&slots, at, line_bps, now)))
}

/// The largest loan from the reserve in slot `at`, in atoms; its position may have no shares yet.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn most_to_borrow(len: usize, at: usize, now: i64) -> usize {
    answer(slots(len).and_then(|slots| most::to_borrow(&slots, at, now)))
}

/// The largest withdrawal from the reserve in slot `at`, in atoms. Without debt no price is read.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn most_to_withdraw(len: usize, at: usize, now: i64) -> usize {
    answer(slots(len).and_then(|slots| most::to_withdraw(&slots, at, now)))
}

/// The books of the reserve in the first slot: a [`ReserveNumbers`].
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn reserve(now: i64) -> usize {
    answer(slots(1).and_then(|slots| books(&slots[0].pool, now)))
}

/// The rates of the curve of the reserve in the first slot, from 0 to 100 % utilization in steps of a percent: a
/// [`number::Rate`] each.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn rates() -> usize {
    answer(slots(1).and_then(|slots| rates::rates(&slots[0].pool)))
}

/// Computes what a liquidation of the obligation in the first `len` slots would move: a [`number::SeizureNumbers`].
/// `collateral` and `debt` are the slots of the pair. The caller writes terms, call, target and slot at
/// [`circumstances()`](seizure::circumstances) first.
#[expect(unsafe_code, reason = "a module's functions are found by their names")]
#[unsafe(no_mangle)]
pub extern "C" fn seizure(len: usize, collateral: usize, debt: usize, now: i64) -> usize {
    answer(slots(len).and_then(|slots| seizure::seizure(&slots, collateral, debt, now)))
}

fn numbers(slots: &[Slot], usage: PriceUse, now: i64) -> Result<Numbers> {
    let mut totals = Totals::default();
    let mut numbers = Numbers::default();
    for (slot, position) in slots.iter().zip(&mut numbers.positions) {
        let quote = slot.quote(usage, now)?;
        let part = Totals::default().with(slot.holding(), &quote)?;
        totals.add(slot.holding(), &quote)?;
        *position = PositionNumbers {
            value: Wide::new(part.collateral.0 | part.debt.0),
            spot: quote.price.spot,
            low: quote.price.low,
            high: quote.price.high,
            loan_to_value_bps: quote.weights.loan_to_value.get(),
            liquidation_threshold_bps: quote.weights.liquidation_threshold.get(),
            borrow_factor_bps: quote.weights.borrow_factor.get(),
            price_state: PriceState::of(&slot.pool, &slot.raw_price()?, &quote.price, now),
        };
    }
    numbers.initial = HealthNumbers::from(totals.initial);
    numbers.average = HealthNumbers::from(totals.average);
    numbers.maintenance = HealthNumbers::from(totals.maintenance);
    numbers.collateral = Wide::new(totals.collateral.0);
    numbers.debt = Wide::new(totals.debt.0);
    Ok(numbers)
}

fn books(pool: &Pool, now: i64) -> Result<ReserveNumbers> {
    let mut ledger = accrued(pool, now);
    let books = ledger.settle(&pool.settings.curve, pool.settings.risk.reserve_factor())?;
    let weights = pool.weights_at(pool.volatility.haircut_bps, now);
    let mut outflow = pool.outflow;
    outflow.come(Atoms(0), &pool.settings.limits, now);
    Ok(ReserveNumbers {
        debt: Wide::new(books.debt_floor),
        claims: Wide::new(books.claims_ceil),
        equity: Wide::new(ledger.equity_floor()?),
        collateral_cap: Wide::new(pool.collateral_cap(now).0),
        supply_index: ledger.supply_index,
        debt_index: ledger.debt_index,
        utilization: books.utilization.0,
        borrow_rate: pool.ledger.borrow_rate,
        pass_through: pool.ledger.pass_through,
        loan_to_value_bps: weights.loan_to_value.get(),
        liquidation_threshold_bps: weights.liquidation_threshold.get(),
        borrow_factor_bps: weights.borrow_factor.get(),
        outflow_net: outflow.net_atoms,
        outflow_room: most::to_leave(pool, books.claims_ceil, now)?,
    })
}

/// The books with interest up to `now`.
fn accrued(pool: &Pool, now: i64) -> Ledger {
    let mut ledger = pool.ledger;
    ledger.accrue(now);
    ledger
}

fn atoms(ledger: &Ledger, holding: Holding) -> Result<Atoms> {
    match holding {
        Holding::Collateral(shares) => ledger.supply_atoms_floor(shares),
        Holding::Debt(shares) => ledger.debt_atoms_ceil(shares),
    }
}
