//! withdraw: whatever the initial margin does not need, and everything from who owes nothing.

use crate::deposit::any_pool;
use crate::model::{Books, Exact, Margins, floor, int, low, pow2, supply_atoms, weights};
use crate::world::{NOW, Obligation, YEAR, amount, dollars, funded, id, laws, obligation, positions};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, Totals};
use ballast_core::op::withdraw::{Margin, Withdrawal, withdraw};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::units::{Amount, Atoms, DebtShares, SupplyShares, WeightedUsd, Wide};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

fn owner(shares: u64) -> Positions {
    let mut positions = positions();
    positions.add_collateral(&id(1), SupplyShares(shares)).unwrap();
    positions
}

fn exact(atoms: u64) -> Amount {
    Amount::Exact(Atoms(atoms))
}

/// Owes more than any collateral covers.
fn deep_in_debt() -> Totals {
    let debt = WeightedUsd(u128::MAX >> 8);
    Totals { initial: Health { limit: WeightedUsd(0), debt }, ..Totals::default() }
}

/// In the order of the code: each case would also be refused for the reasons below it.
#[test]
fn refuses_in_order_the_collateral_the_cash_the_price_and_the_margin() {
    let others = deep_in_debt();
    let tried = |cash: u64, amount: Amount, age: i64| {
        let mut pool = funded(1, 1_000);
        pool.ledger.debt_shares = Wide::new(1_000 << 32);
        pool.ledger.cash_atoms = cash;
        let price = RawPrice { publish_time: NOW - age, ..dollars(1) };
        let margin = Margin::Initial { price: &price, others: &others };
        withdraw(&mut pool, &mut owner(100), &mut Call::default(), amount, &margin, NOW).err()
    };
    assert_eq!(tried(0, exact(101), 61), Some(InsufficientCollateral));
    assert_eq!(tried(0, exact(0), 61), Some(InsufficientCollateral));
    assert_eq!(tried(9, exact(10), 61), Some(InsufficientCash));
    assert_eq!(tried(99, Amount::All, 61), Some(InsufficientCash));
    assert_eq!(tried(100, Amount::All, 61), Some(PriceStale));
    assert_eq!(tried(100, Amount::All, 60), Some(HealthTooLow));
}

#[test]
fn refuses_where_there_is_no_collateral() {
    let mut indebted = positions();
    indebted.add_debt(&id(1), DebtShares(5)).unwrap();
    for mut owner in [positions(), indebted] {
        let refused = withdraw(&mut funded(1, 9), &mut owner, &mut Call::default(), Amount::All, &Margin::NoDebt, NOW);
        assert_eq!(refused.err(), Some(InsufficientCollateral));
    }
}

/// INV-5: who owes cannot pass for one who does not.
#[test]
fn refuses_a_debtor_without_a_margin() {
    let mut owner = owner(10);
    owner.add_debt(&id(2), DebtShares(1)).unwrap();
    let refused = withdraw(&mut funded(1, 100), &mut owner, &mut Call::default(), exact(1), &Margin::NoDebt, NOW);
    assert_eq!(refused.err(), Some(InvariantBroken));
}

/// INV-6.
#[test]
fn remembers_the_price_that_it_used() {
    let (mut pool, price) = (funded(1, 1_000), RawPrice { publish_time: NOW - 5, ..dollars(1) });
    let margin = Margin::Initial { price: &price, others: &Totals::default() };
    withdraw(&mut pool, &mut owner(10), &mut Call::default(), exact(1), &margin, NOW).unwrap();
    assert_eq!(pool.newest_publish_time, NOW - 5);
}

fn tried(obligation: &Obligation, n: usize, amount: Amount) -> Result<(Withdrawal, Pool, Positions), Refusal> {
    let (mut pool, price, _) = obligation.lines[n];
    let mut owner = obligation.positions();
    let others = obligation.others(&[n], PriceUse::NewRisk)?;
    let margin = Margin::Initial { price: &price, others: &others };
    withdraw(&mut pool, &mut owner, &mut Call::default(), amount, &margin, NOW)
        .map(|withdrawal| (withdrawal, pool, owner))
}

/// The most shares that the exact initial margin does not need.
fn spare_shares(obligation: &Obligation, n: usize) -> Exact {
    let margins = Margins::of(&obligation.lines);
    let (pool, price, _) = &obligation.lines[n];
    let share = supply_atoms(1, pool.ledger.supply_index.get()) * low(pool, price) * weights(pool, NOW).loan_to_value;
    (margins.initial_limit - margins.initial_debt) / share
}

proptest! {
    #![proptest_config(laws(250))]

    /// INV-5: never beyond, and short of it by at most 2^-58 of the obligation, a share and a unit of value per position.
    #[test]
    fn passes_exactly_as_far_as_the_initial_margin_reaches(obligation in obligation(10_500..60_000), part in 0u64..=100) {
        let n = obligation.collaterals()[0];
        let (pool, price, held) = obligation.lines[n];
        let Holding::Collateral(held) = held else { unreachable!("a collateral") };
        let unit = low(&pool, &price) * weights(&pool, NOW).loan_to_value;
        prop_assume!(unit > int(0));
        let share = supply_atoms(1, pool.ledger.supply_index.get());
        let spare = spare_shares(&obligation, n);
        let rounding = (Margins::of(&obligation.lines).initial_limit * pow2(-58) + pow2(-40) * int(50)) / (unit * &share);
        let near = floor(&(spare.clone().max(int(0)).min(int(held.0)) * &share)).to_u64().unwrap_or(0);
        for atoms in [near, near.saturating_add(1), near.saturating_sub(1), near / 100 * part] {
            match tried(&obligation, n, exact(atoms)) {
                Ok((withdrawal, pool, owner)) => {
                    prop_assert!(int(withdrawal.shares.0) <= spare);
                    let mut lines = obligation.lines.clone();
                    lines[n] = (pool, price, Holding::Collateral(owner.collateral(&pool.id)));
                    prop_assert!(Margins::of(&lines).may_take_risk());
                }
                Err(HealthTooLow) => prop_assert!((int(atoms) / &share).ceil() > &spare - &rounding),
                Err(MathOverflow) => prop_assert!(int(atoms) / &share > int(u64::MAX)),
                Err(refusal) => {
                    prop_assert_eq!(refusal, InsufficientCollateral);
                    prop_assert!(atoms == 0 || int(atoms) / &share > int(held.0));
                }
            }
        }
    }

    /// INV-1, INV-3.
    #[test]
    fn pays_what_was_asked_for_and_less_than_a_share_more(
        pool in any_pool(), atoms in amount(), held in amount(), later in 0..YEAR
    ) {
        let held = held.min(pool.ledger.supply_shares).max(1);
        let (mut before, mut after, mut owner) = (pool, pool, owner(held));
        before.ledger.accrue(NOW + later);
        let Ok(Withdrawal { paid_out, shares, .. }) =
            withdraw(&mut after, &mut owner, &mut Call::default(), exact(atoms), &Margin::NoDebt, NOW + later) else { return Ok(()) };
        let share = supply_atoms(1, before.ledger.supply_index.get());
        let worth = int(shares.0) * &share;
        prop_assert!(int(paid_out.0) <= worth && int(paid_out.0) > worth - Exact::one());
        prop_assert!(paid_out.0 >= atoms && int(shares.0 - 1) * share < int(atoms));
        prop_assert_eq!(owner.collateral(&pool.id).0, held - shares.0);
        prop_assert_eq!(after.ledger.cash_atoms, before.ledger.cash_atoms - paid_out.0);
        prop_assert_eq!(after.ledger.supply_shares, before.ledger.supply_shares - shares.0);
        prop_assert!(Books::of(&after.ledger).equity() >= Books::of(&before.ledger).equity());
        prop_assert_eq!(after.ledger.supply_index, before.ledger.supply_index);
    }

    /// No price is even looked at; only the cash can be missing.
    #[test]
    fn who_owes_nothing_can_always_withdraw_everything(pool in any_pool(), held in amount(), later in 0..YEAR) {
        let held = held.min(pool.ledger.supply_shares);
        prop_assume!(held > 0);
        let (mut after, mut owner) = (pool, owner(held));
        let worth = supply_atoms(held, pool.ledger.indices_at(NOW + later).supply.0);
        match withdraw(&mut after, &mut owner, &mut Call::default(), Amount::All, &Margin::NoDebt, NOW + later) {
            Ok(withdrawal) => {
                prop_assert_eq!(floor(&worth), withdrawal.paid_out.0.into());
                prop_assert!(owner.is_empty());
            }
            Err(refusal) => {
                prop_assert!(floor(&worth) > pool.ledger.cash_atoms.into());
                prop_assert!(refusal == InsufficientCash || worth > int(u64::MAX));
            }
        }
    }
}
