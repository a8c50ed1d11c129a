//! Repays debt. Needs no price, so a dead oracle cannot block it: INV-19. docs/MODEL.md, "repay".

use crate::ledger::Ledger;
use crate::pool::Pool;
use crate::positions::Positions;
use crate::units::{Amount, Atoms, DebtShares};
use crate::{Refusal, Result};

/// What a repayment takes, and the debt shares that it removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repayment {
    /// Never more than what is owed.
    pub taken: Atoms,
    pub shares: DebtShares,
}

/// Returns what to take from the payer if less may arrive. The caller then repays with what has arrived.
pub fn size(pool: &Pool, positions: &Positions, amount: Amount, now: i64) -> Result<Atoms> {
    let mut ledger = pool.ledger;
    ledger.accrue(now);
    pay(&ledger, positions.debt(&pool.id), amount).map(|repayment| repayment.taken)
}

/// Pays `amount`, or the whole debt when that is less.
///
/// Refuses an obligation without this debt, and a payment of zero.
pub fn repay(pool: &mut Pool, positions: &mut Positions, amount: Amount, now: i64) -> Result<Repayment> {
    pool.ledger.accrue(now);

    let repayment = pay(&pool.ledger, positions.debt(&pool.id), amount)?;

    pool.ledger.collect(repayment.taken, repayment.shares)?;
    positions.remove_debt(&pool.id, repayment.shares)?;
    pool.settle()?;
    pool.outflow.come(repayment.taken, &pool.settings.limits, now);
    Ok(repayment)
}

/// Returns the atoms to take for `amount`, and the debt shares that they pay.
fn pay(ledger: &Ledger, held: DebtShares, amount: Amount) -> Result<Repayment> {
    if held.0 == 0 {
        return Err(Refusal::InsufficientDebt);
    }
    match (amount, ledger.debt_atoms_ceil(held)) {
        (Amount::Exact(Atoms(0)), _) => Err(Refusal::AmountTooSmall),
        // A debt that has outgrown 64 bits is more than any amount: a part of it can be paid, all of it cannot.
        (Amount::Exact(atoms), owed) if owed.map_or(true, |owed| atoms < owed) => {
            Ok(Repayment { taken: atoms, shares: ledger.debt_shares_floor(atoms)? })
        }
        (_, owed) => Ok(Repayment { taken: owed?, shares: held }),
    }
}
