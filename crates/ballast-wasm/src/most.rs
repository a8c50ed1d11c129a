//! The largest amount that an operation accepts. The search tries the operation itself, so exactly the limits of the
//! operation count.

use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::pool::Pool;
use ballast_core::positions::{Positions, Side};
use ballast_core::preview::{self, BorrowerState};
use ballast_core::price::PriceUse;
use ballast_core::units::{Amount, Atoms, Bps};
use ballast_core::{Refusal, Result};
use bytemuck::Zeroable;

use crate::memory::{Slot, others};

/// The largest loan from the reserve in slot `at`.
pub fn to_borrow(slots: &[Slot], at: usize, now: i64) -> Result<u64> {
    let reserve = slots.get(at).ok_or(Refusal::PositionsFull)?.priced()?;
    let borrower = borrower(slots, others(slots, &[at], PriceUse::NewRisk, now)?);
    largest(reserve.pool.ledger.cash_atoms, |amount| preview::borrow(reserve, borrower, amount, now).map(drop))
}

/// The largest withdrawal from the reserve in slot `at`.
pub fn to_withdraw(slots: &[Slot], at: usize, now: i64) -> Result<u64> {
    let reserve = slots.get(at).ok_or(Refusal::PositionsFull)?.priced()?;
    let mut borrower = borrower(slots, Totals::default());
    if borrower.positions.has(Side::Debt) {
        borrower.others = others(slots, &[at], PriceUse::NewRisk, now)?;
    }
    largest(reserve.pool.ledger.cash_atoms, |amount| {
        preview::withdraw(reserve, borrower, Amount::Exact(amount), now).map(drop)
    })
}

/// Returns the borrower for an operation that reads no margin call and no target.
fn borrower(slots: &[Slot], others: Totals) -> BorrowerState {
    BorrowerState { positions: positions(slots), call: Call::default(), others, target: Bps(0), slot: 0 }
}

/// Returns the positions with shares. A slot without shares is for a position that the operation may open.
pub fn positions(slots: &[Slot]) -> Positions {
    let mut positions = Positions::zeroed();
    let held = slots.iter().map(|slot| slot.position).filter(|position| position.shares.get() != 0);
    for (slot, position) in positions.slots.iter_mut().zip(held) {
        *slot = position;
        positions.len += 1;
    }
    positions
}

/// Returns the atoms that may leave a pool now by its outflow limit alone, if `claims` remain in it.
pub fn to_leave(pool: &Pool, claims: u128, now: i64) -> Result<u64> {
    let leave = |amount| {
        let mut outflow = pool.outflow;
        outflow.leave(amount, claims, &pool.settings.limits, now)
    };
    if leave(Atoms(u64::MAX)).is_ok() { Ok(u64::MAX) } else { largest(u64::MAX, leave) }
}

/// Tries amounts up to `most`. A refusal of an amount bounds the search. Any other refusal ends it.
fn largest(most: u64, attempt: impl Fn(Atoms) -> Result<()>) -> Result<u64> {
    let (mut accepted, mut refused) = (0, most.saturating_add(1));
    while refused - accepted > 1 {
        let amount = accepted + (refused - accepted) / 2;
        match attempt(Atoms(amount)) {
            Ok(()) | Err(Refusal::AmountTooSmall | Refusal::DebtTooSmall) => accepted = amount,
            Err(
                Refusal::HealthTooLow
                | Refusal::InsufficientCash
                | Refusal::InsufficientCollateral
                | Refusal::BorrowCapReached
                | Refusal::UtilizationTooHigh
                | Refusal::OutflowLimited
                | Refusal::MathOverflow,
            ) => refused = amount,
            Err(refusal) => return Err(refusal),
        }
    }
    // The operation does not accept an amount that is too small.
    Ok(attempt(Atoms(accepted)).map_or(0, |()| accepted))
}
