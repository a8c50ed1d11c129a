//! reserve_tighten: lowers limits at once, makes nobody liquidatable, and voids what was queued for the old settings.

use crate::settings::tightened;
use crate::world::{NOW, any_settings, laws, obligation, pool_of, settings};
use ballast_core::Refusal::*;
use ballast_core::op::reserve_tighten::reserve_tighten;
use ballast_core::pool::Pool;
use ballast_core::price::PriceUse;
use ballast_core::settings::{Settings, Tightening};
use proptest::prelude::*;

/// The strictest of all.
const SHUT: Tightening = Tightening {
    ltv_bps: 0,
    max_utilization_bps: 0,
    supply_cap_atoms: 0,
    borrow_cap_atoms: 0,
    collateral_cap_usd: 0,
    allowed_debts: 0,
};

#[test]
fn refuses_to_raise_a_limit() {
    let mut pool = pool_of(1, 6, settings());
    pool.settings.limits.supply_cap_atoms = 10;
    let before = pool;
    assert_eq!(reserve_tighten(&mut pool, &Tightening { supply_cap_atoms: 11, ..SHUT }), Err(NotTighter));
    assert_eq!(pool, before);
}

proptest! {
    #![proptest_config(laws(500))]

    #[test]
    fn lowers_what_it_names_and_counts_as_a_change(settings in any_settings(), epoch in prop_oneof![0u64..9, Just(u64::MAX)]) {
        let before = Pool { epoch, ..pool_of(1, 6, settings) };
        let mut after = before;
        prop_assert_eq!(reserve_tighten(&mut after, &SHUT), Ok(()));
        let settings = tightened(&settings, &SHUT);
        prop_assert_eq!(after, Pool { settings, epoch: epoch.saturating_add(1), ..before });
    }
}

proptest! {
    #![proptest_config(laws(100))]

    /// INV-11: not a digit of the maintenance health or of its average.
    #[test]
    fn the_tightest_limits_change_nothing_that_a_liquidation_uses(obligation in obligation(9_000..12_000)) {
        let before = obligation.others(&[], PriceUse::Liquidation).unwrap();
        let mut after = obligation.clone();
        for (pool, ..) in &mut after.lines {
            let Settings { risk, limits, .. } = pool.settings;
            let within = risk.ltv_bps > 0 || limits.supply_cap_atoms > 0;
            prop_assert!(within && reserve_tighten(pool, &SHUT).is_ok());
        }
        prop_assert_eq!(after.others_at(&[], PriceUse::Liquidation, NOW).unwrap(), before);
    }
}
