//! Pays out the protocol's equity, and a share of it to the insurance bucket. docs/MODEL.md, "fees_collect".

use crate::math::{mul_exact, narrow_saturating};
use crate::pool::Pool;
use crate::units::{Atoms, BPS_ONE};
use crate::{Refusal, Result};

/// The equity that is paid out, and the equity that goes to the insurance bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    pub paid_out: Atoms,
    pub insured: Atoms,
}

/// Divides all equity that the reserve's cash covers. It takes nothing from claims or insurance bucket (INV-1).
///
/// Refuses while a flash loan is open, and if there is nothing to collect.
pub fn fees_collect(pool: &mut Pool, now: i64) -> Result<Fees> {
    pool.check_no_flash_loan()?;
    pool.ledger.accrue(now);
    let risk = &pool.settings.risk;
    let equity = pool.ledger.equity_floor()?;
    let room = pool.ledger.uninsured_floor(risk.insurance_target())?;
    let (share, cash) = (risk.insurance_share(), pool.ledger.cash_atoms);
    // Only the share that belongs to what can be paid out: the rest stays equity and is divided later.
    let matching = mul_exact(cash, share.get()) / u128::from(BPS_ONE - share.get());
    let insured = Atoms(narrow_saturating(share.part_floor(equity)?.min(matching))).min(room);
    let rest = narrow_saturating(equity.saturating_sub(u128::from(insured.0)));
    let paid_out = Atoms(rest.min(cash));
    if paid_out.0 == 0 && insured.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    pool.ledger.insure(insured)?;
    pool.ledger.pay_fees(paid_out)?;
    pool.settle()?;
    Ok(Fees { paid_out, insured })
}
