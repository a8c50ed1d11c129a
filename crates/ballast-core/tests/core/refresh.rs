//! refresh: persists what everybody reads anyway.

use crate::deposit::any_pool;
use crate::model::Books;
use crate::world::{NOW, YEAR, laws};
use ballast_core::op::refresh::refresh;
use proptest::prelude::*;

proptest! {
    #![proptest_config(laws(300))]

    /// INV-1, INV-3.
    #[test]
    fn persists_the_indices_that_reading_gives(pool in any_pool(), later in -YEAR..YEAR) {
        let mut after = pool;
        prop_assert_eq!(refresh(&mut after, None, NOW + later), Ok(()));
        let read = pool.ledger.indices_at(NOW + later);
        prop_assert_eq!((after.ledger.supply_index.get(), after.ledger.debt_index.get()), (read.supply.0, read.debt.0));
        prop_assert!(Books::of(&after.ledger).are_solvent());
        prop_assert_eq!(after.ledger.accrued_at, NOW + later.max(0));
    }

    #[test]
    fn twice_is_once_and_moves_no_tokens(pool in any_pool(), later in 0..YEAR) {
        let mut once = pool;
        refresh(&mut once, None, NOW + later).unwrap();
        let mut twice = once;
        refresh(&mut twice, None, NOW + later).unwrap();
        prop_assert_eq!(twice, once);
        let tokens = |pool: &ballast_core::pool::Pool| {
            (pool.ledger.cash_atoms, pool.ledger.supply_shares, pool.ledger.debt_shares, pool.ledger.insurance_atoms)
        };
        prop_assert_eq!(tokens(&once), tokens(&pool));
    }
}
