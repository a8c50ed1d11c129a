//! A pool: what it is open to, what it weighs, what its collateral counts for.

use crate::model::{Weighing, bps, int, pow2, weights};
use crate::pause::ACTIONS;
use crate::world::{NOW, dollars, id, laws, paused, pool, pool_of, settings, weighing, weights_of};
use ballast_core::Refusal::*;
use ballast_core::limits::Limits;
use ballast_core::pause::{Pausable, Pause};
use ballast_core::pool::Pool;
use ballast_core::price::PriceUse::{Liquidation, Maintenance};
use ballast_core::price::RawPrice;
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

/// A price of a feed whose update before it lies this many seconds back, published so long after [`NOW`].
fn after(silence_secs: i64, publish_time: i64) -> RawPrice {
    RawPrice { publish_time, previous_publish_time: publish_time - silence_secs, ..dollars(1) }
}

/// Whether a pool that has recorded a halt at `NOW` still gives grace: outside of a pair, at a price of this time.
fn grace(published_at: i64, now: i64) -> bool {
    let pool = Pool { halted_at: NOW, ..pool(1) };
    let price = pool.settings.guard.admit(&after(1, published_at), Maintenance, now).unwrap();
    pool.is_halted(&price, Maintenance, now)
}

#[test]
fn a_silence_of_more_than_a_minute_is_a_halt_and_so_is_a_clock_as_far_behind() {
    let halted = |raw: RawPrice, now| pool(1).settings.guard.admit(&raw, Liquidation, now).unwrap().is_after_halt;
    assert!(!halted(after(60, NOW), NOW) && halted(after(61, NOW), NOW));
    assert!(!halted(after(1, NOW), NOW - 60) && halted(after(1, NOW), NOW - 61));
}

/// The rows: when the price was published, the clock, and whether there is grace for a halt recorded at `NOW`.
#[test]
fn the_grace_of_a_halt_ends_by_the_later_of_clock_and_price() {
    let rows = [
        (0, 0, true),
        (299, 299, true),
        (300, 300, false),
        // A feed that has died since: the clock ends it.
        (0, 299, true),
        (0, 300, false),
        (-10_000, 300, false),
        // A clock that lags by hours: the price ends it.
        (299, -20_000, true),
        (300, -20_000, false),
        (0, -20_000, true),
        // A halt that lies ahead of both: it is not known yet.
        (-1, -1, false),
    ];
    for (published, clock, expected) in rows {
        assert_eq!(grace(NOW + published, NOW + clock), expected, "published {published}, clock {clock}");
    }
}

#[test]
fn outside_of_a_pair_only_a_recorded_halt_counts() {
    let mut pool = pool(1);
    let price = pool.settings.guard.admit(&after(61, NOW), Liquidation, NOW).unwrap();
    assert!(pool.is_halted(&price, Liquidation, NOW) && !pool.is_halted(&price, Maintenance, NOW));
    pool.record_price(&price);
    assert_eq!(pool.halted_at, NOW);
    assert!(pool.is_halted(&price, Maintenance, NOW));
}

/// Every price of the feed comes after a minute of silence. The rows: the publish time, the halt recorded then, and
/// whether there is grace.
#[test]
fn a_feed_that_halts_all_the_time_gets_its_grace_once_an_hour() {
    let mut pool = pool(1);
    let rows =
        [(0, 0, true), (299, 0, true), (300, 0, false), (3_599, 0, false), (3_600, 3_600, true), (3_900, 3_600, false)];
    for (later, halted_at, expected) in rows {
        let now = NOW + later;
        let price = pool.settings.guard.admit(&after(61, now), Liquidation, now).unwrap();
        assert_eq!(pool.is_halted(&price, Liquidation, now), expected, "before the record, {later}");
        pool.record_price(&price);
        assert_eq!(pool.halted_at, NOW + halted_at);
        assert_eq!(pool.is_halted(&price, Maintenance, now), expected, "after the record, {later}");
    }
}
