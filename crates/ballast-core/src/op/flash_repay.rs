//! Repays a flash loan with its fee. docs/MODEL.md, "flash_repay".

use crate::pool::Pool;
use crate::units::Atoms;
use crate::{Refusal, Result};

/// The loan and the fee that a repayment pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashRepayment {
    pub amount: Atoms,
    pub fee: Atoms,
}

impl FlashRepayment {
    /// Loan and fee together.
    pub fn due(&self) -> Atoms {
        self.amount.saturating_add(self.fee)
    }
}

/// Returns what must be repaid. Refuses if no loan is open.
pub fn size(pool: &Pool) -> Result<FlashRepayment> {
    let amount = Atoms(pool.flash_atoms);
    if amount.0 == 0 {
        return Err(Refusal::NoFlashLoan);
    }
    Ok(FlashRepayment { amount, fee: pool.settings.risk.flash_fee().fee_ceil(amount)? })
}

/// Closes the loan with what has arrived. The fee goes to the protocol.
///
/// Refuses if no loan is open, and less than the loan and its fee.
pub fn flash_repay(pool: &mut Pool, arrived: Atoms, now: i64) -> Result<FlashRepayment> {
    let due = size(pool)?;
    pool.ledger.accrue(now);
    let fee = arrived.checked_sub(due.amount).filter(|fee| *fee >= due.fee).ok_or(Refusal::FlashLoanUnderpaid)?;
    pool.ledger.earn(fee)?;
    pool.flash_atoms = 0;
    pool.settle()?;
    Ok(FlashRepayment { amount: due.amount, fee })
}
