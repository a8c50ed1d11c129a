//! flag: records what the health of the moment says, and only for something.

use crate::model::Margins;
use crate::world::{SLOT, call_of, laws, obligation, terms};
use ballast_core::Refusal::{self, *};
use ballast_core::call::{Call, Crossing};
use ballast_core::health::{Health, Totals};
use ballast_core::op::flag::{FlagRecord, flag};
use ballast_core::price::PriceUse;
use ballast_core::units::{Bps, WeightedUsd};
use proptest::prelude::*;

const WARNING: Bps = Bps(1_000);

fn flagged(call: &mut Call, limit: u128, debt: u128) -> Result<FlagRecord, Refusal> {
    let maintenance = Health { limit: WeightedUsd(limit), debt: WeightedUsd(debt) };
    // What else is summed does not matter.
    let other = Health { limit: WeightedUsd(0), debt: WeightedUsd(u128::MAX >> 8) };
    let totals = Totals { maintenance, average: other, initial: other, ..Totals::default() };
    flag(call, &totals, &terms(), WARNING, SLOT)
}

#[test]
fn refuses_when_health_has_crossed_no_line() {
    assert_eq!(flagged(&mut Call::default(), 110, 100), Err(NothingToFlag));
    assert_eq!(flagged(&mut call_of(1, 0), 109, 100), Err(NothingToFlag));
    assert_eq!(flagged(&mut call_of(1, SLOT - 5), 99, 100), Err(NothingToFlag));
    assert_eq!(flagged(&mut Call::default(), 0, 0), Err(NothingToFlag));
}

/// The rows: limit, debt, the record before, the crossings and the record after.
#[test]
fn says_which_lines_have_been_crossed_and_records_it() {
    use Crossing::{Down, None, Up};
    let call = call_of;
    let rows = [
        (109, call(0, 0), (Down, None), call(1, 0)),
        (99, call(0, 0), (Down, Down), call(1, SLOT)),
        (99, call(1, 0), (None, Down), call(1, SLOT)),
        (99, call(1, SLOT - 9_001), (None, Down), call(1, SLOT)),
        (100, call(1, SLOT - 5), (None, Up), call(1, 0)),
        (112, call(1, 0), (Up, None), call(0, 0)),
        (112, call(1, SLOT - 5), (Up, Up), call(0, 0)),
        (105, call(0, SLOT - 5), (Down, Up), call(1, 0)),
    ];
    for (limit, before, (warning, crossing), after) in rows {
        let mut record = before;
        let FlagRecord { health, crossings } = flagged(&mut record, limit, 100).unwrap();
        assert_eq!((crossings.warning, crossings.call), (warning, crossing), "{limit} {before:?}");
        assert_eq!((health.limit.0, health.debt.0), (limit, 100));
        assert_eq!(record, after, "{limit} {before:?}");
    }
}

#[test]
fn an_obligation_that_repaid_everything_has_no_records() {
    let mut call = call_of(1, SLOT - 1);
    assert!(flagged(&mut call, 0, 0).is_ok());
    assert_eq!(call, Call::default());
}

proptest! {
    #![proptest_config(laws(200))]

    /// INV-12: anybody can call an obligation, once. A called obligation is unhealthy by the exact model, to the
    /// rounding of the sums.
    #[test]
    fn an_unhealthy_obligation_is_called_and_a_healthy_one_is_not(obligation in obligation(9_900..10_100)) {
        let totals = obligation.others(&[], PriceUse::Liquidation).unwrap();
        let (mut call, margins) = (Call::default(), Margins::of(&obligation.lines));
        let first = flag(&mut call, &totals, &terms(), Bps(0), SLOT);
        prop_assert_eq!(first.is_ok(), call.called_at == SLOT);
        prop_assert!(margins.is_healthy() || first.is_ok());
        prop_assert_eq!(flag(&mut call, &totals, &terms(), Bps(0), SLOT + 1), Err(NothingToFlag));
        prop_assert_eq!(first.is_err(), totals.maintenance.covers_debt());
    }
}
