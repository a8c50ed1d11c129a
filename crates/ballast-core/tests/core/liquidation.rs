//! The terms of a liquidation: who, how much, for which bonus. Against the exact obligation, before anything has moved.

use crate::model::{Exact, Margins, bps, debt_atoms, int, pow2, ratio, spot, supply_atoms, weights};
use crate::world::{NOW, Obligation, laws, obligation, terms};
use ballast_core::Refusal::{self, *};
use ballast_core::health::Totals;
use ballast_core::liquidation::{Insurance, LiquidationTerms, Pair, Plan};
use ballast_core::positions::Holding;
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::units::{Atoms, Bps, Usd};
use num_traits::One;
use proptest::prelude::*;

/// Any terms, most of them sound.
fn any_terms() -> impl Strategy<Value = LiquidationTerms> {
    let bonuses = (0u16..=2_001, 0u16..=501, 0u16..=2_001, 0u16..=10_001);
    (bonuses, 7_999u16..=10_001, 10_199u16..=12_501, prop_oneof![9 => Just(0u16), 1 => Just(1)]).prop_map(
        |((base_bonus_bps, deep_bonus_bps, max_bonus_bps, health_slope_bps), deep_line_bps, target, reserved)| {
            LiquidationTerms {
                base_bonus_bps,
                health_slope_bps,
                max_bonus_bps,
                deep_bonus_bps,
                deep_line_bps,
                target_health_bps: target,
                reserved,
                ..terms()
            }
        },
    )
}

/// The collateral with the lowest threshold and the debt with the highest borrow factor.
pub fn best_pair(obligation: &Obligation) -> (usize, usize) {
    best_pair_at(obligation, NOW)
}

pub fn best_pair_at(obligation: &Obligation, now: i64) -> (usize, usize) {
    let weighing = |n: &usize| weights(&obligation.lines[*n].0, now);
    let collateral = obligation.collaterals().into_iter().min_by_key(|n| weighing(n).threshold);
    let debt = obligation.debts().into_iter().max_by_key(|n| weighing(n).borrow_factor);
    (collateral.expect("a collateral"), debt.expect("a debt"))
}

fn pair(
    obligation: &Obligation,
    (collateral, debt): (usize, usize),
    slots_since_call: Option<u64>,
) -> Result<Pair, Refusal> {
    let quote = |n: usize| {
        let (pool, price, _) = &obligation.lines[n];
        Quote::new(pool, price, PriceUse::Liquidation, NOW)
    };
    let (collateral_holding, debt_holding) = (obligation.lines[collateral].2, obligation.lines[debt].2);
    let (Holding::Collateral(collateral_shares), Holding::Debt(debt_shares)) = (collateral_holding, debt_holding)
    else {
        unreachable!("a collateral and a debt");
    };
    Ok(Pair {
        collateral: quote(collateral)?,
        collateral_shares,
        debt: quote(debt)?,
        debt_shares,
        owed: obligation.lines[debt].0.ledger.debt_atoms_ceil(debt_shares)?,
        totals: obligation.others(&[], PriceUse::Liquidation)?,
        target: terms().target_health(),
        slots_since_call,
        insurance: Insurance::default(),
    })
}

/// The sums are off by no more than this part, and a unit of 2^-40 USD per position, times its weight.
fn noise(margins: &Margins) -> Exact {
    (&margins.limit + &margins.debt + &margins.collateral) * pow2(-58) + pow2(-40) * int(50)
}

fn is_deep(margins: &Margins) -> bool {
    &margins.collateral * bps(terms().deep_line_bps) < margins.owed
}

/// min(b0 + kh * (1 - HF) + kt * slots, b_max, C/D - 1, BF * A / (LT * B) - 1), at least the deep bonus on deep obligations.
fn exact_bonus(obligation: &Obligation, (collateral, debt): (usize, usize), slots: u64) -> Exact {
    let (margins, terms, one) = (Margins::of(&obligation.lines), terms(), Exact::one());
    let (threshold, factor) = (
        weights(&obligation.lines[collateral].0, NOW).threshold,
        weights(&obligation.lines[debt].0, NOW).borrow_factor,
    );
    let health = &margins.limit / &margins.debt;
    let dutch = bps(terms.base_bonus_bps)
        + bps(terms.health_slope_bps) * (&one - &health)
        + bps(terms.slot_step_bps) * int(slots);
    let solvency = &margins.collateral / &margins.owed - &one;
    let capped = dutch.min(bps(terms.max_bonus_bps)).min(solvency);
    if is_deep(&margins) {
        return capped.max(bps(terms.deep_bonus_bps));
    }
    // What counts for nothing can be given away.
    if threshold == int(0) { capped } else { capped.min(factor * health / threshold - one) }
}

fn plan(obligation: &Obligation, pair_at: (usize, usize), slots: u64, max_repay: u64) -> Result<Plan, Refusal> {
    pair(obligation, pair_at, Some(slots))?.plan(&terms(), Atoms(max_repay))
}

fn any_pair(obligation: &Obligation, pick: (usize, usize)) -> (usize, usize) {
    let (collaterals, debts) = (obligation.collaterals(), obligation.debts());
    (collaterals[pick.0 % collaterals.len()], debts[pick.1 % debts.len()])
}

fn pick() -> impl Strategy<Value = (usize, usize)> {
    (0usize..3, 0usize..3)
}

proptest! {
    #![proptest_config(laws(2_000))]

    #[test]
    fn terms_are_accepted_unless_they_contradict_each_other(terms in any_terms()) {
        let deep = u64::from(terms.deep_line_bps) * (10_000 + u64::from(terms.deep_bonus_bps)) <= 100_000_000;
        let sound = terms.max_bonus_bps <= 2_000
            && terms.base_bonus_bps <= terms.max_bonus_bps
            && terms.deep_bonus_bps <= terms.max_bonus_bps.min(500)
            && terms.health_slope_bps <= 10_000
            && (10_200..=12_500).contains(&terms.target_health_bps)
            && deep
            && (8_000..).contains(&terms.deep_line_bps)
            && terms.dust_cents <= 100_000
            && terms.reserved == 0;
        prop_assert_eq!(terms.validate(), if sound { Ok(()) } else { Err(InvalidLiquidationTerms) });
    }
}

proptest! {
    #![proptest_config(laws(400))]

    /// The healthy are refused and the unhealthy are not, to the rounding of the sums.
    #[test]
    fn only_the_unhealthy_are_liquidated(obligation in obligation(9_990..10_010), pick in pick()) {
        let margins = Margins::of(&obligation.lines);
        let refused = plan(&obligation, any_pair(&obligation, pick), 0, u64::MAX) == Err(ObligationHealthy);
        if refused {
            prop_assert!(margins.limit >= margins.debt);
        } else {
            prop_assert!(&margins.limit - noise(&margins) < margins.debt);
        }
    }

    /// INV-7.
    #[test]
    fn the_bonus_is_the_dutch_auction_capped_by_toxicity(
        obligation in obligation(3_000..10_000), pick in pick(), slots in prop_oneof![0u64..2_000, Just(u64::MAX)]
    ) {
        // Worth enough for a unit of value to be less than a hundredth of a basis point.
        prop_assume!(Margins::of(&obligation.lines).limit > pow2(-20));
        let pair_at = any_pair(&obligation, pick);
        let exact = exact_bonus(&obligation, pair_at, slots) * int(10_000);
        match plan(&obligation, pair_at, slots, u64::MAX) {
            // Three roundings down, of the health's, the solvency's and the cap's part.
            Ok(plan) => {
                // And the sums, rounded against the borrower.
                prop_assert!(int(plan.bonus_bps) <= &exact + ratio(1, 100));
                prop_assert!(int(plan.bonus_bps) > exact - ratio(101, 100));
                prop_assert!(plan.bonus_bps <= u64::from(terms().max_bonus_bps));
            }
            Err(PairLowersHealth) => prop_assert!(exact < ratio(1, 100)),
            Err(refusal) => prop_assert_eq!(refusal, ObligationHealthy),
        }
    }

    #[test]
    fn a_liquidator_gets_at_most_the_repayment_and_the_bonus(
        obligation in obligation(3_000..10_000), pick in pick(), max_repay in crate::world::amount()
    ) {
        let pair_at = any_pair(&obligation, pick);
        let Ok(plan) = plan(&obligation, pair_at, 100, max_repay) else { return Ok(()) };
        let ((collateral, price, held), (debt, debt_price, owed)) = (obligation.lines[pair_at.0], obligation.lines[pair_at.1]);
        let (Holding::Collateral(held), Holding::Debt(owed)) = (held, owed) else { unreachable!("a pair") };
        let seized = supply_atoms(plan.seize.0, collateral.ledger.supply_index.get()) * spot(&collateral, &price);
        let paid = int(plan.repay.0) * spot(&debt, &debt_price);
        let worth = paid * (Exact::one() + bps(plan.bonus_bps));
        prop_assert!(seized <= worth);
        prop_assert!(plan.seize <= held && plan.repay.0 <= max_repay);
        prop_assert!(int(plan.repay.0) <= debt_atoms(owed.0, debt.ledger.debt_index.get()).ceil());
        // And no less than a share, two atoms and four units of value below.
        let share = supply_atoms(1, collateral.ledger.supply_index.get()) * spot(&collateral, &price);
        let atoms = if plan.seize < held { int(0) } else { spot(&debt, &debt_price) * int(2) };
        prop_assert!(seized > &worth * (Exact::one() - pow2(-58)) - share - atoms - pow2(-38));
    }

    /// Liveness: of a solvent unhealthy obligation, the worst collateral can always be swapped for the worst debt.
    #[test]
    fn every_solvent_unhealthy_obligation_can_be_liquidated(obligation in obligation(3_000..10_000), slots in 0u64..2_000) {
        let margins = Margins::of(&obligation.lines);
        prop_assume!(!margins.is_healthy() && margins.is_solvent());
        let plan = plan(&obligation, best_pair(&obligation), slots, u64::MAX);
        prop_assert!(plan.is_ok_and(|plan| plan.repay.0 > 0), "{:?}", plan);
    }

    /// Liveness: a deep obligation can be closed by any pair.
    #[test]
    fn every_pair_of_a_deep_obligation_can_be_liquidated(obligation in obligation(200..2_000), pick in pick()) {
        let margins = Margins::of(&obligation.lines);
        prop_assume!(!margins.is_healthy() && is_deep(&margins));
        let plan = plan(&obligation, any_pair(&obligation, pick), 0, u64::MAX);
        prop_assert!(plan.is_ok_and(|plan| plan.repay.0 > 0 && plan.bonus_bps >= 500));
    }

    #[test]
    fn deep_is_where_the_debt_exceeds_the_deep_line_of_the_collateral(obligation in obligation(7_000..10_000)) {
        let margins = Margins::of(&obligation.lines);
        let distance = &margins.collateral * bps(terms().deep_line_bps) - &margins.owed;
        let totals = obligation.others(&[], PriceUse::Liquidation).unwrap();
        if terms().is_deep(&totals) {
            prop_assert!(distance < noise(&margins));
        } else {
            prop_assert!(distance >= int(0));
        }
    }
}

#[test]
fn the_deep_line_itself_is_not_deep() {
    let totals = |debt: u128| Totals { collateral: Usd(100), debt: Usd(debt), ..Totals::default() };
    assert!(!terms().is_deep(&totals(95)) && terms().is_deep(&totals(96)));
}

#[test]
fn the_last_terms_that_are_sound_and_the_first_that_are_not() {
    let sound = |change: fn(&mut LiquidationTerms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.validate() == Ok(())
    };
    assert!(sound(|_| ()));
    assert!(sound(|terms| terms.max_bonus_bps = 2_000) && !sound(|terms| terms.max_bonus_bps = 2_001));
    assert!(sound(|terms| terms.base_bonus_bps = 1_000) && !sound(|terms| terms.base_bonus_bps = 1_001));
    assert!(sound(|terms| terms.deep_line_bps = 9_523) && !sound(|terms| terms.deep_line_bps = 9_524));
    assert!(sound(|terms| terms.deep_line_bps = 8_000) && !sound(|terms| terms.deep_line_bps = 7_999));
    assert!(sound(|terms| terms.dust_cents = 100_000) && !sound(|terms| terms.dust_cents = 100_001));
    assert!(sound(|terms| terms.target_health_bps = 10_200) && !sound(|terms| terms.target_health_bps = 10_199));
    assert!(sound(|terms| terms.target_health_bps = 12_500) && !sound(|terms| terms.target_health_bps = 12_501));
    assert!(sound(|terms| terms.health_slope_bps = 10_000) && !sound(|terms| terms.health_slope_bps = 10_001));
    assert_eq!((terms().max_bonus(), terms().target_health()), (Bps(1_000), Bps(10_500)));
}
