//! Take a loan. docs/MODEL.md, "borrow".

use crate::health::{Health, Totals};
use crate::math::{div_ceil, mul_exact, narrow};
use crate::op::Priced;
use crate::positions::{Holding, Positions};
use crate::price::PriceUse;
use crate::quote::Quote;
use crate::units::{Atoms, BPS_ONE, DebtShares};
use crate::{Refusal, Result};

/// Tokens out, debt on the borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    pub paid_out: Atoms,
    /// The origination fee, owed in addition.
    pub fee: Atoms,
    pub shares: DebtShares,
    pub before: Health,
    pub after: Health,
}

/// Lends exactly `amount`; the fee is added to the debt. `others` sums the obligation's positions in other reserves.
///
/// Refuses more than the reserve's cash, a reserve that is collateral here, and whatever would leave the initial margin uncovered.
pub fn borrow(reserve: Priced, positions: &mut Positions, others: &Totals, amount: Atoms, now: i64) -> Result<Loan> {
    let Priced { pool, price } = reserve;
    pool.ledger.accrue(now);

    if amount.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    let fee = Atoms(narrow(div_ceil(mul_exact(amount.0, pool.risk.origination_fee().get()), u128::from(BPS_ONE))?)?);
    let owed = Atoms(amount.0.checked_add(fee.0).ok_or(Refusal::MathOverflow)?);
    let shares = pool.ledger.debt_shares_ceil(owed)?;
    let held = positions.debt(&pool.id);

    pool.ledger.lend(amount, shares)?;
    positions.add_debt(&pool.id, shares)?;
    pool.settle()?;

    let quote = Quote::new(pool, &price, PriceUse::NewRisk, now)?;
    let before = others.with(Holding::Debt(held), &quote)?;
    let after = others.with(Holding::Debt(DebtShares(held.0 + shares.0)), &quote)?;
    if !after.initial.covers_debt() {
        return Err(Refusal::HealthTooLow);
    }
    pool.record_price(&price);
    Ok(Loan { paid_out: amount, fee, shares, before: before.maintenance, after: after.maintenance })
}
