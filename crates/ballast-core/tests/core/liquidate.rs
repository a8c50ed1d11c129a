//! liquidate: restores health and never harms it, takes no more than it pays for, ends, and books what nobody will pay.

use crate::liquidation::best_pair;
use crate::model::{Books, Exact, Line, Margins, bps, debt_atoms, int, pow2, spot, supply_atoms, weights};
use crate::world::{
    NOW, Obligation, SLOT, amount, call_of, dollars, funded, id, laws, obligation, paused, positions, terms,
};
use ballast_core::Refusal::{self, *};
use ballast_core::call::Call;
use ballast_core::health::{Health, HealthChange, Totals};
use ballast_core::ledger::Ledger;
use ballast_core::op::Priced;
use ballast_core::op::liquidate::{self, Bid, Borrower, Seizure, liquidate};
use ballast_core::pause::{Pausable, Pause};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::preview::{self, BorrowerState};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::risk::RiskParams;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps, DebtShares, SupplyShares, Wide};
use num_traits::One;
use proptest::prelude::*;

const EVERYTHING: Bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };

/// Liquidates a pair of the obligation and leaves it as it is afterwards, without the positions that are gone.
fn close(obligation: &mut Obligation, pair: (usize, usize), bid: Bid) -> Result<Seizure, Refusal> {
    close_into(obligation, pair, bid, None)
}

fn close_into(
    obligation: &mut Obligation,
    (c, d): (usize, usize),
    bid: Bid,
    taker: Option<Positions>,
) -> Result<Seizure, Refusal> {
    let (collateral, debt) = (obligation.priced(c), obligation.priced(d));
    let after = preview::liquidate(collateral, debt, borrower(obligation, (c, d))?, taker, &terms(), bid, NOW)?;
    let (owner, call, seizure) = (after.positions, after.call, after.flows);
    let [taken, paid] = after.pools;
    obligation.lines[c] = (taken, collateral.price, Holding::Collateral(owner.collateral(&taken.id)));
    obligation.lines[d] = (paid, debt.price, Holding::Debt(owner.debt(&paid.id)));
    owner.invariant()?;
    // INV-12: the call stays while the obligation is unhealthy, and a liquidation neither warns nor calls.
    let kept = if seizure.health.after.covers_debt() { 0 } else { SLOT - 50 };
    assert_eq!((call.called_at, call.warned), (kept, 1));
    Ok(seizure)
}

/// What a liquidation of the pair asks for.
fn ask(obligation: &Obligation, (c, d): (usize, usize), bid: Bid) -> Result<Atoms, Refusal> {
    let (mut collateral, mut debt) = (obligation.priced(c), obligation.priced(d));
    let collateral = Priced { pool: &mut collateral.pool, price: collateral.price };
    let debt = Priced { pool: &mut debt.pool, price: debt.price };
    let BorrowerState { mut positions, mut call, others, target, slot } = borrower(obligation, (c, d))?;
    let borrower = Borrower { positions: &mut positions, call: &mut call, others, target, slot };
    liquidate::size(collateral, debt, &borrower, &terms(), bid, NOW)
}

fn borrower(obligation: &Obligation, (c, d): (usize, usize)) -> Result<BorrowerState, Refusal> {
    Ok(BorrowerState {
        positions: obligation.positions_in_use(),
        call: certain(50),
        others: obligation.others(&[c, d], PriceUse::Liquidation)?,
        target: Bps(terms().target_health_bps),
        slot: SLOT,
    })
}

/// Called as many slots ago, with a loss that is certain since then.
fn certain(slots: u64) -> Call {
    let since = SLOT - slots;
    Call { deep_at: since, deep_agreed_at: since, ..call_of(1, since) }
}

fn without_empty(obligation: &Obligation) -> Obligation {
    let in_use = |holding: &Holding| match holding {
        Holding::Collateral(shares) => shares.0 > 0,
        Holding::Debt(shares) => shares.0 > 0,
    };
    Obligation { lines: obligation.lines.iter().filter(|(_, _, holding)| in_use(holding)).copied().collect() }
}

/// An obligation of 100 tokens of collateral 1 and 90 of debt 2, both worth a dollar.
struct Case {
    collateral: Pool,
    debt: Pool,
    owner: Positions,
    prices: [RawPrice; 2],
    others: Totals,
    bid: Bid,
    call: Call,
    terms: LiquidationTerms,
}

const TOKEN: u64 = 1_000_000;

fn case() -> Case {
    let mut owner = positions();
    owner.add_collateral(&id(1), SupplyShares(100 * TOKEN)).unwrap();
    owner.add_debt(&id(2), DebtShares(u128::from(90 * TOKEN) << 32)).unwrap();
    let mut debt = funded(2, 1_000 * TOKEN);
    debt.ledger.debt_shares = Wide::new(u128::from(90 * TOKEN) << 32);
    let collateral = funded(1, 1_000 * TOKEN);
    let (others, call) = (Totals::default(), Call::default());
    Case { collateral, debt, owner, prices: [dollars(1); 2], others, bid: EVERYTHING, call, terms: terms() }
}

impl Case {
    fn run(&mut self) -> Result<Seizure, Refusal> {
        let borrower = Borrower {
            positions: &mut self.owner,
            call: &mut self.call,
            others: self.others,
            target: Bps(10_500),
            slot: SLOT,
        };
        let collateral = Priced { pool: &mut self.collateral, price: self.prices[0] };
        let debt = Priced { pool: &mut self.debt, price: self.prices[1] };
        liquidate(collateral, debt, borrower, None, &self.terms, self.bid, NOW)
    }
}

fn refusal(spoil: impl FnOnce(&mut Case)) -> Option<Refusal> {
    let mut case = case();
    spoil(&mut case);
    case.run().err()
}

/// In the order of the code: each case would also be refused for some of the reasons below it.
#[test]
fn refuses_in_order_missing_positions_prices_the_healthy_and_the_bid() {
    let illiquid = |case: &mut Case| {
        case.collateral.ledger.debt_shares = Wide::new(u128::from(1_000 * TOKEN) << 32);
        case.collateral.ledger.cash_atoms = 1;
    };
    let greedy = |case: &mut Case| {
        case.bid.min_seized = Atoms(u64::MAX);
        illiquid(case);
    };
    let nothing = |case: &mut Case| {
        case.bid.max_repay = Atoms(0);
        greedy(case);
    };
    let too_early = |case: &mut Case| {
        case.terms = LiquidationTerms { hard_line_bps: 9_000, cure_slots: 8, ..terms() };
        // In the soft zone: 80 of 82.
        case.owner.remove_debt(&id(2), DebtShares(u128::from(8 * TOKEN) << 32)).unwrap();
        nothing(case);
    };
    let healthy = |case: &mut Case| {
        case.prices[0] = dollars(2);
        too_early(case);
    };
    let stale = |case: &mut Case| {
        healthy(case);
        case.prices = [RawPrice { publish_time: NOW - 121, ..dollars(2) }; 2];
    };
    let no_debt = |case: &mut Case| {
        stale(case);
        case.owner.remove_debt(&id(2), DebtShares(u128::from(82 * TOKEN) << 32)).unwrap();
    };
    let no_collateral = |case: &mut Case| {
        // Collateral elsewhere: without any, only the debt would be asked for.
        case.owner.add_collateral(&id(3), SupplyShares(TOKEN)).unwrap();
        case.owner.remove_collateral(&id(1), SupplyShares(100 * TOKEN)).unwrap();
        case.owner.add_collateral(&id(3), SupplyShares(1)).unwrap();
        no_debt(case);
    };
    let paused = |case: &mut Case| {
        case.debt.pause = paused(Pausable::Liquidate.bit(), NOW + 1);
        no_collateral(case);
    };
    assert_eq!(refusal(|_| ()), None);
    assert_eq!(refusal(paused), Some(ActionPaused));
    assert_eq!(refusal(no_collateral), Some(InsufficientCollateral));
    assert_eq!(refusal(no_debt), Some(InsufficientDebt));
    assert_eq!(refusal(stale), Some(PriceStale));
    assert_eq!(refusal(healthy), Some(ObligationHealthy));
    assert_eq!(refusal(too_early), Some(CureWindowOpen));
    assert_eq!(refusal(nothing), Some(AmountTooSmall));
    assert_eq!(refusal(greedy), Some(SeizureBelowMinimum));
    assert_eq!(refusal(illiquid), Some(InsufficientCash));
}

/// One of the two reserves is enough; another pause than one of liquidations is none, and neither is an open flash
/// loan.
#[test]
fn a_pause_of_either_reserve_stops_it_and_nothing_else_does() {
    let pause = |actions| paused(actions, NOW + 1);
    assert_eq!(refusal(|case| case.collateral.pause = pause(Pausable::Liquidate.bit())), Some(ActionPaused));
    assert_eq!(refusal(|case| case.debt.pause = pause(Pausable::Liquidate.bit())), Some(ActionPaused));
    let others = Pause::ALL ^ Pausable::Liquidate.bit();
    assert_eq!(refusal(|case| (case.collateral.pause, case.debt.pause) = (pause(others), pause(others))), None);
    assert_eq!(refusal(|case| (case.collateral.flash_atoms, case.debt.flash_atoms) = (1, 1)), None);
}

/// The debt of a case, in tokens; the collateral has a limit of 80.
fn owing(case: &mut Case, tokens: u64) {
    let shares = |tokens: u64| DebtShares(u128::from(tokens * TOKEN) << 32);
    case.owner.remove_debt(&id(2), shares(90)).unwrap();
    case.owner.add_debt(&id(2), shares(tokens)).unwrap();
    case.debt.ledger.debt_shares = Wide::new(shares(tokens).0);
}

/// INV-12. The rows: tokens owed, the cure window, slots since the call, the average of the collateral in 1e-8 USD, and
/// the refusal.
#[test]
fn in_the_soft_zone_a_liquidation_waits_for_the_window_and_the_average() {
    let rows = [
        // HF = 80 / 82, above the hard line of 97 %.
        (82, 8, None, 100_000_000, Some(CureWindowOpen)),
        (82, 8, Some(0), 100_000_000, Some(CureWindowOpen)),
        (82, 8, Some(7), 100_000_000, Some(CureWindowOpen)),
        (82, 8, Some(8), 100_000_000, None),
        (82, 8, Some(Call::LIFE_SLOTS), 100_000_000, None),
        (82, 8, Some(Call::LIFE_SLOTS + 1), 100_000_000, Some(CureWindowOpen)),
        (82, 0, None, 100_000_000, None),
        // At an average of 1.025 USD the limit is 82.
        (82, 8, Some(8), 102_499_999, None),
        (82, 8, Some(8), 102_500_001, Some(WickGuarded)),
        (82, 0, None, 102_500_001, Some(WickGuarded)),
        (82, 8, Some(7), 102_500_001, Some(CureWindowOpen)),
        // HF = 80 / 83, below it.
        (83, 8, None, 200_000_000, None),
        (83, 8, Some(0), 200_000_000, None),
        // Deep: 95 % of 100 is less than 96.
        (96, 1_500, None, 200_000_000, None),
    ];
    for (tokens, cure_slots, called, average, expected) in rows {
        let mut case = case();
        owing(&mut case, tokens);
        case.terms = LiquidationTerms { hard_line_bps: 9_700, cure_slots, ..terms() };
        case.call = called.map_or(Call::default(), |slots: u64| call_of(0, SLOT - slots));
        case.prices[0].ema = average;
        assert_eq!(case.run().err(), expected, "{tokens} {cure_slots} {called:?} {average}");
    }
}

/// INV-12: a deep obligation may be above the hard line, where that is lower than the health of the deep.
#[test]
fn a_deep_obligation_does_not_wait_even_above_the_hard_line() {
    let mut case = case();
    owing(&mut case, 96);
    case.terms = LiquidationTerms { hard_line_bps: 9_000, cure_slots: 8, ..terms() };
    case.collateral.settings.risk.liquidation_threshold_bps = 9_090;
    // 10 bps and half of the missing health.
    assert_eq!(case.run().map(|seizure| seizure.bonus_bps), Ok(275));
}

/// INV-12: cleared by the liquidation that restores health, kept by one that does not.
#[test]
fn a_call_lasts_until_the_obligation_is_healthy() {
    let called = |max_repay: u64| {
        let mut case = case();
        case.call = call_of(1, SLOT - 5);
        case.bid.max_repay = Atoms(max_repay);
        case.run().unwrap();
        case.call
    };
    assert_eq!(called(u64::MAX), call_of(1, 0));
    assert_eq!(called(TOKEN), Call { seen_at: SLOT, ..call_of(1, SLOT - 5) });
}

/// A basis point per slot on top of the 565 of the health, up to the largest bonus of 1,000; an expired call adds
/// nothing.
#[test]
fn the_bonus_grows_by_a_step_for_every_slot_since_the_call() {
    let bonus = |slots: u64| {
        let mut case = case();
        case.call = call_of(0, SLOT - slots);
        case.run().unwrap().bonus_bps
    };
    assert_eq!([0, 1, 100, 434, 435, 436, 1_500, 1_501].map(bonus), [565, 566, 665, 999, 1_000, 1_000, 1_000, 565]);
}

/// A bonus of 565 bps on 70.8 tokens is 4.0002; three tenths of it are for the bucket.
#[test]
fn a_premium_by_hand() {
    let insured = |target_bps: u16, insurance_atoms: u64| {
        let mut case = case();
        let risk = &mut case.debt.settings.risk;
        (risk.insurance_share_bps, risk.insurance_target_bps) = (3_000, target_bps);
        case.debt.ledger.insurance_atoms = insurance_atoms;
        let cash = case.debt.ledger.cash_atoms;
        let seizure = case.run().unwrap();
        assert_eq!((seizure.repaid, seizure.seized), (Atoms(70_800_782), Atoms(74_801_026)));
        assert_eq!(case.debt.ledger.insurance_atoms, insurance_atoms + seizure.premium.0);
        assert_eq!(case.debt.ledger.cash_atoms, cash + seizure.repaid.0 + seizure.premium.0);
        seizure.premium.0
    };
    assert_eq!(insured(10_000, 0), 1_200_073);
    // 1 bp of claims of 1,000 tokens: a tenth of a token.
    assert_eq!(insured(1, 0), 100_000);
    assert_eq!(insured(1, 40_000), 60_000);
    assert_eq!(insured(1, 100_000), 0);
    assert_eq!(insured(0, 0), 0);
}

/// The bucket pays first for the debt that is left over, this liquidation's premium included.
#[test]
fn a_premium_is_there_for_the_loss_of_the_same_liquidation() {
    let mut case = case();
    case.prices[1] = dollars(2);
    case.call = certain(500);
    (case.debt.settings.risk.insurance_share_bps, case.debt.settings.risk.insurance_target_bps) = (5_000, 10_000);
    let seizure = case.run().unwrap();
    // Half of 5 % of 47.619048 tokens.
    assert_eq!((seizure.repaid, seizure.premium), (Atoms(47_619_048), Atoms(1_190_476)));
    assert_eq!((seizure.write_off.insurance, case.debt.ledger.insurance_atoms), (Atoms(1_190_476), 0));
}

#[test]
fn an_obligation_with_nothing_left_is_not_called() {
    let mut case = case();
    case.owner.remove_collateral(&id(1), SupplyShares(100 * TOKEN)).unwrap();
    case.call = call_of(0, SLOT - 5);
    let seizure = case.run().unwrap();
    assert!(case.owner.is_empty() && seizure.health.after.covers_debt());
    assert_eq!(case.call.called_at, 0);
}

/// Without any collateral there is nothing to price: only the debt and the bid can be wrong.
#[test]
fn a_debt_without_collateral_is_written_off_without_a_price() {
    let bare = |case: &mut Case| {
        case.owner.remove_collateral(&id(1), SupplyShares(100 * TOKEN)).unwrap();
        case.prices = [RawPrice { publish_time: 0, ..dollars(1) }; 2];
        // No tokens move, so nothing is there to pause.
        let pause = paused(Pause::ALL, NOW + 1);
        (case.collateral.pause, case.debt.pause) = (pause, pause);
    };
    let greedy = |case: &mut Case| {
        bare(case);
        case.bid.min_seized = Atoms(1);
    };
    let nothing_owed = |case: &mut Case| {
        greedy(case);
        case.owner = positions();
    };
    assert_eq!(refusal(nothing_owed), Some(InsufficientDebt));
    assert_eq!(refusal(greedy), Some(SeizureBelowMinimum));
    let mut forgiven = case();
    bare(&mut forgiven);
    let untouched = forgiven.collateral;
    let Seizure { repaid, seized, write_off, health: HealthChange { before, after }, .. } = forgiven.run().unwrap();
    assert_eq!((repaid, seized, write_off.fees), (Atoms(0), Atoms(0), Atoms(90 * TOKEN)));
    assert_eq!((before.factor_bps_floor(), after.factor_bps_floor()), (0, Health::NO_DEBT));
    assert!(forgiven.owner.is_empty() && forgiven.collateral == untouched);
}

/// INV-1: a share of a reserve that has lost everything is worth nothing; the debt behind it can still be booked.
#[test]
fn worthless_collateral_is_seized_for_zero_and_its_debt_written_off() {
    let mut case = case();
    case.call = certain(0);
    case.collateral.ledger = Ledger { supply_index: Wide::new(0), cash_atoms: 0, ..case.collateral.ledger };
    let seizure = case.run().unwrap();
    assert_eq!((seizure.repaid, seizure.seized), (Atoms(0), Atoms(0)));
    assert_eq!(seizure.collateral_shares, SupplyShares(100 * TOKEN));
    assert_eq!(seizure.write_off.fees.0 + seizure.write_off.suppliers.0, 90 * TOKEN);
    assert!(case.owner.is_empty());
    let mut idle = self::case();
    idle.bid.max_repay = Atoms(0);
    assert_eq!(idle.run().err(), Some(AmountTooSmall), "what is worth something is not free");
}

/// INV-6: a liquidation lives with an older and a less certain price, not with one from before the last.
#[test]
fn accepts_an_uncertain_price_and_refuses_a_replayed_one() {
    let uncertain = |case: &mut Case| {
        case.prices = [RawPrice { publish_time: NOW - 120, confidence: 50_000_000, ..dollars(1) }; 2];
    };
    let replayed = |case: &mut Case| {
        uncertain(case);
        case.debt.newest_publish_time = NOW - 119;
    };
    assert_eq!(refusal(uncertain), None);
    assert_eq!(refusal(replayed), Some(PriceReplayed));
    let mut used = case();
    used.run().unwrap();
    assert_eq!((used.collateral.newest_publish_time, used.debt.newest_publish_time), (NOW, NOW));
}

/// INV-7: collateral of the higher threshold for debt of the lower borrow factor would leave the rest worse.
#[test]
fn refuses_a_pair_that_lowers_health_at_any_bonus() {
    let mut case = case();
    case.collateral.settings.risk.liquidation_threshold_bps = 9_000;
    // 1,000 USD more of collateral at a threshold of 10 %, and 400 USD more of debt at a factor of 200 %.
    case.others.collateral.0 = 1_000 << 40;
    case.others.maintenance.limit.0 = (1_000 << 40) * 1_000;
    case.others.debt.0 = 400 << 40;
    case.others.maintenance.debt.0 = (400 << 40) * 20_000;
    assert_eq!(case.run().err(), Some(PairLowersHealth));
}

/// INV-7: min(BF * A / (LT * B), C / D) - 1 = min(120 / (0.8 * 145), 200 / 145) - 1 = 344 bps, where the auction would
/// offer 872.
#[test]
fn the_bonus_stops_where_health_would_fall() {
    let mut case = case();
    case.others.collateral.0 = 100 << 40;
    case.others.maintenance.limit.0 = (100 << 40) * 4_000;
    case.others.debt.0 = 55 << 40;
    case.others.maintenance.debt.0 = (55 << 40) * 10_000;
    assert_eq!(case.run().unwrap().bonus_bps, 344);
}

/// Liveness: what is left may count for nothing in the health factor and still be worth more than the debt.
#[test]
fn collateral_without_a_threshold_can_be_taken() {
    let mut case = case();
    case.collateral.settings.risk =
        RiskParams { ltv_bps: 0, liquidation_threshold_bps: 0, ..case.collateral.settings.risk };
    let seizure = case.run().unwrap();
    assert!(seizure.repaid.0 > 0 && seizure.seized > seizure.repaid);
}

/// 71 cents would restore the target, and the 19 that would be left are dust. A share is counted a 2^-63 part dearer
/// than it is.
#[test]
fn a_debt_whose_rest_would_be_dust_is_closed_out() {
    let mut case = case();
    case.owner.remove_collateral(&id(1), SupplyShares(99 * TOKEN)).unwrap();
    case.owner.remove_debt(&id(2), DebtShares((u128::from(90 * TOKEN) << 32) / 100 * 99)).unwrap();
    let seizure = case.run().unwrap();
    assert_eq!((seizure.repaid, seizure.seized), (Atoms(TOKEN / 10 * 9), Atoms(950_849)));
    assert!(!case.owner.has(Side::Debt) && case.owner.has(Side::Collateral));
}

#[test]
fn the_minimum_seizure_of_a_bid_is_inclusive() {
    let mut plain = case();
    let seized = plain.run().unwrap().seized;
    assert_eq!(refusal(|case| case.bid.min_seized = seized), None);
    assert_eq!(refusal(|case| case.bid.min_seized = Atoms(seized.0 + 1)), Some(SeizureBelowMinimum));
}

#[test]
fn a_target_liquidation_by_hand() {
    // HF = 80 / 90, bonus = 10 bps + 0.5 * 11.11 % = 565 bps, x = (1.05 * 90 - 80) / (1.05 - 0.8 * 1.0565) = 70.80 USD.
    let seizure = case().run().unwrap();
    assert_eq!(seizure.bonus_bps, 565);
    assert_eq!(seizure.repaid, Atoms(70_800_782));
    assert_eq!(seizure.seized, Atoms(74_801_026));
    assert_eq!(seizure.health.after.factor_bps_floor(), 10_500);
    assert_eq!(seizure.write_off, Default::default());
}

#[test]
fn a_deep_obligation_is_closed_out_and_its_loss_borne_in_order() {
    let mut case = case();
    case.call = certain(500);
    case.prices[1] = dollars(2);
    case.debt.ledger.insurance_atoms = 10 * TOKEN;
    case.debt.ledger.supply_shares = 1_075 * TOKEN;
    let seizure = case.run().unwrap();
    // 180 USD of debt on 100 USD of collateral: 100 / 1.05 USD buy all of it, the rest of the 90 tokens is lost.
    assert_eq!((seizure.bonus_bps, seizure.seized, seizure.repaid), (500, Atoms(100 * TOKEN), Atoms(47_619_048)));
    let lost = 90 * TOKEN - 47_619_048;
    assert_eq!(seizure.write_off.insurance, Atoms(10 * TOKEN));
    assert_eq!(seizure.write_off.fees, Atoms(5 * TOKEN));
    assert_eq!(seizure.write_off.suppliers, Atoms(lost - 15 * TOKEN));
    assert!(case.owner.is_empty());
}

/// What may be off by an atom of the debt: its shares are removed rounded down, and a whole debt is paid rounded up.
fn atom(obligation: &Obligation, d: usize) -> Exact {
    let (pool, price, _) = &obligation.lines[d];
    spot(pool, price)
}

fn pick() -> impl Strategy<Value = (usize, usize, bool)> {
    (0usize..3, 0usize..3, any::<bool>())
}

fn picked(obligation: &Obligation, (c, d, best): (usize, usize, bool)) -> (usize, usize) {
    let (collaterals, debts) = (obligation.collaterals(), obligation.debts());
    if best { best_pair(obligation) } else { (collaterals[c % collaterals.len()], debts[d % debts.len()]) }
}

fn is_deep(margins: &Margins) -> bool {
    &margins.collateral * bps(terms().deep_line_bps) < margins.owed
}

proptest! {
    #![proptest_config(laws(250))]

    /// INV-7: unless deep, neither A/B nor C/D falls: A * BF * paid >= B * LT * taken and C * paid >= D * taken, where
    /// what is paid may be an atom above the debt that is gone.
    #[test]
    fn never_lowers_health_nor_solvency_unless_deep(
        obligation in obligation(7_000..10_000), pick in pick(), max_repay in amount()
    ) {
        let (before, mut after) = (Margins::of(&obligation.lines), obligation.clone());
        prop_assume!(!is_deep(&before));
        let pair = picked(&obligation, pick);
        let bid = Bid { max_repay: Atoms(max_repay), ..EVERYTHING };
        if close(&mut after, pair, bid).is_err() {
            return Ok(());
        }
        let (now, atom) = (Margins::of(&after.lines), atom(&obligation, pair.1));
        let weighted_atom = &atom * weights(&obligation.lines[pair.1].0, NOW).borrow_factor;
        prop_assert!(&now.limit * &before.debt >= &before.limit * (&now.debt - weighted_atom));
        prop_assert!(&now.collateral * &before.owed >= &before.collateral * (&now.owed - atom));
    }

    /// INV-1: asking first changes nothing, and no more is booked than arrives.
    #[test]
    fn the_size_is_what_the_operation_takes_and_it_books_no_more_than_arrives(
        obligation in obligation(500..10_000), pick in pick(), max_repay in amount(), lost in amount()
    ) {
        let pair = picked(&obligation, pick);
        let bid = |atoms| Bid { max_repay: Atoms(atoms), ..EVERYTHING };
        let asked = ask(&obligation, pair, bid(max_repay));
        let Ok(seizure) = close(&mut obligation.clone(), pair, bid(max_repay)) else { return Ok(()) };
        let paid = seizure.repaid.0 + seizure.premium.0;
        prop_assert_eq!(asked, Ok(Atoms(paid)));
        prop_assert_eq!(close(&mut obligation.clone(), pair, bid(paid)), Ok(seizure));
        let arrived = paid.saturating_sub(lost);
        if let Ok(seizure) = close(&mut obligation.clone(), pair, bid(arrived)) {
            prop_assert!(seizure.repaid.0 + seizure.premium.0 <= arrived);
        }
    }

    /// By hand: to the target from below within an atom, and beyond it only by the atom that rounds up, the sums'
    /// noise, or a rest of debt that would be dust.
    #[test]
    fn restores_the_target_health_and_not_more(obligation in obligation(7_000..10_000), pick in pick()) {
        let before = Margins::of(&obligation.lines);
        prop_assume!(!is_deep(&before));
        let (c, d) = picked(&obligation, pick);
        let mut after = obligation.clone();
        let Ok(seizure) = close(&mut after, (c, d), EVERYTHING) else { return Ok(()) };
        let now = Margins::of(&after.lines);
        let (pool, atom) = (&obligation.lines[d].0, atom(&obligation, d));
        let factor = weights(pool, NOW).borrow_factor;
        let threshold = weights(&obligation.lines[c].0, NOW).threshold;
        let target = bps(terms().target_health_bps);
        let debt_gone = after.lines[d].2 == Holding::Debt(DebtShares(0));
        let collateral_gone = after.lines[c].2 == Holding::Collateral(SupplyShares(0));
        if !debt_gone && !collateral_gone {
            prop_assert!(now.limit >= &target * (now.debt - &factor * &atom));
        }
        // x = (h * B - A) / (h * BF - LT * (1 + b))
        let per_usd = &target * factor - threshold * (Exact::one() + bps(seizure.bonus_bps));
        if per_usd > int(0) {
            let noise = (&before.limit + &before.debt * int(2)) * pow2(-58) + pow2(-40) * int(100);
            let wanted = (&target * before.debt - before.limit + noise) / per_usd + &atom * int(2);
            // A rest of debt that would be dust is wanted too, as far as the collateral pays for it.
            let dust = if debt_gone || collateral_gone { bps(terms().dust_cents * 100) } else { int(0) };
            prop_assert!(int(seizure.repaid.0) * &atom <= wanted * (Exact::one() + pow2(-58)) + dust);
        }
    }

    /// INV-1, INV-4.
    #[test]
    fn moves_what_it_says_and_leaves_the_reserves_no_poorer(
        obligation in obligation(1_000..10_000), pick in pick(), max_repay in amount()
    ) {
        let (c, d) = picked(&obligation, pick);
        let mut after = obligation.clone();
        let bid = Bid { max_repay: Atoms(max_repay), ..EVERYTHING };
        let Ok(seizure) = close(&mut after, (c, d), bid) else { return Ok(()) };
        let ((before_c, ..), (before_d, ..)) = (&obligation.lines[c], &obligation.lines[d]);
        let ((after_c, ..), (after_d, ..)) = (&after.lines[c], &after.lines[d]);
        prop_assert_eq!(after_c.ledger.cash_atoms, before_c.ledger.cash_atoms - seizure.seized.0);
        let (repaid, premium) = (seizure.repaid.0, seizure.premium.0);
        prop_assert!(repaid + premium <= max_repay);
        prop_assert_eq!(after_d.ledger.cash_atoms, before_d.ledger.cash_atoms + repaid + premium);
        prop_assert_eq!(after_d.ledger.insurance_atoms + seizure.write_off.insurance.0, before_d.ledger.insurance_atoms + premium);
        prop_assert_eq!(int(premium), exact_premium(before_d, &seizure));
        let seized = supply_atoms(seizure.collateral_shares.0, before_c.ledger.supply_index.get());
        prop_assert!(int(seizure.seized.0) <= seized && int(seizure.seized.0) > seized - Exact::one());
        let cleared = debt_atoms(seizure.debt_shares.0, before_d.ledger.debt_index.get());
        prop_assert!(int(seizure.repaid.0) >= cleared && int(seizure.repaid.0) < cleared + Exact::one());
        prop_assert_eq!(after_c.ledger.supply_index, before_c.ledger.supply_index);
        prop_assert!(Books::of(&after_c.ledger).equity() >= Books::of(&before_c.ledger).equity());
        prop_assert!(Books::of(&after_d.ledger).are_solvent());
        let written_off = seizure.write_off != Default::default();
        prop_assert!(written_off || Books::of(&after_d.ledger).equity() >= Books::of(&before_d.ledger).equity());
        let gone = debt_atoms(seizure.write_off.shares.0, before_d.ledger.debt_index.get());
        prop_assert_eq!(written_off, seizure.write_off.shares.0 > 0);
        prop_assert!(int(seizure.write_off.loss()) >= gone && int(seizure.write_off.loss()) < gone + Exact::one());
        prop_assert!(after.positions_in_use().has(Side::Collateral) || !after.positions_in_use().holds(&before_d.id));
    }

    /// Liveness for any liquidator: at most one round per position, and then the obligation is healthy or nothing is
    /// left of it.
    #[test]
    fn repeated_liquidation_ends_healthy_or_with_nothing_left(obligation in obligation(1_000..10_000)) {
        let mut rest = obligation.clone();
        for _ in 0..obligation.lines.len() {
            if Margins::of(&rest.lines).is_healthy() || rest.collaterals().is_empty() {
                break;
            }
            let pair = best_pair(&rest);
            // Shares, because all of them can be worth less than an atom.
            match close_into(&mut rest, pair, EVERYTHING, Some(positions())) {
                Ok(_) => rest = without_empty(&rest),
                // Rounding alone separates it from health.
                Err(refusal) => {
                    prop_assert_eq!(refusal, ObligationHealthy);
                    break;
                }
            }
        }
        let margins = Margins::of(&rest.lines);
        let nearly_healthy = &margins.limit * (Exact::one() + pow2(-50)) + pow2(-30) >= margins.debt;
        prop_assert!(nearly_healthy || rest.collaterals().is_empty());
        if rest.collaterals().is_empty() {
            prop_assert!(forgiven(&mut rest, &obligation.lines[0]).positions_in_use().is_empty());
        }
    }

    /// INV-1: with a single debt it is the call that takes the last collateral which books the loss.
    #[test]
    fn bad_debt_is_booked_with_the_last_collateral(obligation in obligation(500..6_000)) {
        let debt = obligation.debts()[0];
        let mut rest = obligation.clone();
        rest.lines.retain(|(pool, _, holding)| {
            matches!(holding, Holding::Collateral(_)) || pool.id == obligation.lines[debt].0.id
        });
        while !rest.collaterals().is_empty() && !rest.debts().is_empty() {
            let pair = best_pair(&rest);
            if close(&mut rest, pair, EVERYTHING).is_err() {
                break;
            }
            prop_assert!(Books::of(&rest.lines[pair.1].0.ledger).are_solvent());
            rest = without_empty(&rest);
        }
        prop_assert!(!rest.collaterals().is_empty() || rest.debts().is_empty());
    }
}

/// The obligation after each of its debts that no collateral is left for has been called once more, with a collateral
/// it had.
fn forgiven(rest: &mut Obligation, gone: &Line) -> Obligation {
    let (pool, price, _) = *gone;
    rest.lines.push((pool, price, Holding::Collateral(SupplyShares(0))));
    let none = rest.lines.len() - 1;
    for debt in rest.debts() {
        let before = Books::of(&rest.lines[debt].0.ledger);
        let seizure = close(rest, (none, debt), EVERYTHING).expect("nothing stands in the way");
        assert_eq!((seizure.repaid, seizure.seized), (Atoms(0), Atoms(0)));
        let loss = seizure.write_off.insurance.0 + seizure.write_off.fees.0 + seizure.write_off.suppliers.0;
        let after = Books::of(&rest.lines[debt].0.ledger);
        assert!(after.are_solvent() && int(loss) >= before.debt - after.debt);
    }
    without_empty(rest)
}

/// The bucket's share of the bonus, rounded down, and no more than it still takes.
fn exact_premium(debt: &Pool, seizure: &Seizure) -> Exact {
    let (books, risk) = (Books::of(&debt.ledger), &debt.settings.risk);
    let target = (books.claims.ceil() * bps(risk.insurance_target_bps)).floor();
    let room = (target - books.insurance).max(int(0));
    (int(seizure.repaid.0) * bps(risk.insurance_share_bps) * bps(seizure.bonus_bps)).floor().min(room)
}

impl Obligation {
    fn positions_in_use(&self) -> Positions {
        without_empty(self).positions()
    }
}
