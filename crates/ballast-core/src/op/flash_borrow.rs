//! Lends tokens until the end of the transaction. docs/MODEL.md, "flash_borrow".

use crate::pause::Pausable;
use crate::pool::Pool;
use crate::units::Atoms;
use crate::{Refusal, Result};

/// What a flash loan pays out, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashLoan {
    pub paid_out: Atoms,
    /// The cost, in addition to the loan.
    pub fee: Atoms,
}

impl FlashLoan {
    /// Returns what must be repaid: the loan and its fee.
    pub fn due(&self) -> Atoms {
        self.paid_out.saturating_add(self.fee)
    }
}

/// Lends `amount` of the vault's cash. The books do not change: the caller has checked that the same transaction repays
/// it.
///
/// Refuses a paused reserve, a second loan of one reserve, an amount of zero, and more than the cash.
pub fn flash_borrow(pool: &mut Pool, amount: Atoms, now: i64) -> Result<FlashLoan> {
    pool.check_not_paused(Pausable::FlashBorrow, now)?;
    pool.check_no_flash_loan()?;
    if amount.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    if amount.0 > pool.ledger.cash_atoms {
        return Err(Refusal::InsufficientCash);
    }
    pool.flash_atoms = amount.0;
    Ok(FlashLoan { paid_out: amount, fee: pool.settings.risk.flash_fee().fee_ceil(amount)? })
}
