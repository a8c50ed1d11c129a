//! Margins are exact except for a rounding that is always against the borrower.

use crate::model::{Exact, Margins, floor, int, pow2};
use crate::world::{NOW, Obligation, dollars, laws, obligation, pool};
use ballast_core::health::{Health, Totals};
use ballast_core::pool::Pool;
use ballast_core::positions::Holding;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::units::{DebtShares, SupplyShares, Usd, WeightedUsd, Wide};
use num_traits::One;
use proptest::prelude::*;

fn weighted() -> impl Strategy<Value = u128> {
    (any::<u128>(), 15u32..=128).prop_map(|(x, shift)| x.checked_shr(shift).unwrap_or(0))
}

/// USD of a weighted sum: units of 2^-40 USD / 10,000.
fn usd(weighted: WeightedUsd) -> Exact {
    int(weighted.0) * pow2(-40) / int(10_000)
}

/// What a sum may be off by: 2^-60 of itself, and one unit of 2^-40 USD per position, times its weight of at most 5.
fn slack(exact: &Exact, obligation: &Obligation) -> Exact {
    exact * pow2(-60) + pow2(-40) * int(5 * obligation.lines.len())
}

fn is_just_below(sum: WeightedUsd, exact: &Exact, obligation: &Obligation) -> bool {
    usd(sum) <= *exact && usd(sum) >= exact - slack(exact, obligation)
}

fn is_just_above(sum: WeightedUsd, exact: &Exact, obligation: &Obligation) -> bool {
    usd(sum) >= *exact && usd(sum) <= exact + slack(exact, obligation)
}

proptest! {
    #![proptest_config(laws(250))]

    #[test]
    fn limits_are_rounded_down_and_debts_up(obligation in obligation(2_000..30_000)) {
        let exact = Margins::of(&obligation.lines);
        let totals = obligation.others(&[], PriceUse::NewRisk).unwrap();
        prop_assert!(is_just_below(totals.initial.limit, &exact.initial_limit, &obligation));
        prop_assert!(is_just_above(totals.initial.debt, &exact.initial_debt, &obligation));
        prop_assert!(is_just_below(totals.maintenance.limit, &exact.limit, &obligation));
        prop_assert!(is_just_above(totals.maintenance.debt, &exact.debt, &obligation));
        prop_assert!(is_just_below(WeightedUsd(totals.collateral.0 * 10_000), &exact.collateral, &obligation));
        prop_assert!(is_just_above(WeightedUsd(totals.debt.0 * 10_000), &exact.owed, &obligation));
    }

    #[test]
    fn liquidation_sums_the_same_maintenance_and_no_initial_margin(obligation in obligation(2_000..30_000)) {
        let risk = obligation.others(&[], PriceUse::NewRisk).unwrap();
        let liquidation = obligation.others(&[], PriceUse::Liquidation).unwrap();
        let common = Totals { initial: Health::default(), debts: 0, barred_debts: 0, ..risk };
        let (average, average_collateral, average_debt) = Default::default();
        prop_assert_eq!(Totals { average, average_collateral, average_debt, ..liquidation }, common);
        let exact = Margins::of(&obligation.lines);
        prop_assert!(is_just_below(liquidation.average.limit, &exact.average_limit, &obligation));
        prop_assert!(is_just_above(liquidation.average.debt, &exact.average_debt, &obligation));
    }

    #[test]
    fn a_limit_equal_to_the_debt_covers_it(limit in weighted(), debt in weighted()) {
        let health = Health { limit: WeightedUsd(limit), debt: WeightedUsd(debt) };
        prop_assert_eq!(health.covers_debt(), limit >= debt);
        let even = Health { debt: health.limit, ..health };
        prop_assert!(even.covers_debt());
    }

    #[test]
    fn the_displayed_factor_is_rounded_down(limit in weighted(), debt in weighted(), near in any::<bool>()) {
        let limit = if near { debt / 16 * (limit % 64) } else { limit };
        let health = Health { limit: WeightedUsd(limit), debt: WeightedUsd(debt) };
        let shown = health.factor_bps_floor();
        if debt == 0 {
            prop_assert_eq!(shown, Health::NO_DEBT);
            return Ok(());
        }
        let exact = int(limit) * int(10_000) / int(debt);
        prop_assert!(int(shown) <= exact || shown == Health::NO_DEBT - 1);
        // A factor of 2^17 needs all bits but 30 for itself.
        if exact < int(10_000u64 << 17) {
            prop_assert!(int(shown) + Exact::one() >= int(floor(&exact)) * (Exact::one() - pow2(-29)));
        }
    }
}

/// An index of 96 significant bits does not fit a unit value: what is cut off counts for the debt and not for the
/// collateral.
#[test]
fn an_index_too_fine_for_its_unit_value_is_rounded_against_the_borrower() {
    let mut pool = Pool { decimals: 0, ..pool(1) };
    pool.ledger.debt_index = Wide::new((1 << 95) + 1);
    pool.ledger.supply_index = Wide::new((1 << 95) + (1 << 31));
    let price = RawPrice { exponent: 0, spot: 1, ema: 1, ..dollars(1) };
    let quote = Quote::new(&pool, &price, PriceUse::Liquidation, NOW).unwrap();
    let totals = |holding| Totals::default().with(holding, &quote).unwrap();
    assert!(totals(Holding::Debt(DebtShares(1 << 32))).debt > Usd(1 << 71));
    assert_eq!(totals(Holding::Collateral(SupplyShares(1))).collateral, Usd(1 << 71));
}
