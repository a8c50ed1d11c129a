//! Limits: to the atom, in their order; a cap on collateral that its suppliers share; and debts that a collateral
//! forbids.

use crate::model::{Exact, Margins, bps, cap, int, pow2, ratio};
use crate::world::{NOW, amount, any_limits, any_price, dollars, laws, open, pool, pool_of, settings};
use ballast_core::Refusal::{self, *};
use ballast_core::curve::Utilization;
use ballast_core::health::{Health, Totals};
use ballast_core::ledger::Books;
use ballast_core::limits::Limits;
use ballast_core::pool::Pool;
use ballast_core::positions::Holding;
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::units::{Atoms, DebtShares, SupplyShares, WeightedUsd};
use num_traits::Zero;
use proptest::prelude::*;

#[test]
fn limits_are_accepted_up_to_their_bounds() {
    let sound = |change: fn(&mut Limits)| {
        let mut limits = open();
        change(&mut limits);
        limits.validate() == Ok(())
    };
    assert!(sound(|_| ()));
    assert!(sound(|limits| limits.outflow_bps = 0) && !sound(|limits| limits.outflow_bps = 10_001));
    assert!(sound(|limits| limits.max_utilization_bps = 0) && !sound(|limits| limits.max_utilization_bps = 10_001));
    let probation = |secs, cap| Limits { probation_secs: secs, collateral_cap_usd: cap, ..open() }.validate() == Ok(());
    assert!(probation(7_776_000, 0) && !probation(7_776_001, 0));
    // It is the cap that grows: without one there is no probation.
    assert!(probation(1, (1 << 52) - 1) && !probation(1, 1 << 52) && !probation(1, Limits::NO_COLLATERAL_CAP));
    assert!(probation(0, Limits::NO_COLLATERAL_CAP));
    assert!(sound(|limits| limits.outflow_window_secs = 1) && !sound(|limits| limits.outflow_window_secs = 0));
    assert!(sound(|limits| limits.outflow_window_secs = 2_592_000));
    assert!(!sound(|limits| limits.outflow_window_secs = 2_592_001) && !sound(|limits| limits.reserved = 1));
    let contradicted = Limits { outflow_bps: 10_001, ..open() };
    assert_eq!(contradicted.validate(), Err(InvalidLimits));
}

fn books(debt_floor: u128, claims_ceil: u128, utilization: u64) -> Books {
    Books { debt_floor, claims_ceil, utilization: Utilization(utilization) }
}

/// In the order of the code: each case would also be refused for the reasons below it.
#[test]
fn a_loan_is_refused_in_order_beyond_the_cap_the_utilization_and_below_the_smallest_debt() {
    let limits = Limits { borrow_cap_atoms: 100, max_utilization_bps: 8_000, min_debt_atoms: 10, ..open() };
    let refusal = |debt, used, owed| limits.check_loan(&books(debt, 0, used), Atoms(owed)).err();
    assert_eq!(refusal(101, 800_000_001, 9), Some(BorrowCapReached));
    assert_eq!(refusal(100, 800_000_001, 9), Some(UtilizationTooHigh));
    assert_eq!(refusal(100, 800_000_000, 9), Some(DebtTooSmall));
    assert_eq!(refusal(100, 800_000_000, 10), None);
}

proptest! {
    #![proptest_config(laws(1_000))]

    #[test]
    fn one_more_atom_exceeds_a_cap(limits in any_limits(), near in 0u128..3) {
        let around = |cap: u64| (u128::from(cap) + near).saturating_sub(1);
        let supply = limits.check_supply(&books(0, around(limits.supply_cap_atoms), 0));
        prop_assert_eq!(supply, if near == 2 { Err(SupplyCapReached) } else { Ok(()) });
        let lent = Limits { min_debt_atoms: 0, ..limits };
        let borrow = lent.check_loan(&books(around(limits.borrow_cap_atoms), 0, 0), Atoms(0));
        prop_assert_eq!(borrow, if near == 2 { Err(BorrowCapReached) } else { Ok(()) });
    }

    /// INV-9: as long as somebody has supplied, all suppliers together count for no more than the cap, however they
    /// share it.
    #[test]
    fn all_suppliers_together_count_for_the_cap_at_most(
        (pool, price) in capped(), parts in prop::collection::vec(1u64..1_000, 1..8), later in 0i64..8_000_000
    ) {
        let now = NOW + later;
        let price = RawPrice { publish_time: now, ..price };
        let whole: u64 = parts.iter().sum();
        let supply = pool.ledger.supply_shares;
        let shares = |part: u64| (u128::from(supply) * u128::from(part) / u128::from(whole)) as u64;
        let quote = Quote::new(&pool, &price, PriceUse::NewRisk, now).unwrap();
        let mut sum = WeightedUsd(0);
        for part in parts {
            let holding = Holding::Collateral(SupplyShares(shares(part)));
            let counted = Totals::default().with(holding, &quote).unwrap().initial.limit;
            sum.0 += counted.0;
            is_its_part(&(pool, price, holding), counted, now)?;
        }
        prop_assert!(usd(sum) <= cap(&pool, supply, now) * bps(pool.settings.risk.ltv_bps));
    }
}

fn usd(weighted: WeightedUsd) -> Exact {
    int(weighted.0) * pow2(-40) / int(10_000)
}

/// The smaller of its value and its part of the cap, and by no more below than 2^-60 of both, a 2^-64 part of the whole
/// cap, and two units of value.
fn is_its_part(line: &(Pool, RawPrice, Holding), counted: WeightedUsd, now: i64) -> Result<(), TestCaseError> {
    let exact = Margins::at(&[*line], now).initial_limit;
    let whole = cap(&line.0, line.0.ledger.supply_shares, now);
    let slack = &exact * pow2(-60) + whole * pow2(-64) + pow2(-39);
    prop_assert!(usd(counted) <= exact && usd(counted) >= exact - slack);
    Ok(())
}

/// A reserve whose supply is worth about its cap, on probation or not.
fn capped() -> impl Strategy<Value = (Pool, RawPrice)> {
    let probation = prop_oneof![Just(0), 1u32..=Limits::MAX_PROBATION_SECS];
    (amount(), any_price(), 0u64..=1_000, probation, 1u16..8_000).prop_map(
        |(supply, price, part, probation_secs, ltv)| {
            let mut pool = pool_of(1, 9, settings());
            let most =
                (pow2(50) / crate::model::high(&pool, &price)).floor().to_integer().try_into().unwrap_or(u64::MAX);
            let supply = supply.min(most).max(1);
            (pool.ledger.supply_shares, pool.ledger.cash_atoms) = (supply, supply);
            let worth = int(pool.ledger.supply_shares) * crate::model::low(&pool, &price) * ratio(part, 500);
            let dollars = worth.floor().to_integer().try_into().unwrap_or(u64::MAX >> 13);
            (pool.settings.limits.collateral_cap_usd, pool.settings.limits.probation_secs) = (dollars, probation_secs);
            pool.settings.risk.ltv_bps = ltv;
            (pool, price)
        },
    )
}

#[test]
fn a_supplier_has_a_proportional_part_of_the_cap_and_at_most_their_value() {
    let mut pool = pool(1);
    (pool.ledger.supply_shares, pool.settings.limits.collateral_cap_usd) = (4_000_000_000, 1_000);
    let counted = |pool: &Pool, shares: u64, usage| {
        let quote = Quote::new(pool, &dollars(1), usage, NOW).unwrap();
        Totals::default().with(Holding::Collateral(SupplyShares(shares)), &quote).unwrap()
    };
    let limit = |shares| counted(&pool, shares, PriceUse::NewRisk).initial.limit.0 >> 40;
    // 4,000 USD of supply count for 1,000 USD, at a loan-to-value of 0.75.
    assert_eq!([limit(1_000_000_000), limit(2_000_000_000)], [250 * 7_500, 500 * 7_500]);
    let liquidation = counted(&pool, 1_000_000_000, PriceUse::Liquidation);
    assert_eq!(liquidation.maintenance.limit.0.div_ceil(1 << 40), 1_000 * 8_000, "no cap makes anybody liquidatable");
    assert_eq!(liquidation.average, liquidation.maintenance);
    let roomy = Pool { ledger: ballast_core::ledger::Ledger { supply_shares: 400_000_000, ..pool.ledger }, ..pool };
    assert_eq!(counted(&roomy, 100_000_000, PriceUse::NewRisk).initial.limit.0.div_ceil(1 << 40), 100 * 7_500);
}

/// Without supply, collateral counts for zero, and the check refuses nothing.
#[test]
fn nobody_has_a_part_of_the_cap_of_an_empty_reserve() {
    let mut pool = pool(1);
    pool.settings.limits.collateral_cap_usd = 1_000;
    let quote = Quote::new(&pool, &dollars(1), PriceUse::NewRisk, NOW).unwrap();
    let totals = Totals::default().with(Holding::Collateral(SupplyShares(0)), &quote);
    assert_eq!(totals.map(|totals| totals.initial.limit), Ok(WeightedUsd(0)));
}

/// At the opening nothing counts; a second later a part does.
#[test]
fn a_reserve_on_probation_starts_with_a_cap_of_zero() {
    let mut pool = pool(1);
    (pool.settings.limits.collateral_cap_usd, pool.settings.limits.probation_secs) = (1_000, 1_000);
    pool.ledger.supply_shares = 4_000_000_000;
    let limit = |secs: i64| {
        let quote = Quote::new(&pool, &dollars(1), PriceUse::NewRisk, NOW + secs).unwrap();
        let totals = Totals::default().with(Holding::Collateral(SupplyShares(4_000_000_000)), &quote).unwrap();
        ((totals.initial.limit.0 * 1_000) >> 40).div_ceil(7_500)
    };
    assert_eq!([limit(-1), limit(0), limit(1), limit(50)], [0, 0, 1_000, 50_000]);
}

/// Every pair of a collateral's bits and a debt's number.
#[test]
fn a_collateral_forbids_the_debts_whose_bits_it_does_not_have() {
    let quoted = |pool: &Pool| Quote::new(pool, &dollars(1), PriceUse::NewRisk, NOW).unwrap();
    for allowed_debts in [0, 1, 1 << 63, 0xaaaa_aaaa_aaaa_aaaa, !1, Limits::ANY_DEBT] {
        let mut collateral = pool(1);
        collateral.ledger.supply_shares = 100;
        collateral.settings.limits.allowed_debts = allowed_debts;
        let held = Totals::default().with(Holding::Collateral(SupplyShares(100)), &quoted(&collateral)).unwrap();
        for n in 0..64 {
            let debt = Pool { listing_number: n, ..pool(2) };
            let owing = held.with(Holding::Debt(DebtShares(1)), &quoted(&debt)).unwrap();
            let allowed = allowed_debts >> n & 1 == 1;
            assert_eq!(owing.check_new_risk(), if allowed { Ok(()) } else { Err(DebtNotAllowed) });
        }
        assert_eq!(held.check_new_risk(), Ok(()), "without a debt nothing is forbidden");
    }
}

/// The margin comes before the isolation, and both before anything is taken.
#[test]
fn new_risk_is_refused_for_the_margin_first() {
    let short = Health { limit: WeightedUsd(1), debt: WeightedUsd(2) };
    let barred = Totals { initial: short, barred_debts: 6, debts: 2, ..Totals::default() };
    assert_eq!(barred.check_new_risk(), Err(HealthTooLow));
    assert_eq!(Totals { initial: Health::default(), ..barred }.check_new_risk(), Err(DebtNotAllowed));
    assert_eq!(Totals { initial: Health::default(), debts: 9, ..barred }.check_new_risk(), Ok(()));
}

/// A limit that no amount can reach is none.
#[test]
fn without_limits_everything_is_allowed() {
    let huge = books(u64::MAX.into(), u64::MAX.into(), Utilization::FULL);
    let all: [Result<(), Refusal>; 2] = [open().check_supply(&huge), open().check_loan(&huge, Atoms(0))];
    assert_eq!(all, [Ok(()), Ok(())]);
    assert!(cap(&pool(1), 1, NOW) > int(1u64 << 52) && !cap(&pool(1), 1, NOW).is_zero());
}
