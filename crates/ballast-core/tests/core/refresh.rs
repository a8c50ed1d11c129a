//! refresh: persists what everybody reads anyway, and a price as a mark.

use crate::deposit::any_pool;
use crate::model::Books;
use crate::world::{NOW, YEAR, dollars, laws, paused, pool};
use ballast_core::Refusal::{self, *};
use ballast_core::op::refresh::refresh;
use ballast_core::pause::Pause;
use ballast_core::pool::Pool;
use ballast_core::price::RawPrice;
use proptest::prelude::*;

fn refreshed(pool: &Pool, price: &RawPrice) -> Result<Pool, Refusal> {
    let mut after = *pool;
    refresh(&mut after, Some(price), NOW).map(|()| after)
}

/// INV-6: of whatever age and certainty a liquidation would do with.
#[test]
fn refuses_a_price_that_a_liquidation_could_not_use() {
    let old = |age| RawPrice { publish_time: NOW - age, confidence: u64::MAX, ..dollars(1) };
    assert_eq!(refreshed(&pool(1), &old(121)).err(), Some(PriceStale));
    assert_eq!(refreshed(&pool(1), &RawPrice { exponent: 1, ..old(0) }).err(), Some(PriceExponent));
    let used = Pool { newest_publish_time: NOW - 119, ..pool(1) };
    assert_eq!(refreshed(&used, &old(120)).err(), Some(PriceReplayed));
    assert!(refreshed(&used, &old(119)).is_ok());
}

#[test]
fn takes_a_price_as_a_mark_and_as_the_newest() {
    let price = RawPrice { publish_time: NOW - 100, ..dollars(7) };
    let after = refreshed(&pool(1), &price).unwrap();
    assert_eq!((after.newest_publish_time, after.volatility.marked_at), (NOW - 100, NOW - 100));
    assert_eq!((after.volatility.spot, after.volatility.digits), (700_000_000, 8));
    let before = Pool { newest_publish_time: NOW - 100, volatility: after.volatility, ..pool(1) };
    assert_eq!(after, before, "and nothing else");
}

/// A price beyond the band is noted. One on the same side half a minute later becomes the mark.
#[test]
fn records_a_jump_and_confirms_it() {
    let mut marked = pool(1);
    marked.settings.guard.max_move_bps = 1_000;
    marked = refreshed(&marked, &RawPrice { publish_time: NOW - 60, ..dollars(100) }).unwrap();
    let noted = refreshed(&marked, &RawPrice { publish_time: NOW - 30, ..dollars(112) }).unwrap();
    assert_eq!((noted.volatility.unconfirmed_at, noted.volatility.spot), (NOW - 30, 10_000_000_000));
    let jumped = refreshed(&noted, &dollars(111)).unwrap();
    assert_eq!((jumped.volatility.jumped_at, jumped.volatility.spot), (NOW, 11_100_000_000));
    let calm = refreshed(&marked, &dollars(110)).unwrap();
    assert_eq!(calm.volatility.jumped_at, 0);
}

#[test]
fn works_while_everything_is_closed() {
    let closed = Pool { pause: paused(Pause::ALL, NOW + 1), flash_atoms: 1, ..pool(1) };
    assert!(refreshed(&closed, &dollars(1)).is_ok());
}

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
    fn a_second_refresh_changes_nothing_and_moves_no_tokens(pool in any_pool(), later in 0..YEAR) {
        let mut once = pool;
        refresh(&mut once, None, NOW + later).unwrap();
        let mut twice = once;
        refresh(&mut twice, None, NOW + later).unwrap();
        prop_assert_eq!(twice, once);
        let tokens = |pool: &Pool| {
            (pool.ledger.cash_atoms, pool.ledger.supply_shares, pool.ledger.debt_shares, pool.ledger.insurance_atoms)
        };
        prop_assert_eq!(tokens(&once), tokens(&pool));
    }
}
