//! A pool: what it is open to, what it weighs, what its collateral counts for.

use crate::model::{Weighing, bps, int, pow2, weights};
use crate::pause::ACTIONS;
use crate::world::{NOW, id, laws, paused, pool, pool_of, settings, weighing, weights_of};
use ballast_core::Refusal::*;
use ballast_core::limits::Limits;
use ballast_core::pause::{Pausable, Pause};
use ballast_core::pool::Pool;
use ballast_core::risk::Weights;
use ballast_core::settings::Settings;
use proptest::prelude::*;

#[test]
fn a_new_pool_is_closed_empty_and_within_its_bounds() {
    let new = |index, decimals| Pool::new(id(1), index, decimals, NOW);
    assert_eq!(new(64, 19).err(), Some(UnsupportedDecimals));
    assert_eq!(new(64, 18).err(), Some(MarketFull));
    let pool = new(63, 18).unwrap();
    assert_eq!((pool.settings, pool.opened_at, pool.epoch), (Settings::CLOSED, 0, 0));
    assert_eq!((pool.ledger.cash_atoms, pool.ledger.supply_shares, pool.ledger.debt_shares.get()), (0, 0, 0));
    assert_eq!((pool.listing_number, pool.decimals, pool.ledger.accrued_at), (63, 18, NOW));
}

/// Each action with the bit that pauses it.
#[test]
fn an_action_is_refused_while_it_is_paused() {
    let rows = [(Pausable::Withdraw, 1), (Pausable::Borrow, 2), (Pausable::Liquidate, 4), (Pausable::FlashBorrow, 8)];
    assert_eq!(rows.map(|(action, _)| action), ACTIONS);
    for (action, bit) in rows {
        for actions in 0..=Pause::ALL {
            let paused = Pool { pause: paused(actions, NOW + 1), ..pool(1) };
            let refused = if actions & bit != 0 { Some(ActionPaused) } else { None };
            assert_eq!(paused.check_not_paused(action, NOW).err(), refused);
            assert_eq!(paused.check_not_paused(action, NOW + 1).err(), None);
        }
    }
}

#[test]
fn an_open_flash_loan_is_found() {
    assert_eq!(pool(1).check_no_flash_loan(), Ok(()));
    assert_eq!(Pool { flash_atoms: 1, ..pool(1) }.check_no_flash_loan(), Err(FlashLoanOpen));
}

fn exact(weights: Weights) -> Weighing {
    let Weights { loan_to_value, liquidation_threshold, borrow_factor, initial_factor } = weights;
    Weighing {
        loan_to_value: bps(loan_to_value.0),
        threshold: bps(liquidation_threshold.0),
        borrow_factor: bps(borrow_factor.0),
        initial_factor: bps(initial_factor.0),
    }
}

proptest! {
    #![proptest_config(laws(1_000))]

    #[test]
    fn weighs_what_ramp_and_volatility_leave((risk, ramp, haircut_bps) in weighing(), later in -100i64..8_000_000) {
        let mut pool = Pool { ramp, ..pool_of(1, 6, Settings { risk, ..settings() }) };
        pool.volatility.haircut_bps = haircut_bps;
        let now = NOW + later;
        let weighs = weights_of(&pool, now);
        prop_assert_eq!(exact(weighs), weights(&pool, now));
        prop_assert!(weighs.loan_to_value < weighs.liquidation_threshold || weighs.loan_to_value.0 == 0);
    }

    /// Linear in the time since the opening, rounded down, and whole from the end of the probation on.
    #[test]
    fn the_collateral_cap_grows_in_a_straight_line(
        cap in prop_oneof![0u64..1 << 52, Just((1 << 52) - 1)], probation in 0u32..=Limits::MAX_PROBATION_SECS, later in -9i64..9_000_000
    ) {
        let mut pool = pool(1);
        (pool.settings.limits.collateral_cap_usd, pool.settings.limits.probation_secs) = (cap, probation);
        let passed = later.clamp(0, i64::from(probation));
        let part = if probation == 0 { int(1) } else { int(passed) / int(probation) };
        let exact = int(cap) * part * pow2(40);
        prop_assert_eq!(pool.collateral_cap(NOW + later).0, exact.floor().to_integer().try_into().unwrap());
    }
}
