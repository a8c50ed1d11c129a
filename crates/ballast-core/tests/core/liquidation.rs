//! The plan of a liquidation: whether, how much, and for which bonus. Held against the exact obligation before anything
//! has moved.

use crate::model::{Exact, Margins, bps, debt_atoms, int, pow2, ratio, spot, supply_atoms, weights};
use crate::world::{NOW, Obligation, any_risk, laws, obligation, terms};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::liquidation::{Insurance, Pair, Plan};
use ballast_core::positions::Holding;
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps, Usd};
use num_traits::{One, Signed};
use proptest::prelude::*;

/// Any terms, most of them sound.
fn any_terms() -> impl Strategy<Value = LiquidationTerms> {
    let soft = (8_999u16..=10_001, 0u32..=751, 0u16..=5_001, 0u32..=9_001);
    let bonuses = (0u16..=2_001, 0u16..=5_001, 0u16..=2_001, 0u16..=10_001);
    let steps = (0u16..100, 0u16..100);
    let lines = (7_999u16..=10_001, 10_199u16..=12_501);
    (bonuses, steps, lines, soft, prop_oneof![9 => Just(0u32), 1 => Just(1)]).prop_map(
        |((base_bonus_bps, max_deep_bonus_bps, max_bonus_bps, health_slope_bps), steps, lines, soft, reserved)| {
            let (hard_line_bps, cure_slots, warning_bps, relax_slots) = soft;
            let ((slot_step_centibps, deep_step_centibps), (deep_line_bps, target_health_bps)) = (steps, lines);
            LiquidationTerms {
                base_bonus_bps,
                health_slope_bps,
                slot_step_centibps,
                max_bonus_bps,
                deep_step_centibps,
                max_deep_bonus_bps,
                deep_line_bps,
                target_health_bps,
                hard_line_bps,
                warning_bps,
                cure_slots,
                relax_slots,
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

/// A call in slot 1, since which liquidators might have acted and a loss is certain; seen as many slots later.
fn called(slots: u64) -> Call {
    let seen_at = slots.saturating_add(1);
    Call { called_at: 1, turn_at: 1, deep_at: 1, deep_agreed_at: 1, seen_at, warned: 0 }
}

fn pair(obligation: &Obligation, (collateral, debt): (usize, usize), slots: Option<u64>) -> Result<Pair, Refusal> {
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
        target: Bps(terms().target_health_bps),
        call: slots.map_or(Call::default(), called),
        slot: slots.unwrap_or(0).saturating_add(1),
        is_resuming: false,
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

/// min(b0 + kh * (1 - HF) + kt * slots, b_max, C/D - 1, BF * A / (LT * B) - 1), without the last term after the relax
/// slots; on a deep obligation without the last term and at least min(kd * slots, b_deep_max).
fn exact_bonus(obligation: &Obligation, (collateral, debt): (usize, usize), slots: u64) -> Exact {
    let (margins, terms, one) = (Margins::of(&obligation.lines), terms(), Exact::one());
    let (threshold, factor) = (
        weights(&obligation.lines[collateral].0, NOW).threshold,
        weights(&obligation.lines[debt].0, NOW).borrow_factor,
    );
    let health = &margins.limit / &margins.debt;
    let dutch = bps(terms.base_bonus_bps)
        + bps(terms.health_slope_bps) * (&one - &health)
        + bps(terms.slot_step_centibps) * int(slots) / int(100);
    let solvency = &margins.collateral / &margins.owed - &one;
    let capped = dutch.min(bps(terms.max_bonus_bps)).min(solvency);
    if is_deep(&margins) {
        let rising = bps(terms.deep_step_centibps) * int(slots) / int(100);
        return capped.max(int(0)).max(rising.min(bps(terms.max_deep_bonus_bps)));
    }
    // What counts for nothing can be given away.
    if threshold == int(0) || slots >= u64::from(terms.relax_slots) {
        capped
    } else {
        capped.min(factor * health / threshold - one)
    }
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
        let sound = terms.max_bonus_bps <= 2_000
            && terms.base_bonus_bps <= terms.max_bonus_bps
            && (terms.max_bonus_bps..=5_000).contains(&terms.max_deep_bonus_bps)
            && terms.slot_step_centibps > 0
            && terms.deep_step_centibps > 0
            && terms.health_slope_bps <= 10_000
            && (10_200..=12_500).contains(&terms.target_health_bps)
            && (8_000..=10_000).contains(&terms.deep_line_bps)
            && (9_000..=10_000).contains(&terms.hard_line_bps)
            && terms.cure_slots <= 750
            && terms.relax_slots <= 4_500
            && terms.warning_bps <= 5_000
            && terms.dust_cents <= 100_000
            && terms.reserved == 0;
        prop_assert_eq!(terms.validate(), if sound { Ok(()) } else { Err(InvalidLiquidationTerms) });
    }

    /// INV-8: what every listed reserve was validated against can only get easier to keep.
    #[test]
    fn terms_change_without_a_larger_bonus_or_a_lower_deep_line(from in any_terms(), to in any_terms()) {
        let allowed = to.max_bonus_bps <= from.max_bonus_bps
            && to.max_deep_bonus_bps <= from.max_deep_bonus_bps
            && to.deep_line_bps >= from.deep_line_bps;
        prop_assert_eq!(to.check_step(&from), if allowed { Ok(()) } else { Err(StepTooLarge) });
        prop_assert_eq!(from.check_step(&from), Ok(()));
    }

    /// INV-8.
    #[test]
    fn sound_parameters_stay_sound_under_every_step_of_the_terms(risk in any_risk(), to in any_terms()) {
        prop_assert!(to.check_step(&terms()).is_err() || risk.validate(&to) == Ok(()));
    }
}

proptest! {
    #![proptest_config(laws(250))]

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
                prop_assert!(plan.bonus_bps <= u64::from(terms().max_deep_bonus_bps));
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
        // A deep obligation gives a crumb away.
        let crumb = if is_deep(&Margins::of(&obligation.lines)) { bps(100) } else { int(0) };
        let ((collateral, price, held), (debt, debt_price, owed)) = (obligation.lines[pair_at.0], obligation.lines[pair_at.1]);
        let (Holding::Collateral(held), Holding::Debt(owed)) = (held, owed) else { unreachable!("a pair") };
        let seized = supply_atoms(plan.seize.0, collateral.ledger.supply_index.get()) * spot(&collateral, &price);
        let paid = int(plan.repay.0) * spot(&debt, &debt_price);
        let worth = paid * (Exact::one() + bps(plan.bonus_bps));
        prop_assert!(seized <= &worth + crumb);
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
        prop_assume!(!margins.is_healthy() && margins.is_solvent() && margins.collateral > pow2(-20));
        let plan = plan(&obligation, best_pair(&obligation), slots, u64::MAX);
        prop_assert!(plan.is_ok_and(|plan| plan.repay.0 > 0), "{:?}", plan);
    }

    /// Liveness: a deep obligation can be closed by any pair.
    #[test]
    fn every_pair_of_a_deep_obligation_can_be_liquidated(obligation in obligation(200..2_000), pick in pick()) {
        let margins = Margins::of(&obligation.lines);
        prop_assume!(!margins.is_healthy() && is_deep(&margins) && margins.collateral > pow2(-20));
        let plan = plan(&obligation, any_pair(&obligation, pick), 0, u64::MAX);
        prop_assert!(plan.is_ok_and(|plan| plan.repay.0 > 0 && plan.retire >= plan.repay));
    }

    #[test]
    fn an_obligation_is_deep_when_its_debt_exceeds_the_deep_line_of_its_collateral(obligation in obligation(7_000..10_000)) {
        let margins = Margins::of(&obligation.lines);
        let distance = &margins.collateral * bps(terms().deep_line_bps) - &margins.owed;
        let totals = obligation.others(&[], PriceUse::Liquidation).unwrap();
        if totals.is_deep(terms().deep_line()) {
            prop_assert!(distance < noise(&margins));
        } else {
            prop_assert!(distance >= int(0));
        }
    }
}

/// Terms with a soft zone down to 97 %, and a cure window of 8 slots.
fn soft_terms() -> LiquidationTerms {
    LiquidationTerms { hard_line_bps: 9_700, cure_slots: 8, ..terms() }
}

/// Says by the exact model whether a liquidator may act. `None` if the rounding of the sums decides.
fn turn(margins: &Margins, slots: Option<u64>) -> Option<Result<(), Refusal>> {
    let sides = [
        &margins.limit - &margins.debt,
        &margins.limit - &margins.debt * bps(soft_terms().hard_line_bps),
        &margins.average_limit - &margins.average_debt,
        &margins.collateral * bps(soft_terms().deep_line_bps) - &margins.owed,
    ];
    if sides.iter().any(|side| side.abs() < noise(margins) * int(2)) {
        return None;
    }
    let [healthy, soft, agreed, solid] = sides.map(|side| side.is_positive());
    Some(match (healthy, soft && solid, slots) {
        (true, ..) => Err(ObligationHealthy),
        (_, true, None | Some(0..8)) => Err(CureWindowOpen),
        (_, true, _) if agreed => Err(WickGuarded),
        _ => Ok(()),
    })
}

proptest! {
    #![proptest_config(laws(250))]

    /// INV-12: between the hard line and health only an old enough call and the average price let a liquidator in;
    /// below the hard line, or on a deep obligation, nothing stops the liquidator.
    #[test]
    fn a_liquidation_passes_below_the_hard_line_or_after_the_call_with_the_average(
        obligation in obligation(9_600..10_050), pick in pick(), slots in prop_oneof![Just(None), (0u64..16).prop_map(Some)]
    ) {
        let Some(turn) = turn(&Margins::of(&obligation.lines), slots) else { return Ok(()) };
        let plan = pair(&obligation, any_pair(&obligation, pick), slots).unwrap().plan(&soft_terms(), Atoms(u64::MAX));
        match turn {
            Err(refusal) => prop_assert_eq!(plan, Err(refusal)),
            Ok(()) => prop_assert!(!matches!(plan, Err(ObligationHealthy | CureWindowOpen | WickGuarded)), "{:?}", plan),
        }
    }

    /// Without a cure window a liquidation needs no call. Without a soft zone only health counts.
    #[test]
    fn without_a_window_no_call_is_needed_and_without_a_soft_zone_no_average(obligation in obligation(9_000..10_000), pick in pick()) {
        let pair_at = any_pair(&obligation, pick);
        let tried = |terms: &LiquidationTerms, slots| pair(&obligation, pair_at, slots).unwrap().plan(terms, Atoms(u64::MAX)).err();
        prop_assume!(tried(&terms(), None) != Some(ObligationHealthy));
        let no_window = LiquidationTerms { cure_slots: 0, ..soft_terms() };
        prop_assert_ne!(tried(&no_window, None), Some(CureWindowOpen));
        let no_zone = LiquidationTerms { cure_slots: 750, ..terms() };
        prop_assert!(!matches!(tried(&no_zone, None), Some(CureWindowOpen | WickGuarded)));
        prop_assert_eq!(tried(&no_zone, Some(0)), tried(&no_window, Some(0)).filter(|refusal| *refusal != WickGuarded).or(tried(&terms(), Some(0))));
    }

    /// The longer the call has been, the higher the bonus, up to its caps; an obligation without a call pays none for
    /// it.
    #[test]
    fn the_bonus_grows_with_the_slots_since_the_call(obligation in obligation(8_500..10_000), pick in pick(), slots in (0u64..750, 0u64..750)) {
        let pair_at = any_pair(&obligation, pick);
        let bonus = |slots| pair(&obligation, pair_at, slots).unwrap().plan(&terms(), Atoms(u64::MAX)).map(|plan| plan.bonus_bps);
        let (Ok(early), Ok(late)) = (bonus(Some(slots.0.min(slots.1))), bonus(Some(slots.0.max(slots.1)))) else { return Ok(()) };
        prop_assert!(early <= late && late <= early + slots.0.abs_diff(slots.1));
        prop_assert!(bonus(None) == bonus(Some(0)) || bonus(None) == Err(LossNotCertain));
    }
}

/// What the bucket takes: any share, and room for nothing, for anything, or for about as much as there is.
fn insurance() -> impl Strategy<Value = Insurance> {
    let room = prop_oneof![1 => Just(0u64), 2 => crate::world::amount(), 1 => Just(u64::MAX)];
    (0u16..=10_000, room).prop_map(|(share, room)| Insurance { share: Bps(share), room: Atoms(room) })
}

proptest! {
    #![proptest_config(laws(250))]

    /// To the atom: the share of the bonus, rounded down, as far as there is room; and both together within what was
    /// offered.
    #[test]
    fn a_premium_is_the_share_of_the_bonus_and_within_the_liquidators_maximum(
        obligation in obligation(2_000..10_000), pick in pick(), insurance in insurance(), max_repay in crate::world::amount()
    ) {
        let mut pair = pair(&obligation, any_pair(&obligation, pick), Some(100)).unwrap();
        pair.insurance = insurance;
        let Ok(plan) = pair.plan(&terms(), Atoms(max_repay)) else { return Ok(()) };
        let share = bps(insurance.share.0) * bps(plan.bonus_bps);
        let due = (int(plan.repay.0) * &share).floor();
        prop_assert_eq!(int(plan.premium.0), due.min(int(insurance.room.0)));
        prop_assert!(int(plan.repay.0) + int(plan.premium.0) <= int(max_repay));
    }

    /// The liquidator pays the premium. The borrower repays and loses the same, except at the maximum.
    #[test]
    fn a_premium_changes_nothing_for_the_borrower(obligation in obligation(2_000..10_000), pick in pick(), insurance in insurance()) {
        let mut pair = pair(&obligation, any_pair(&obligation, pick), Some(100)).unwrap();
        let free = pair.plan(&terms(), Atoms(u64::MAX));
        pair.insurance = insurance;
        let insured = pair.plan(&terms(), Atoms(u64::MAX));
        prop_assert_eq!(insured.map(|plan| Plan { premium: Atoms(0), ..plan }), free);
    }

    /// A maximum that binds is used up: an atom more, and its premium, would exceed it.
    #[test]
    fn a_maximum_that_binds_is_used_up(
        obligation in obligation(5_000..9_500), insurance in insurance(), part in 1u64..1_000
    ) {
        let mut pair = pair(&obligation, best_pair(&obligation), Some(100)).unwrap();
        pair.insurance = insurance;
        let Ok(whole) = pair.plan(&terms(), Atoms(u64::MAX)) else { return Ok(()) };
        let max_repay = (u128::from(whole.repay.0) * u128::from(part) / 1_000) as u64;
        let Ok(plan) = pair.plan(&terms(), Atoms(max_repay)) else { return Ok(()) };
        // Unless the collateral does not pay for it.
        prop_assume!(plan.seize < pair.collateral_shares);
        let total = |repay: u64| {
            let premium = (int(repay) * bps(insurance.share.0) * bps(plan.bonus_bps)).floor();
            int(repay) + premium.min(int(insurance.room.0))
        };
        prop_assert_eq!(int(plan.repay.0) + int(plan.premium.0), total(plan.repay.0));
        prop_assert!(total(plan.repay.0) <= int(max_repay) && total(plan.repay.0 + 1) > int(max_repay));
    }

    /// A liquidator who brings exactly what a liquidation takes gets exactly that liquidation.
    #[test]
    fn a_plan_needs_no_more_than_it_takes(
        obligation in obligation(2_000..10_000), pick in pick(), insurance in insurance(), max_repay in crate::world::amount()
    ) {
        let mut pair = pair(&obligation, any_pair(&obligation, pick), Some(100)).unwrap();
        pair.insurance = insurance;
        let Ok(plan) = pair.plan(&terms(), Atoms(max_repay)) else { return Ok(()) };
        prop_assert_eq!(pair.plan(&terms(), Atoms(plan.repay.0 + plan.premium.0)), Ok(plan));
    }
}

#[test]
fn the_deep_line_itself_is_not_deep() {
    let totals = |debt: u128| Totals { collateral: Usd(100), debt: Usd(debt), ..Totals::default() };
    assert!(!totals(95).is_deep(terms().deep_line()) && totals(96).is_deep(terms().deep_line()));
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
    assert!(sound(|terms| terms.deep_line_bps = 10_000) && !sound(|terms| terms.deep_line_bps = 10_001));
    assert!(sound(|terms| terms.max_deep_bonus_bps = 1_000) && !sound(|terms| terms.max_deep_bonus_bps = 999));
    assert!(sound(|terms| terms.max_deep_bonus_bps = 5_000) && !sound(|terms| terms.max_deep_bonus_bps = 5_001));
    assert!(sound(|terms| terms.slot_step_centibps = 1) && !sound(|terms| terms.slot_step_centibps = 0));
    assert!(sound(|terms| terms.deep_step_centibps = 1) && !sound(|terms| terms.deep_step_centibps = 0));
    assert!(sound(|terms| terms.relax_slots = 4_500) && !sound(|terms| terms.relax_slots = 4_501));
    assert!(sound(|terms| terms.deep_line_bps = 8_000) && !sound(|terms| terms.deep_line_bps = 7_999));
    assert!(sound(|terms| terms.dust_cents = 100_000) && !sound(|terms| terms.dust_cents = 100_001));
    assert!(sound(|terms| terms.target_health_bps = 10_200) && !sound(|terms| terms.target_health_bps = 10_199));
    assert!(sound(|terms| terms.target_health_bps = 12_500) && !sound(|terms| terms.target_health_bps = 12_501));
    assert!(sound(|terms| terms.hard_line_bps = 9_000) && !sound(|terms| terms.hard_line_bps = 8_999));
    assert!(sound(|terms| terms.hard_line_bps = 10_000) && !sound(|terms| terms.hard_line_bps = 10_001));
    assert!(sound(|terms| terms.cure_slots = 750) && !sound(|terms| terms.cure_slots = 751));
    assert!(sound(|terms| terms.warning_bps = 5_000) && !sound(|terms| terms.warning_bps = 5_001));
    assert!(sound(|terms| terms.health_slope_bps = 10_000) && !sound(|terms| terms.health_slope_bps = 10_001));
    assert_eq!(terms().max_bonus(), Bps(1_000));
}
