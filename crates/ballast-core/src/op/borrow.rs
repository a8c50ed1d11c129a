//! Lends tokens to an obligation. docs/MODEL.md, "borrow".

use crate::call::Call;
use crate::health::{HealthChange, Totals};
use crate::op::Priced;
use crate::pause::Pausable;
use crate::positions::{Holding, Positions};
use crate::price::PriceUse;
use crate::quote::Quote;
use crate::units::{Atoms, DebtShares};
use crate::{Refusal, Result};

/// What a loan pays out and adds to the debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    pub paid_out: Atoms,
    /// The origination fee, owed in addition.
    pub fee: Atoms,
    pub shares: DebtShares,
    pub health: HealthChange,
}

/// Lends exactly `amount`; the fee is added to the debt. `others` sums the obligation's positions in other reserves.
///
/// Refuses a paused reserve, more than its cash, caps and limits, a reserve that is collateral here, and whatever would
/// leave the initial margin uncovered or owe what a collateral forbids.
pub fn borrow(
    reserve: Priced,
    positions: &mut Positions,
    call: &mut Call,
    others: &Totals,
    amount: Atoms,
    now: i64,
) -> Result<Loan> {
    let Priced { pool, price } = reserve;
    pool.check_not_paused(Pausable::Borrow, now)?;
    pool.check_no_flash_loan()?;
    pool.ledger.accrue(now);

    if amount.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    let fee = pool.settings.risk.origination_fee().fee_ceil(amount)?;
    let owed = amount.checked_add(fee).ok_or(Refusal::MathOverflow)?;
    let shares = pool.ledger.debt_shares_ceil(owed)?;
    let held = positions.debt(&pool.id);

    pool.ledger.lend(amount, shares)?;
    positions.add_debt(&pool.id, shares)?;
    let books = pool.settle()?;
    let debt = DebtShares(held.0 + shares.0);
    let limits = &pool.settings.limits;
    limits.check_loan(&books, pool.ledger.debt_atoms_ceil(debt)?)?;
    pool.outflow.leave(amount, books.claims_ceil, limits, now)?;

    let quote = Quote::new(pool, &price, PriceUse::NewRisk, now)?;
    let before = others.with(Holding::Debt(held), &quote)?.maintenance;
    let after = others.with(Holding::Debt(debt), &quote)?;
    after.check_new_risk()?;
    call.clear_if_healthy(&after.maintenance);
    pool.record_price(&quote.price);
    Ok(Loan { paid_out: amount, fee, shares, health: HealthChange { before, after: after.maintenance } })
}
