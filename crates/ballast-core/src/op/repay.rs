//! Pay debt back. Needs no price, so that nothing can stand in the way. docs/MODEL.md, "repay".

use crate::pool::Pool;
use crate::positions::Positions;
use crate::units::{Amount, Atoms, DebtShares};
use crate::{Refusal, Result};

/// Tokens in, debt gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repayment {
    /// Never more than what is owed.
    pub taken: Atoms,
    pub shares: DebtShares,
}

/// Pays `amount`, or all that is owed when that is less.
///
/// Refuses where nothing is owed.
pub fn repay(pool: &mut Pool, positions: &mut Positions, amount: Amount, now: i64) -> Result<Repayment> {
    pool.ledger.accrue(now);

    let held = positions.debt(&pool.id);
    if held.0 == 0 {
        return Err(Refusal::InsufficientDebt);
    }
    let repayment = match (amount, pool.ledger.debt_atoms_ceil(held)) {
        // A debt that has outgrown 64 bits is more than any amount: a part of it can be paid, all of it cannot.
        (Amount::Exact(atoms), owed) if owed.map_or(true, |owed| atoms < owed) => {
            Repayment { taken: atoms, shares: pool.ledger.debt_shares_floor(atoms)? }
        }
        (_, owed) => Repayment { taken: owed?, shares: held },
    };

    pool.ledger.collect(repayment.taken, repayment.shares)?;
    positions.remove_debt(&pool.id, repayment.shares)?;
    pool.settle()?;
    pool.outflow.come(repayment.taken, &pool.settings.limits, now);
    Ok(repayment)
}
