//! withdraw: whatever the initial margin does not need, and everything without debt.

use crate::deposit::any_pool;
use crate::model::{Books, Exact, Margins, floor, int, low, pow2, supply_atoms, weights};
use crate::world::{
    NOW, Obligation, SLOT, YEAR, amount, call_of, dollars, funded, id, laws, obligation, paused, positions,
};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, Totals};
use ballast_core::limits::Limits;
use ballast_core::op::withdraw::{Margin, Withdrawal, withdraw};
use ballast_core::pause::{Pausable, Pause};
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

/// What can be wrong, in the order of the code from its end; each case would also be refused for those before it.
#[derive(Clone)]
struct Case {
    pool: Pool,
    owner: Positions,
    amount: Amount,
    price: RawPrice,
    others: Totals,
}

const SPOILS: [fn(&mut Case); 9] = [
    |case| case.others.barred_debts = 2,
    |case| case.others.initial = deep_in_debt().initial,
    |case| case.price.publish_time -= 61,
    |case| case.pool.settings.limits = Limits { outflow_bps: 0, outflow_floor_atoms: 9, ..case.pool.settings.limits },
    |case| (case.pool.ledger.debt_shares, case.pool.ledger.cash_atoms) = (Wide::new(1_000 << 32), 9),
    |case| case.amount = exact(101),
    |case| case.pool.ledger.supply_index = Wide::new(0),
    |case| case.pool.flash_atoms = 1,
    |case| case.pool.pause = paused(Pausable::Withdraw.bit(), NOW + 1),
];

fn refusal(spoil: impl FnOnce(&mut Case)) -> Option<Refusal> {
    let others = Totals { debts: 2, ..Totals::default() };
    let (amount, price) = (exact(10), dollars(1));
    let mut case = Case { pool: funded(1, 1_000), owner: owner(100), amount, price, others };
    spoil(&mut case);
    let Case { mut pool, mut owner, amount, price, others } = case;
    let margin = Margin::Initial { price, others };
    withdraw(&mut pool, &mut owner, &mut Call::default(), amount, &margin, NOW).err()
}

#[test]
fn refuses_in_order_a_closed_reserve_the_collateral_the_cash_the_outflow_the_price_and_the_margin() {
    let reasons = [
        DebtNotAllowed,
        HealthTooLow,
        PriceStale,
        OutflowLimited,
        InsufficientCash,
        InsufficientCollateral,
        SupplyWipedOut,
        FlashLoanOpen,
        ActionPaused,
    ];
    assert_eq!(refusal(|_| ()), None);
    for (n, reason) in reasons.into_iter().enumerate() {
        assert_eq!(refusal(|case| SPOILS[..=n].iter().for_each(|spoil| spoil(case))), Some(reason));
    }
    assert_eq!(refusal(|case| case.amount = exact(0)), Some(InsufficientCollateral));
    let pause = paused(Pause::ALL ^ Pausable::Withdraw.bit(), NOW + 1);
    assert_eq!(refusal(|case| case.pool.pause = pause), None);
}

#[test]
fn the_cash_that_is_there_and_the_outflow_that_is_allowed_may_leave() {
    let cash = |atoms: u64| {
        refusal(|case| {
            (case.pool.ledger.debt_shares, case.pool.ledger.cash_atoms) = (Wide::new(1_000 << 32), atoms);
            case.amount = Amount::All;
        })
    };
    assert_eq!([cash(99), cash(100)], [Some(InsufficientCash), None]);
    // A share of what the suppliers have left of 1,000 atoms.
    let outflow = |outflow_bps: u16, amount| {
        refusal(|case| (case.pool.settings.limits.outflow_bps, case.amount) = (outflow_bps, amount))
    };
    assert_eq!([outflow(1_111, Amount::All), outflow(1_112, Amount::All)], [Some(OutflowLimited), None]);
    assert_eq!([outflow(101, exact(10)), outflow(102, exact(10))], [Some(OutflowLimited), None]);
}

/// Liveness: the collateral that forbids a debt can be taken away from beside it, and with the last of it the
/// prohibition.
#[test]
fn collateral_that_forbids_a_debt_can_be_withdrawn_whole_and_not_in_part() {
    let forbids = |amount: Amount| {
        refusal(|case| {
            case.pool.settings.limits.allowed_debts = !2;
            case.amount = amount;
        })
    };
    assert_eq!(forbids(exact(99)), Some(DebtNotAllowed));
    assert_eq!(forbids(exact(100)), None);
    assert_eq!(forbids(Amount::All), None);
}

/// Liveness: a cap on the collateral of all suppliers does not keep the last of them in.
#[test]
fn the_last_supplier_of_a_capped_reserve_can_leave_while_in_debt_elsewhere() {
    let last = |amount: Amount| {
        refusal(|case| {
            case.pool.settings.limits.collateral_cap_usd = 1;
            (case.pool.ledger.supply_shares, case.amount) = (100, amount);
        })
    };
    assert_eq!([last(exact(99)), last(Amount::All)], [None, None]);
}

/// INV-12.
#[test]
fn a_withdrawal_clears_the_call_if_the_obligation_is_healthy_after_it() {
    let called = |debt: u128| {
        let (mut pool, mut call) = (funded(1, 1_000), call_of(1, SLOT));
        let others =
            Totals { maintenance: Health { debt: WeightedUsd(debt), ..Health::default() }, ..Totals::default() };
        let margin = Margin::Initial { price: dollars(1), others };
        let done = withdraw(&mut pool, &mut owner(100), &mut call, exact(10), &margin, NOW).unwrap();
        assert_eq!(done.health.after.covers_debt(), call.called_at == 0);
        call
    };
    // 90 micro-dollars are left, at a threshold of 80 %.
    let limit = (90u128 << 40) * 8_000 / 1_000_000;
    assert_eq!(called(limit - limit / 1_000), call_of(1, 0));
    assert_eq!(called(limit + limit / 1_000), call_of(1, SLOT));
}

#[test]
fn refuses_an_obligation_without_this_collateral() {
    let mut indebted = positions();
    indebted.add_debt(&id(1), DebtShares(5)).unwrap();
    for mut owner in [positions(), indebted] {
        let refused = withdraw(&mut funded(1, 9), &mut owner, &mut Call::default(), Amount::All, &Margin::NoDebt, NOW);
        assert_eq!(refused.err(), Some(InsufficientCollateral));
    }
}

/// INV-5: an obligation in debt cannot pass for one without.
#[test]
fn refuses_an_obligation_with_debt_without_a_margin() {
    let mut owner = owner(10);
    owner.add_debt(&id(2), DebtShares(1)).unwrap();
    let refused = withdraw(&mut funded(1, 100), &mut owner, &mut Call::default(), exact(1), &Margin::NoDebt, NOW);
    assert_eq!(refused.err(), Some(InvariantBroken));
}

/// INV-6.
#[test]
fn remembers_the_price_that_it_used() {
    let (mut pool, price) = (funded(1, 1_000), RawPrice { publish_time: NOW - 5, ..dollars(1) });
    let margin = Margin::Initial { price, others: Totals::default() };
    withdraw(&mut pool, &mut owner(10), &mut Call::default(), exact(1), &margin, NOW).unwrap();
    assert_eq!((pool.newest_publish_time, pool.volatility.marked_at), (NOW - 5, NOW - 5));
}

fn tried(obligation: &Obligation, n: usize, amount: Amount) -> Result<(Withdrawal, Pool, Positions), Refusal> {
    let (mut pool, price, _) = obligation.lines[n];
    let mut owner = obligation.positions();
    let others = obligation.others(&[n], PriceUse::NewRisk)?;
    let margin = Margin::Initial { price, others };
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

    /// INV-5: never beyond, and short of it by at most 2^-58 of the obligation, a share and a unit of value per
    /// position.
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
    fn an_obligation_without_debt_can_always_withdraw_everything(pool in any_pool(), held in amount(), later in 0..YEAR) {
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
