//! flash_repay: the loan comes back with its fee, which is all that the books notice.

use crate::model::{Books, int};
use crate::world::{NOW, YEAR, amount, funded, laws, ledger, paused, pool};
use ballast_core::Refusal::{self, *};
use ballast_core::op::flash_borrow::flash_borrow;
use ballast_core::op::flash_repay::{FlashRepayment, flash_repay, size};
use ballast_core::op::refresh::refresh;
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::units::Atoms;
use proptest::prelude::*;

fn repaid(pool: &Pool, arrived: u64) -> Result<(FlashRepayment, Pool), Refusal> {
    let mut after = *pool;
    flash_repay(&mut after, Atoms(arrived), NOW).map(|repayment| (repayment, after))
}

/// A loan of 1,000 atoms at 9 bps.
fn lent() -> Pool {
    let mut reserve = funded(1, 5_000);
    reserve.settings.risk.flash_fee_bps = 9;
    flash_borrow(&mut reserve, Atoms(1_000), NOW).unwrap();
    reserve
}

/// Each case would also be refused for the reason below it.
#[test]
fn refuses_in_order_a_reserve_without_a_loan_and_less_than_the_loan_and_its_fee() {
    assert_eq!(repaid(&funded(1, 5_000), 0).err(), Some(NoFlashLoan));
    assert_eq!(size(&funded(1, 5_000)), Err(NoFlashLoan));
    for arrived in [0, 999, 1_000] {
        assert_eq!(repaid(&lent(), arrived).err(), Some(FlashLoanUnderpaid));
    }
    let (repayment, closed) = repaid(&lent(), 1_001).unwrap();
    assert_eq!(repayment, FlashRepayment { amount: Atoms(1_000), fee: Atoms(1) });
    assert_eq!(size(&lent()), Ok(repayment));
    assert_eq!(repaid(&closed, 1_001).err(), Some(NoFlashLoan), "it is over");
}

/// A pause within the transaction would protect no tokens. It would only make the transaction fail.
#[test]
fn a_pause_of_everything_does_not_stop_the_repayment() {
    let paused = Pool { pause: paused(Pause::ALL, NOW + 1), ..lent() };
    assert!(repaid(&paused, 1_001).is_ok());
}

/// What is paid beyond the fee is the protocol's.
#[test]
fn more_than_the_fee_is_a_gift() {
    let (repayment, after) = repaid(&lent(), 1_500).unwrap();
    assert_eq!(repayment.fee, Atoms(500));
    assert_eq!((after.ledger.cash_atoms, after.ledger.equity_floor()), (5_500, Ok(500)));
}

proptest! {
    #![proptest_config(laws(600))]

    /// INV-1, INV-3: except for the fee, which the protocol gets, the books are those of a refresh.
    #[test]
    fn the_books_are_the_same_before_and_after_but_for_the_fee(
        ledger in ledger(), atoms in amount(), flash_fee_bps in 0u16..=500, gift in 0u64..3, later in 0..YEAR
    ) {
        let mut before = Pool { ledger, ..pool(1) };
        before.settings.risk.flash_fee_bps = flash_fee_bps;
        before.settle().unwrap();
        let (mut after, now) = (before, NOW + later);
        let Ok(loan) = flash_borrow(&mut after, Atoms(atoms), now) else { return Ok(()) };
        let due = size(&after).unwrap();
        prop_assert_eq!((due.amount, due.fee), (loan.paid_out, loan.fee));
        let Some(arrived) = atoms.checked_add(loan.fee.0).and_then(|sum| sum.checked_add(gift)) else { return Ok(()) };
        let Ok(repayment) = flash_repay(&mut after, Atoms(arrived), now) else {
            prop_assert!(ledger.cash_atoms.checked_add(loan.fee.0 + gift).is_none(), "only the vault can be too full");
            return Ok(());
        };
        prop_assert_eq!(repayment, FlashRepayment { fee: Atoms(loan.fee.0 + gift), ..due });
        let mut expected = before;
        refresh(&mut expected, None, now).unwrap();
        expected.ledger.cash_atoms += repayment.fee.0;
        expected.settle().unwrap();
        prop_assert_eq!(after, expected);
        let mut waited = before.ledger;
        waited.accrue(now);
        let gain = Books::of(&after.ledger).equity() - Books::of(&waited).equity();
        prop_assert_eq!(gain, int(repayment.fee.0));
    }

    /// INV-10.
    #[test]
    fn less_than_the_loan_and_its_fee_never_closes_it(ledger in ledger(), atoms in amount(), flash_fee_bps in 0u16..=500, less in amount()) {
        let mut reserve = Pool { ledger, ..pool(1) };
        reserve.settings.risk.flash_fee_bps = flash_fee_bps;
        let Ok(loan) = flash_borrow(&mut reserve, Atoms(atoms), NOW) else { return Ok(()) };
        let due = u128::from(atoms) + u128::from(loan.fee.0);
        let arrived = due.saturating_sub(u128::from(less)).min(u128::from(u64::MAX)) as u64;
        prop_assume!(u128::from(arrived) < due);
        prop_assert_eq!(repaid(&reserve, arrived).err(), Some(FlashLoanUnderpaid));
    }
}
