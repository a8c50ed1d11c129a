//! insurance_fund: a gift to the bucket, which buys nothing.

use crate::model::{Books, int};
use crate::world::{NOW, YEAR, amount, laws, ledger, paused, pool};
use ballast_core::Refusal::{self, *};
use ballast_core::op::insurance_fund::insurance_fund;
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::units::Atoms;
use proptest::prelude::*;

fn funded(pool: &Pool, atoms: u64, now: i64) -> Result<Pool, Refusal> {
    let mut after = *pool;
    insurance_fund(&mut after, Atoms(atoms), now).map(|()| after)
}

/// Each case would also be refused for the reasons below it.
#[test]
fn refuses_in_order_an_open_flash_loan_zero_and_an_overflow() {
    let mut full = Pool { flash_atoms: 1, ..crate::world::funded(1, u64::MAX) };
    assert_eq!(funded(&full, 0, NOW).err(), Some(FlashLoanOpen));
    full.flash_atoms = 0;
    assert_eq!(funded(&full, 0, NOW).err(), Some(AmountTooSmall));
    assert_eq!(funded(&full, 1, NOW).err(), Some(MathOverflow));
}

#[test]
fn takes_gifts_while_everything_is_paused_and_beyond_the_target() {
    let pause = paused(Pause::ALL, NOW + 1);
    assert!(funded(&Pool { pause, ..pool(1) }, 1, NOW).is_ok());
}

proptest! {
    #![proptest_config(laws(500))]

    /// INV-1, INV-3: cash and bucket grow by the gift; claims, debts, shares, indices and equity are as a refresh
    /// leaves them.
    #[test]
    fn grows_the_bucket_by_the_gift_and_nothing_else(ledger in ledger(), atoms in amount(), later in 0..YEAR) {
        let mut before = Pool { ledger, ..pool(1) };
        before.settle().unwrap();
        let Ok(after) = funded(&before, atoms, NOW + later) else {
            prop_assert!(ledger.cash_atoms.checked_add(atoms).is_none());
            return Ok(());
        };
        let mut expected = before;
        expected.ledger.accrue(NOW + later);
        let was = Books::of(&expected.ledger);
        expected.ledger.cash_atoms += atoms;
        expected.ledger.insurance_atoms += atoms;
        expected.settle().unwrap();
        prop_assert_eq!(after, expected);
        let is = Books::of(&after.ledger);
        prop_assert_eq!(is.equity(), was.equity());
        prop_assert_eq!(is.insurance - was.insurance, int(atoms));
    }
}
