//! The outflow limit: what leaves drains away within a window, what comes may leave again, and no way of asking gets
//! more out.

use crate::model::{Exact, int, ratio};
use crate::world::{NOW, amount, dollars, funded, id, laws, open, positions};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, Totals};
use ballast_core::limits::{Limits, Outflow};
use ballast_core::op::Priced;
use ballast_core::op::borrow::borrow;
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::op::repay::repay;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::RawPrice;
use ballast_core::units::{Amount, Atoms, SupplyShares, WeightedUsd};
use num_traits::Zero;
use proptest::prelude::*;

/// A tenth of the supply, and at least 50 atoms, within an hour.
fn limits() -> Limits {
    Limits { outflow_bps: 1_000, outflow_floor_atoms: 50, outflow_window_secs: 3_600, ..open() }
}

fn left(net_atoms: i64) -> Outflow {
    Outflow { net_atoms, updated_at: NOW }
}

/// What remains of a level after a while.
fn drained(outflow: Outflow, limits: &Limits, secs: i64) -> i64 {
    let mut after = outflow;
    after.come(Atoms(0), limits, outflow.updated_at + secs);
    after.net_atoms
}

fn leave(outflow: &mut Outflow, atoms: u64, claims: u128, limits: &Limits, now: i64) -> bool {
    let mut after = *outflow;
    let allowed = after.leave(Atoms(atoms), claims, limits, now);
    assert!(matches!(allowed, Ok(()) | Err(OutflowLimited)));
    if allowed.is_ok() {
        *outflow = after;
    }
    allowed.is_ok()
}

#[test]
fn the_share_of_the_supply_may_leave_to_the_atom_and_the_floor_at_least() {
    let most = |claims, limits: &Limits| {
        let allowed = |atoms| leave(&mut Outflow::default(), atoms, claims, limits, NOW);
        (0..10_000).rev().find(|&atoms| allowed(atoms))
    };
    assert_eq!(most(10_000, &limits()), Some(1_000));
    assert_eq!(most(10_009, &limits()), Some(1_000));
    assert_eq!(most(10_010, &limits()), Some(1_001));
    assert_eq!(most(499, &limits()), Some(50));
    assert_eq!(most(0, &limits()), Some(50));
    assert_eq!(most(10_000, &Limits { outflow_bps: 0, outflow_floor_atoms: 0, ..limits() }), Some(0));
    assert_eq!(most(10_000, &Limits { outflow_bps: 10_000, ..limits() }), Some(9_999), "all of it is no limit");
}

/// Both at the time of the movement, whatever the level was before.
#[test]
fn inflow_may_leave_again_and_outflow_counts() {
    let mut outflow = Outflow::default();
    outflow.come(Atoms(700), &limits(), NOW);
    assert!(!leave(&mut outflow, 1_701, 10_000, &limits(), NOW));
    assert!(leave(&mut outflow, 1_700, 10_000, &limits(), NOW));
    assert!(!leave(&mut outflow, 1, 10_000, &limits(), NOW));
    outflow.come(Atoms(1), &limits(), NOW);
    assert!(leave(&mut outflow, 1, 10_000, &limits(), NOW));
    // A tenth of the window drains a tenth of the level.
    assert!(!leave(&mut outflow, 101, 10_000, &limits(), NOW + 360));
    assert!(leave(&mut outflow, 100, 10_000, &limits(), NOW + 360));
    assert!(leave(&mut outflow, 1_000, 10_000, &limits(), NOW + 360 + 3_600));
}

/// A level that is too high already, because the supply has shrunk, lets nothing out but the atoms that come.
#[test]
fn a_level_above_the_limit_is_no_debt() {
    let mut outflow = left(5_000);
    assert!(!leave(&mut outflow, 0, 10_000, &limits(), NOW));
    outflow.come(Atoms(4_100), &limits(), NOW);
    assert!(leave(&mut outflow, 100, 10_000, &limits(), NOW));
}

#[test]
fn amounts_beyond_63_bits_count_as_that_and_levels_saturate() {
    let mut outflow = Outflow::default();
    outflow.come(Atoms(u64::MAX), &limits(), NOW);
    outflow.come(Atoms(u64::MAX), &limits(), NOW);
    assert_eq!(outflow.net_atoms, i64::MIN);
    assert_eq!(drained(outflow, &limits(), 1_800), i64::MIN / 2);
    let mut outflow = left(i64::MAX);
    let unlimited = Limits { outflow_floor_atoms: u64::MAX, ..limits() };
    assert!(leave(&mut outflow, u64::MAX, u128::MAX >> 20, &unlimited, NOW));
    assert_eq!(outflow.net_atoms, i64::MAX);
}

fn level() -> impl Strategy<Value = i64> {
    (amount(), any::<bool>()).prop_map(|(level, left)| {
        let level = i64::try_from(level >> 1).expect("63 bits");
        if left { level } else { -level }
    })
}

fn window() -> impl Strategy<Value = Limits> {
    (1u32..=Limits::MAX_WINDOW_SECS, 0u32..22)
        .prop_map(|(secs, shift)| Limits { outflow_window_secs: (secs >> shift).max(1), ..limits() })
}

proptest! {
    #![proptest_config(laws(1_000))]

    /// Outflow drains rounded up, credit rounded down: to the protocol's side, by less than an atom.
    #[test]
    fn a_level_drains_by_the_part_of_the_window_that_has_passed(level in level(), limits in window(), part in 0i64..=1_200) {
        let window = i64::from(limits.outflow_window_secs);
        let secs = window * part / 1_000;
        let rest = Exact::zero().max(int(1) - ratio(secs, window));
        prop_assert_eq!(int(drained(left(level), &limits, secs)), (int(level) * rest).ceil());
    }

    /// Waiting in steps never drains more than waiting at once, so nobody gets more out by asking often.
    #[test]
    fn draining_in_parts_drains_no_more(level in amount(), limits in window(), parts in prop::collection::vec(0i64..=400, 1..6)) {
        let level = i64::try_from(level >> 1).expect("63 bits");
        let secs = |part: i64| i64::from(limits.outflow_window_secs) * part / 1_000;
        let at_once = drained(left(level), &limits, parts.iter().map(|part| secs(*part)).sum());
        let mut outflow = left(level);
        for part in parts {
            let now = outflow.updated_at + secs(part);
            outflow.come(Atoms(0), &limits, now);
        }
        prop_assert!(outflow.net_atoms >= at_once);
    }

    #[test]
    fn a_clock_that_steps_back_drains_nothing(level in level(), limits in window(), back in 0..=i64::MAX) {
        let mut outflow = left(level);
        outflow.come(Atoms(0), &limits, NOW.saturating_sub(back));
        prop_assert_eq!(outflow, left(level));
    }

    /// Deposits and withdrawals of the same money, in any order in which the money is there, are refused only for other
    /// money.
    #[test]
    fn money_that_comes_and_leaves_at_once_changes_nothing(level in 0i64..=1_000, amounts in prop::collection::vec(1u64..1 << 60, 1..8)) {
        let mut outflow = left(level);
        for atoms in amounts {
            outflow.come(Atoms(atoms), &limits(), NOW);
            prop_assert!(leave(&mut outflow, atoms, 10_000, &limits(), NOW));
            prop_assert_eq!(outflow.net_atoms, level);
        }
    }

    /// Leaving in parts gets no more out than leaving at once.
    #[test]
    fn an_outflow_in_parts_is_no_larger(level in -2_000i64..=1_000, parts in prop::collection::vec(1u64..900, 1..8)) {
        let (mut outflow, whole) = (left(level), parts.iter().sum());
        let at_once = leave(&mut left(level), whole, 10_000, &limits(), NOW);
        let in_parts = parts.iter().all(|part| leave(&mut outflow, *part, 10_000, &limits(), NOW));
        prop_assert_eq!(in_parts, at_once);
    }
}

/// A movement: seconds since the last, and atoms, positive when they leave.
type Movement = (i64, i64);

/// What happened: when, how much, and the level just before, as it had drained by then.
struct Moved {
    at: i64,
    atoms: i64,
    level: i64,
}

/// Tries the movements on a supply of 10,000 atoms; what is refused has not happened.
fn history(movements: &[Movement], limits: &Limits) -> Vec<Moved> {
    let (mut outflow, mut now, mut moved) = (left(0), NOW, Vec::new());
    for &(later, atoms) in movements {
        now += later;
        let level = drained(outflow, limits, now - outflow.updated_at);
        let done = match u64::try_from(atoms) {
            // As much as there is room for, if the request is larger.
            Ok(wanted) => {
                let room = u64::try_from(1_000 - level).unwrap_or(0);
                let atoms = wanted.min(room);
                leave(&mut outflow, atoms, 10_000, limits, now).then_some(atoms as i64)
            }
            Err(_) => {
                outflow.come(Atoms(atoms.unsigned_abs()), limits, now);
                Some(atoms)
            }
        };
        moved.extend(done.map(|atoms| Moved { at: now, atoms, level }));
    }
    moved
}

/// The largest net outflow within any window, less the credit that was there when the window began.
fn largest(moved: &[Moved], window: i64) -> i64 {
    let from = |n: usize| {
        let within = moved[n..].iter().take_while(|last| last.at - moved[n].at <= window);
        let sums = within.scan(0, |sum, movement| {
            *sum += movement.atoms;
            Some(*sum)
        });
        sums.max().unwrap_or(0) - moved[n].level.min(0).abs()
    };
    (0..moved.len()).map(from).max().unwrap_or(0)
}

fn movements(least: i64) -> impl Strategy<Value = Vec<Movement>> {
    let later = prop_oneof![3 => 0i64..10, 3 => 0i64..400, 1 => 0i64..4_000];
    prop::collection::vec((later, prop_oneof![1 => least..=2_000, 2 => Just(2_000)]), 1..60)
}

proptest! {
    #![proptest_config(laws(2_000))]

    /// INV-9: within any window no more leaves, net, than twice the limit and the credit that was there when it began.
    #[test]
    fn within_any_window_at_most_twice_the_limit_and_the_credit_before_it_leaves(movements in movements(-3_000)) {
        prop_assert!(largest(&history(&movements, &limits()), 3_600) <= 2_000);
    }

    /// INV-9: and where nothing comes there is no credit.
    #[test]
    fn without_inflow_at_most_twice_the_limit_leaves_within_any_window(movements in movements(0)) {
        let moved = history(&movements, &limits());
        prop_assert!(moved.iter().all(|movement| movement.level >= 0));
        prop_assert!(largest(&moved, 3_600) <= 2_000);
    }
}

/// Withdrawals can reach the bound up to the rounding: first all at once, then bit by bit as the level drains.
#[test]
fn twice_the_limit_leaves_within_a_window_when_every_trickle_is_taken() {
    let trickle = |step: i64| {
        let steps = std::iter::repeat_n((step, 2_000), 3_600usize.div_ceil(step as usize));
        let moved = history(&[(0, 2_000)].into_iter().chain(steps).collect::<Vec<_>>(), &limits());
        largest(&moved, 3_600)
    };
    assert_eq!([trickle(3_600), trickle(36)], [2_000, 2_000]);
    // The rounding is for the protocol: less than an atom at a time never gets out.
    assert_eq!(trickle(3), 1_000);
}

/// The credit lasts: what has come just before a window may leave within it, beside twice the limit.
#[test]
fn a_credit_from_before_the_window_comes_on_top() {
    let moved = history(&[(0, -5_000), (1, 9_000), (3_600, 9_000)], &limits());
    let within: i64 = moved[1..].iter().map(|movement| movement.atoms).sum();
    assert!(within > 2_000 && within <= 2_000 + 5_000, "{within}");
    assert!(moved.iter().map(|movement| movement.atoms).sum::<i64>().is_positive());
}

/// A reserve of 1,000 atoms that lets a quarter of its supply out within an hour, and somebody rich enough to borrow it
/// all.
fn reserve() -> Pool {
    let mut pool = funded(1, 1_000);
    pool.settings.limits = Limits { outflow_bps: 2_500, outflow_window_secs: 3_600, ..open() };
    pool
}

fn lend(pool: &mut Pool, debtor: &mut Positions, atoms: u64) -> Result<(), Refusal> {
    let rich = Health { limit: WeightedUsd(1 << 100), ..Health::default() };
    let others = Totals { initial: rich, ..Totals::default() };
    let reserve = Priced { pool, price: dollars(1) };
    borrow(reserve, debtor, &mut Call::default(), &others, Atoms(atoms), NOW).map(drop)
}

fn take(pool: &mut Pool, owner: &mut Positions, atoms: u64) -> Result<(), Refusal> {
    let (mut call, amount) = (Call::default(), Amount::Exact(Atoms(atoms)));
    withdraw(pool, owner, &mut call, amount, &Margin::NoDebt, NOW).map(drop)
}

/// Loans and withdrawals take from the same room; a refused one takes nothing, because its state is dropped.
#[test]
fn loans_and_withdrawals_share_the_room_and_a_refusal_takes_none() {
    let (mut pool, mut owner, mut debtor) = (reserve(), positions(), positions());
    owner.add_collateral(&id(1), SupplyShares(500)).unwrap();
    lend(&mut pool, &mut debtor, 200).unwrap();
    for _ in 0..3 {
        assert_eq!(take(&mut pool.clone(), &mut owner.clone(), 41), Err(OutflowLimited));
        assert_eq!(lend(&mut pool.clone(), &mut debtor.clone(), 51), Err(OutflowLimited));
    }
    // A quarter of the 960 that stay.
    take(&mut pool, &mut owner, 40).unwrap();
    assert_eq!(lend(&mut pool.clone(), &mut debtor, 1), Err(OutflowLimited));
    assert_eq!(pool.outflow, left(240));
}

/// 3,000 atoms in and out again would let all of the 1,000 go, if a share of them counted while they leave.
#[test]
fn a_deposit_that_does_not_stay_makes_no_room() {
    let (mut pool, mut owner, mut debtor) = (reserve(), positions(), positions());
    deposit(&mut pool, &mut owner, &Entry::Free, Atoms(3_000), NOW).unwrap();
    lend(&mut pool, &mut debtor, 1_000).unwrap();
    assert_eq!(take(&mut pool, &mut owner, 3_000), Err(OutflowLimited));
}

#[derive(Clone, Copy, Debug)]
enum Flow {
    Deposit,
    Withdraw,
    Borrow,
    Repay,
}

fn flow() -> impl Strategy<Value = (Flow, u64, i64)> {
    let kind = prop::sample::select(&[Flow::Deposit, Flow::Withdraw, Flow::Borrow, Flow::Repay][..]);
    (kind, 1u64..3_000, prop_oneof![3 => Just(0i64), 3 => 1i64..500, 1 => 500i64..4_000])
}

/// What the flow moves, positive when it leaves, if it is not refused.
fn moved(
    state: &mut (Pool, Positions, Positions),
    (flow, atoms, _): (Flow, u64, i64),
    now: i64,
) -> Result<i64, Refusal> {
    let (pool, owner, debtor) = state;
    let (amount, mut call) = (Amount::Exact(Atoms(atoms)), Call::default());
    let rich = Totals { initial: Health { limit: WeightedUsd(1 << 100), ..Health::default() }, ..Totals::default() };
    let price = RawPrice { publish_time: now, ..dollars(1) };
    Ok(match flow {
        Flow::Deposit => -(deposit(pool, owner, &Entry::Free, Atoms(atoms), now)?.taken.0 as i64),
        Flow::Withdraw => withdraw(pool, owner, &mut call, amount, &Margin::NoDebt, now)?.paid_out.0 as i64,
        Flow::Borrow => borrow(Priced { pool, price }, debtor, &mut call, &rich, Atoms(atoms), now)?.paid_out.0 as i64,
        Flow::Repay => -(repay(pool, debtor, amount, now)?.taken.0 as i64),
    })
}

proptest! {
    #![proptest_config(laws(400))]

    /// INV-9: of a whole reserve: within any window no more leaves, net, than twice the share of the largest supply
    /// there was in it, and the credit that was there when it began.
    #[test]
    fn a_reserve_loses_at_most_twice_its_largest_limit_and_its_credit_within_a_window(flows in prop::collection::vec(flow(), 1..60)) {
        let mut state = (reserve(), positions(), positions());
        state.1.add_collateral(&id(1), SupplyShares(1_000)).unwrap();
        let (mut now, mut moves, mut limit) = (NOW, Vec::new(), 0);
        for flow in flows {
            now += flow.2;
            let (mut next, outflow) = (state, state.0.outflow);
            let level = drained(outflow, &state.0.settings.limits, now - outflow.updated_at);
            let mut ledger = state.0.ledger;
            ledger.accrue(now);
            let claims = i64::try_from(ledger.claims_ceil().unwrap()).unwrap();
            if let Ok(atoms) = moved(&mut next, flow, now) {
                state = next;
                moves.push(Moved { at: now, atoms, level });
                limit = limit.max((claims + 1) / 4);
            }
        }
        prop_assert!(largest(&moves, 3_600) <= 2 * limit);
    }
}
