//! borrow: exactly up to the initial margin, at a debt that is never below what was lent.

use crate::deposit::any_pool;
use crate::model::{Books, Exact, Margins, bps, debt_atoms, floor, high, int, pow2, weights};
use crate::world::{
    NOW, Obligation, SLOT, YEAR, amount, call_of, dollars, funded, id, laws, obligation, paused, positions, risk,
};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, Totals};
use ballast_core::ledger::Ledger;
use ballast_core::limits::Limits;
use ballast_core::op::Priced;
use ballast_core::op::borrow::{Loan, borrow};
use ballast_core::op::repay::repay;
use ballast_core::pause::{Pausable, Pause};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::risk::{Ramp, RiskParams};
use ballast_core::units::{Amount, Atoms, DebtShares, SupplyShares, Usd, WeightedUsd, Wide};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

/// A borrower whose collateral is beyond every doubt.
fn rich() -> Totals {
    let limit = WeightedUsd(Usd::POSITION_LIMIT * 100_000);
    Totals { initial: Health { limit, ..Health::default() }, ..Totals::default() }
}

fn lend(pool: &mut Pool, owner: &mut Positions, others: &Totals, atoms: u64, price: RawPrice) -> Result<Loan, Refusal> {
    borrow(Priced { pool, price }, owner, &mut Call::default(), others, Atoms(atoms), NOW)
}

/// A loan of 10 atoms that nothing speaks against.
struct Case {
    pool: Pool,
    owner: Positions,
    others: Totals,
    atoms: u64,
    price: RawPrice,
}

/// Why the loan is refused with something spoiled.
fn refusal(spoil: impl FnOnce(&mut Case)) -> Option<Refusal> {
    let mut case = Case { pool: funded(1, 1_000), owner: positions(), others: rich(), atoms: 10, price: dollars(1) };
    spoil(&mut case);
    lend(&mut case.pool, &mut case.owner, &case.others, case.atoms, case.price).err()
}

/// A change that makes the case refused.
type Spoil = fn(&mut Case);

/// What can be wrong, in the order of the code, and the refusal that it gets.
const SPOILED: [(Refusal, Spoil); 13] = [
    (ActionPaused, |case| {
        case.pool.pause = paused(Pausable::Borrow.bit(), NOW + 1);
    }),
    (FlashLoanOpen, |case| case.pool.flash_atoms = 1),
    (AmountTooSmall, |case| case.atoms = 0),
    (MathOverflow, |case| (case.pool.settings.risk.origination_fee_bps, case.atoms) = (1, u64::MAX)),
    (InsufficientCash, |case| case.atoms = 1_001),
    (PositionConflict, |case| case.owner.add_collateral(&id(1), SupplyShares(1)).unwrap()),
    (BorrowCapReached, |case| case.pool.settings.limits.borrow_cap_atoms = 9),
    (UtilizationTooHigh, |case| case.pool.settings.limits.max_utilization_bps = 99),
    (DebtTooSmall, |case| case.pool.settings.limits.min_debt_atoms = 11),
    (OutflowLimited, |case| {
        let Limits { outflow_bps, outflow_floor_atoms, .. } = &mut case.pool.settings.limits;
        (*outflow_bps, *outflow_floor_atoms) = (0, 9);
    }),
    (PriceStale, |case| case.price.publish_time -= 61),
    (HealthTooLow, |case| case.others.initial.limit = WeightedUsd(0)),
    (DebtNotAllowed, |case| case.others.barred_debts = u64::MAX),
];

/// Each loan would also be refused for everything after the reason found.
#[test]
fn refuses_in_order_a_closed_reserve_the_amount_the_positions_the_limits_the_price_and_the_margin() {
    assert_eq!(refusal(|_| ()), None);
    for (n, (reason, _)) in SPOILED.iter().enumerate() {
        // The last to be spoiled decides where two spoil the same field.
        let spoil = |case: &mut Case| SPOILED[n..].iter().rev().for_each(|(_, spoil)| spoil(case));
        assert_eq!(refusal(spoil), Some(*reason));
    }
}

/// An atom less is refused by none of them.
#[test]
fn lends_up_to_every_limit() {
    let nearly: [fn(&mut Limits); 5] = [
        |limits| (limits.outflow_bps, limits.outflow_floor_atoms) = (0, 10),
        |limits| limits.outflow_bps = 100,
        |limits| limits.min_debt_atoms = 10,
        |limits| limits.max_utilization_bps = 100,
        |limits| limits.borrow_cap_atoms = 10,
    ];
    for change in nearly {
        assert_eq!(refusal(|case| change(&mut case.pool.settings.limits)), None);
    }
}

/// Only a pause of borrowing stops a loan.
#[test]
fn lends_while_anything_else_is_paused_and_after_the_end() {
    let pause = paused(Pause::ALL ^ Pausable::Borrow.bit(), NOW + 1);
    assert_eq!(refusal(|case| case.pool.pause = pause), None);
    assert_eq!(refusal(|case| case.pool.pause = paused(Pause::ALL, NOW)), None);
}

/// INV-9: whether collateral elsewhere forbids this debt, or forbids another debt that is there.
#[test]
fn refuses_a_debt_that_a_collateral_forbids_and_any_next_to_a_forbidden_one() {
    assert_eq!(refusal(|case| case.others.barred_debts = !(1 << 1)), None);
    assert_eq!(refusal(|case| case.others.barred_debts = 1 << 1), Some(DebtNotAllowed));
    assert_eq!(refusal(|case| (case.others.barred_debts, case.others.debts) = (1 << 5, 1 << 5)), Some(DebtNotAllowed));
}

/// A reserve with a listing number that the other tests do not use.
#[test]
fn the_number_of_the_reserve_is_the_bit_of_its_debt() {
    let at = |index: u8, barred_debts: u64| {
        refusal(|case| (case.pool.listing_number, case.others.barred_debts) = (index, barred_debts))
    };
    for index in 0..64 {
        assert_eq!(at(index, 1 << index), Some(DebtNotAllowed));
        assert_eq!(at(index, !(1 << index)), None);
    }
}

/// INV-4.
#[test]
fn refuses_a_seventeenth_position() {
    let fill = |case: &mut Case| (2..=17).for_each(|n| case.owner.add_collateral(&id(n), SupplyShares(1)).unwrap());
    assert_eq!(refusal(fill), Some(PositionsFull));
}

/// INV-6.
#[test]
fn refuses_every_price_that_its_guard_refuses() {
    assert_eq!(refusal(|case| case.price.confidence = 2_000_001), Some(PriceUncertain));
    assert_eq!(refusal(|case| case.price.confidence = 2_000_000), None);
    assert_eq!(refusal(|case| case.price.publish_time += 61), Some(PriceFromFuture));
    assert_eq!(refusal(|case| case.pool.newest_publish_time = NOW + 1), Some(PriceReplayed));
    assert_eq!(refusal(|case| case.price.spot = 0), Some(PriceNotPositive));
    assert_eq!(refusal(|case| case.price.exponent = 1), Some(PriceExponent));
}

/// INV-6: a loan leaves the newest price behind, a refusal would too but its state is dropped.
#[test]
fn remembers_the_price_that_it_used() {
    let (mut pool, price) = (funded(1, 1_000), RawPrice { publish_time: NOW - 5, ..dollars(1) });
    lend(&mut pool, &mut positions(), &rich(), 1, price).unwrap();
    assert_eq!((pool.newest_publish_time, pool.volatility.marked_at), (NOW - 5, NOW - 5));
}

/// INV-12: the call goes when the loan leaves the obligation healthy, which the initial margin does not yet say.
#[test]
fn a_loan_clears_the_call_if_the_obligation_is_healthy_after_it() {
    let called = |maintenance: u128| {
        let (mut pool, mut call) = (funded(1, 1_000), call_of(1, SLOT));
        let others = Totals { maintenance: Health { limit: WeightedUsd(maintenance), ..Health::default() }, ..rich() };
        let reserve = Priced { pool: &mut pool, price: dollars(1) };
        let loan = borrow(reserve, &mut positions(), &mut call, &others, Atoms(10), NOW).unwrap();
        assert_eq!(loan.health.after.covers_debt(), call.called_at == 0);
        call
    };
    // Ten micro-dollars.
    let owed = (10u128 << 40) * 10_000 / 1_000_000;
    assert_eq!(called(2 * owed), call_of(1, 0));
    assert_eq!(called(owed / 2), call_of(1, SLOT));
}

/// In the second of the change, of 10 % more: who would take new risk meets the factor that is to come, who owes does
/// not yet. INV-11.
#[test]
fn a_borrow_factor_that_rises_counts_in_full_for_new_risk_and_on_its_ramp_for_health() {
    let mut pool = funded(1, 1_000);
    pool.ramp = Ramp::new(
        pool.settings.risk.weights(),
        &RiskParams { borrow_factor_bps: 11_000, ..risk() },
        NOW,
        Ramp::MIN_SECS,
    );
    pool.settings.risk.borrow_factor_bps = 11_000;
    let others = |limit: u128| {
        let limit = WeightedUsd((limit << 40) * 10_000 / 1_000_000);
        Totals { initial: Health { limit, ..Health::default() }, ..Totals::default() }
    };
    let loan = |limit| lend(&mut pool.clone(), &mut positions(), &others(limit), 100, dollars(1));
    assert_eq!([loan(109).err(), loan(111).err()], [Some(HealthTooLow), None]);
    assert_eq!((loan(111).unwrap().health.after.debt.0 * 1_000_000) >> 40, 100 * 10_000);
}

/// The most atoms that the exact initial margin allows to borrow from a debt of the obligation.
fn largest_loan(obligation: &Obligation, debt: usize) -> Exact {
    let margins = Margins::of(&obligation.lines);
    let (pool, price, _) = &obligation.lines[debt];
    let factor = weights(pool, NOW).initial_factor;
    (margins.initial_limit - margins.initial_debt) / (factor * high(pool, price))
}

/// Debt of `amount` and its fee, which is rounded up to an atom.
fn with_fee(pool: &Pool, amount: u64) -> Exact {
    int(amount) + (int(amount) * bps(pool.settings.risk.origination_fee_bps)).ceil()
}

fn tried(obligation: &Obligation, debt: usize, atoms: u64) -> Result<(Loan, Pool, Positions), Refusal> {
    let (mut pool, price, _) = obligation.lines[debt];
    let mut owner = obligation.positions();
    let others = obligation.others(&[debt], PriceUse::NewRisk)?;
    lend(&mut pool, &mut owner, &others, atoms, price).map(|loan| (loan, pool, owner))
}

proptest! {
    #![proptest_config(laws(250))]

    /// INV-5: to the atom from above, and from below to 2^-58 of the obligation, two atoms and a unit of value per
    /// position.
    #[test]
    fn passes_exactly_as_far_as_the_initial_margin_reaches(obligation in obligation(10_500..60_000)) {
        let debt = obligation.debts()[0];
        let pool = &obligation.lines[debt].0;
        let most = largest_loan(&obligation, debt);
        let fee = Exact::one() + bps(pool.settings.risk.origination_fee_bps);
        let near = floor(&(&most / fee)).to_u64().unwrap_or(0).min(1 << 60);
        let margins = Margins::of(&obligation.lines);
        let price = high(pool, &obligation.lines[debt].1) * weights(pool, NOW).initial_factor;
        let rounding = (margins.initial_limit * pow2(-58) + pow2(-40) * int(50)) / price + int(2);
        for atoms in [near.saturating_sub(1), near, near + 1, near + 2, near / 2, near.saturating_mul(2)] {
            let owed = with_fee(pool, atoms);
            match tried(&obligation, debt, atoms) {
                Ok((loan, pool, owner)) => {
                    prop_assert!(owed <= most);
                    let held = owner.debt(&pool.id);
                    let mut lines = obligation.lines.clone();
                    lines[debt] = (pool, lines[debt].1, Holding::Debt(held));
                    prop_assert!(Margins::of(&lines).may_take_risk());
                    prop_assert_eq!(loan.health.after.limit, loan.health.before.limit);
                }
                Err(HealthTooLow) => prop_assert!(owed > &most - &rounding),
                Err(AmountTooSmall) => prop_assert_eq!(atoms, 0),
                Err(other) => {
                    prop_assert_eq!(other, InsufficientCash);
                    prop_assert!(atoms > pool.ledger.cash_atoms);
                }
            }
        }
    }

    /// INV-1, INV-3.
    #[test]
    fn records_a_debt_of_the_loan_and_its_fee_within_an_atom(
        pool in any_pool(), fee_bps in 0u16..=500, atoms in amount(), later in 0..YEAR
    ) {
        let mut before = pool;
        before.settings.risk.origination_fee_bps = fee_bps;
        let (mut after, mut owner) = (before, positions());
        before.ledger.accrue(NOW + later);
        let price = RawPrice { publish_time: NOW + later, exponent: -18, ..dollars(1) };
        let (reserve, mut call) = (Priced { pool: &mut after, price }, Call::default());
        let Ok(loan) = borrow(reserve, &mut owner, &mut call, &rich(), Atoms(atoms), NOW + later) else { return Ok(()) };
        prop_assert_eq!(loan.paid_out, Atoms(atoms));
        let exact_fee = int(atoms) * bps(fee_bps);
        prop_assert!(int(loan.fee.0) >= exact_fee && int(loan.fee.0) < exact_fee + Exact::one());
        let debt = debt_atoms(loan.shares.0, before.ledger.debt_index.get());
        let owed = int(atoms) + int(loan.fee.0);
        prop_assert!(debt >= owed && debt < owed + Exact::one());
        prop_assert_eq!(owner.debt(&pool.id), loan.shares);
        prop_assert_eq!(after.ledger.cash_atoms, before.ledger.cash_atoms - atoms);
        prop_assert!(Books::of(&after.ledger).equity() >= Books::of(&before.ledger).equity() + int(loan.fee.0));
        prop_assert_eq!(after.ledger.supply_index, before.ledger.supply_index);
        prop_assert_eq!(after.ledger.debt_index, before.ledger.debt_index);
    }

    #[test]
    fn borrowing_and_repaying_never_profits_in_any_number_of_parts(
        pool in any_pool(), loans in prop::collection::vec(amount(), 1..6), parts in prop::collection::vec(amount(), 0..6)
    ) {
        let (mut pool, mut owner, mut received, mut paid) = (pool, positions(), 0u128, 0u128);
        // The vault holds no more than half of what it can count: there is room for what rounding adds.
        pool.ledger = Ledger {
            cash_atoms: pool.ledger.cash_atoms / 2,
            insurance_atoms: pool.ledger.insurance_atoms / 2,
            supply_shares: pool.ledger.supply_shares / 2,
            ..pool.ledger
        };
        let price = RawPrice { exponent: -18, ..dollars(1) };
        for atoms in loans {
            let (mut next, mut indebted) = (pool, owner);
            if let Ok(loan) = lend(&mut next, &mut indebted, &rich(), atoms, price) {
                (pool, owner, received) = (next, indebted, received + u128::from(loan.paid_out.0));
            }
        }
        for part in parts.into_iter().map(|part| Amount::Exact(Atoms(part))).chain([Amount::All]) {
            paid += repay(&mut pool, &mut owner, part, NOW).map_or(0, |repayment| u128::from(repayment.taken.0));
        }
        prop_assert!(owner.is_empty() && paid >= received);
    }
}

#[test]
fn an_idle_debt_share_is_counted() {
    let mut pool = funded(1, 1_000);
    pool.ledger.debt_index = Wide::new(3 << 64);
    let loan = lend(&mut pool, &mut positions(), &rich(), 1, dollars(1)).unwrap();
    assert_eq!(loan.shares, DebtShares((1 << 32) / 3 + 1));
}

/// The loan, and the books after it, as they are without limits.
fn unlimited(pool: &Pool, atoms: u64) -> Option<(Loan, Pool)> {
    let (mut after, price) = (*pool, RawPrice { exponent: -18, ..dollars(1) });
    lend(&mut after, &mut positions(), &rich(), atoms, price).ok().map(|loan| (loan, after))
}

fn limited(pool: &Pool, atoms: u64, limits: Limits) -> Option<Refusal> {
    let mut pool = *pool;
    pool.settings.limits = limits;
    lend(&mut pool, &mut positions(), &rich(), atoms, RawPrice { exponent: -18, ..dollars(1) }).err()
}

proptest! {
    #![proptest_config(laws(400))]

    /// INV-9: the debt with its interest, rounded down, is compared with the cap; the share in use, rounded up to 1e-9,
    /// with its limit; the borrower's whole debt, rounded up, with the smallest.
    #[test]
    fn each_limit_is_exact_to_the_atom(pool in any_pool(), atoms in amount()) {
        let Some((loan, after)) = unlimited(&pool, atoms) else { return Ok(()) };
        let (Books { debt, cash, .. }, open) = (Books::of(&after.ledger), pool.settings.limits);
        let lent = floor(&debt).to_u64();
        if let Some(lent) = lent {
            prop_assert_eq!(limited(&pool, atoms, Limits { borrow_cap_atoms: lent, ..open }), None);
            let one_less = Limits { borrow_cap_atoms: lent.saturating_sub(1), ..open };
            prop_assert_eq!(limited(&pool, atoms, one_less), if lent > 0 { Some(BorrowCapReached) } else { None });
        }
        let debt = int(floor(&debt));
        let used = if debt == int(0) { int(0) } else { &debt / (&debt + cash) * int(1_000_000_000) };
        for max_utilization_bps in [0, 1, 5_000, 9_999, 10_000] {
            let allowed = used.ceil() <= int(u64::from(max_utilization_bps) * 100_000);
            let refused = if allowed { None } else { Some(UtilizationTooHigh) };
            prop_assert_eq!(limited(&pool, atoms, Limits { max_utilization_bps, ..open }), refused);
        }
        let owed = debt_atoms(loan.shares.0, after.ledger.debt_index.get()).ceil();
        let least = floor(&owed).to_u64().unwrap();
        prop_assert_eq!(limited(&pool, atoms, Limits { min_debt_atoms: least, ..open }), None);
        if least < u64::MAX {
            prop_assert_eq!(limited(&pool, atoms, Limits { min_debt_atoms: least + 1, ..open }), Some(DebtTooSmall));
        }
    }

    /// INV-9: a share of the suppliers' claims, which a loan does not change, or the floor.
    #[test]
    fn no_more_is_lent_than_may_leave(pool in any_pool(), atoms in amount(), outflow_bps in 0u16..10_000, floor_atoms in amount()) {
        prop_assume!(unlimited(&pool, atoms).is_some());
        let limits = Limits { outflow_bps, outflow_floor_atoms: floor_atoms, ..pool.settings.limits };
        let share = Books::of(&pool.ledger).claims.ceil() * bps(outflow_bps);
        let allowed = int(atoms).min(int(i64::MAX)) <= share.floor().max(int(floor_atoms));
        prop_assert_eq!(limited(&pool, atoms, limits), if allowed { None } else { Some(OutflowLimited) });
    }
}
