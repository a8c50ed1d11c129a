//! Decisions are what the program would do, and reasons for skips are what it would answer.

use crate::world::{Dice, NOW, SLOT, World, id, laws, pool, price, terms};
use anchor_lang::prelude::Address;
use ballast_core::Refusal;
use ballast_core::call::{Call, Crossing};
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::pause::{Closure, Pausable};
use ballast_core::positions::Positions;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, Bps, DebtShares, SupplyShares};
use ballast_keeper::pair::ReservePair;
use ballast_keeper::plan::{Decision, PlannedLiquidation, plan};
use ballast_keeper::policy::Policy;
use ballast_keeper::skip::Skip;
use ballast_keeper::tick::Tick;
use ballast_keeper::tracked::TrackedObligation;
use bytemuck::Zeroable;
use proptest::prelude::*;

const CENT: i128 = (1 << 40) / 100;

fn policy() -> Policy {
    Policy {
        sale_costs: [Bps(20); 64],
        transaction_cost: CENT,
        least_profit: 0,
        tolerance: Bps(50),
        ..Policy::unlimited()
    }
}

/// Collaterals and debts of whole tokens, by number.
fn obligation(collaterals: &[(u8, u64)], debts: &[(u8, u64)]) -> TrackedObligation {
    let mut positions = Positions::zeroed();
    for (number, tokens) in collaterals {
        positions.add_collateral(&id(*number), SupplyShares(tokens * 1_000_000)).expect("room");
    }
    for (number, tokens) in debts {
        positions.add_debt(&id(*number), DebtShares(u128::from(tokens * 1_000_000) << 32)).expect("room");
    }
    TrackedObligation { positions, call: Call::default(), target: Bps(10_500), warning: Bps(1_000) }
}

/// Four assets at these prices, and one obligation.
fn world(dollars: [f64; 4], obligation: TrackedObligation) -> World {
    let mut world = World::new(1);
    for (number, dollars) in (0..).zip(dollars) {
        world.set_pool(pool(number));
        world.set_price(number, price(dollars));
    }
    world.set_obligation(Address::new_from_array([9; 32]), obligation);
    world
}

fn decide(world: &World, policy: &Policy) -> Option<Result<Decision, Skip>> {
    let tick = Tick::new(&world.market, SLOT, world.now);
    let rows = tick.scan(world.market.obligations());
    plan(&world.market, &tick, policy, &rows).first().map(|verdict| verdict.decision)
}

fn run(world: &World, pair: [u8; 2], bid: Bid) -> Result<Seizure, Refusal> {
    world.liquidated(&Address::new_from_array([9; 32]), pair, bid).map(|(seizure, ..)| seizure)
}

/// 790 of 1,000 * 80 %: 98.75 % of the line.
fn unhealthy() -> TrackedObligation {
    obligation(&[(0, 1_000)], &[(1, 810)])
}

#[test]
fn an_unhealthy_obligation_is_liquidated() {
    let world = world([1.0; 4], unhealthy());
    let Some(Ok(Decision::Liquidate(liquidation))) = decide(&world, &policy()) else { panic!("a liquidation") };
    let PlannedLiquidation { pair: ReservePair { collateral: 0, debt: 1 }, max_repay, min_seized, profit, .. } =
        liquidation
    else {
        panic!("the pair")
    };
    let bid = Bid { max_repay, min_seized };
    let seizure = run(&world, [0, 1], bid).expect("the program does it");
    assert_eq!(seizure.repaid.0 + seizure.premium.0, max_repay.0);
    assert_eq!(min_seized.0, seizure.seized.0 * 9_950 / 10_000);
    let gain = (seizure.seized.0 as f64 * 0.998 - max_repay.0 as f64) / 1e6 - 0.01;
    assert!((profit as f64 / 2f64.powi(40) - gain).abs() < 1e-6, "{profit} against {gain}");
}

#[test]
fn a_healthy_obligation_with_a_warning_is_no_candidate() {
    let mut obligation = obligation(&[(0, 1_000)], &[(1, 750)]);
    assert!(matches!(
        decide(&world([1.0; 4], obligation), &policy()),
        Some(Ok(Decision::Flag(crossings))) if crossings.warning == Crossing::Down && crossings.call == Crossing::None
    ));
    obligation.call.warned = 1;
    assert_eq!(decide(&world([1.0; 4], obligation), &policy()), None);
}

#[test]
fn the_soft_zone_gets_a_margin_call_and_a_cure_window() {
    let mut world = world([1.0; 4], unhealthy());
    let soft = LiquidationTerms { hard_line_bps: 9_000, cure_slots: 100, ..terms() };
    world.set_terms(soft);
    let Some(Ok(Decision::Flag(crossings))) = decide(&world, &policy()) else { panic!("a flag") };
    assert_eq!((crossings.warning, crossings.call), (Crossing::Down, Crossing::Down));

    let mut called = unhealthy();
    called.call = Call { called_at: SLOT - 99, seen_at: SLOT, warned: 1, ..Call::default() };
    world.set_obligation(Address::new_from_array([9; 32]), called);
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::CureWindowOpen)));

    called.call.called_at = SLOT - 100;
    world.set_obligation(Address::new_from_array([9; 32]), called);
    assert!(matches!(decide(&world, &policy()), Some(Ok(Decision::Liquidate(_)))));
    // What earns too little starts the clock instead: the bonus grows from there.
    let greedy = Policy { least_profit: i128::MAX, ..policy() };
    let Some(Ok(Decision::Flag(crossings))) = decide(&world, &greedy) else { panic!("a flag") };
    assert!(crossings.clocks);

    let mut spike = price(1.0);
    // Within the band: a price beyond it counts only once it is confirmed.
    spike.ema += spike.ema / 11;
    world.set_price(0, spike);
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::WickGuarded)));
}

#[test]
fn a_liquidation_that_the_market_refuses_is_skipped() {
    let mut called = unhealthy();
    called.call = Call { called_at: SLOT, turn_at: SLOT, seen_at: SLOT, warned: 1, ..Call::default() };
    let fresh = || world([1.0; 4], called);

    let mut world = fresh();
    world.now = NOW + 301;
    let tick = Tick::new(&world.market, SLOT, world.now);
    let rows = tick.scan(world.market.obligations());
    let skip = plan(&world.market, &tick, &policy(), &rows)[0].decision;
    assert_eq!(skip, Err(Skip::Price(Refusal::PriceStale)), "the pair needs a new price");

    let mut world = fresh();
    let mut paused = world.pools[&1];
    paused.pause.authority = Closure { actions: Pausable::Liquidate.bit(), ends_at: NOW + 60 };
    world.set_pool(paused);
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::Paused)));

    let mut nothing_left = obligation(&[], &[(1, 5)]);
    nothing_left.call = called.call;
    world.set_obligation(Address::new_from_array([9; 32]), nothing_left);
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::NothingLeft)));

    let mut world = fresh();
    let mut poor = world.pools[&0];
    poor.ledger.cash_atoms = 5;
    world.set_pool(poor);
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::Refused(Refusal::InsufficientCash))));
}

#[test]
fn a_liquidation_below_the_least_profit_is_skipped() {
    let mut called = unhealthy();
    called.call = Call { called_at: SLOT, turn_at: SLOT, seen_at: SLOT, warned: 1, ..Call::default() };
    let world = world([1.0; 4], called);
    let Some(Ok(Decision::Liquidate(PlannedLiquidation { profit, .. }))) = decide(&world, &policy()) else {
        panic!("it pays")
    };
    assert!(decide(&world, &Policy { least_profit: profit, ..policy() }).is_some_and(|decision| decision.is_ok()));
    assert_eq!(decide(&world, &Policy { least_profit: profit + 1, ..policy() }), Some(Err(Skip::Dust)));
    assert_eq!(decide(&world, &Policy { budgets: [Atoms(0); 64], ..policy() }), Some(Err(Skip::NoBudget)));
    assert_eq!(decide(&world, &Policy { sale_costs: [Bps(2_000); 64], ..policy() }), Some(Err(Skip::Dust)));
}

#[test]
fn without_terms_nothing_is_decided() {
    let mut world = world([1.0; 4], unhealthy());
    world.forget_terms();
    assert_eq!(decide(&world, &policy()), Some(Err(Skip::NoTerms)));
}

proptest! {
    #![proptest_config(laws(512))]

    /// No pair that the program would accept earns more, and the program accepts this one.
    #[test]
    fn the_pair_is_the_most_profitable_one(seed: u64) {
        let mut dice = Dice(seed);
        let mut amount = || 1 + dice.below(1_000);
        let collaterals = [(0, amount()), (1, amount())];
        let debts = [(2, amount()), (3, amount())];
        let mut world = world([1.0, 2.5, 1.5, 0.7], obligation(&collaterals, &debts));
        for (number, threshold) in [(0, 5_000), (1, 9_000)] {
            let mut pool = world.pools[&number];
            (pool.settings.risk.ltv_bps, pool.settings.risk.liquidation_threshold_bps) = (0, threshold);
            world.set_pool(pool);
        }
        let mut policy = policy();
        policy.sale_costs[1] = Bps(dice.below(300) as u16);
        policy.budgets[3] = Atoms(1 + dice.below(500_000_000));
        let value = |number: u8, atoms: Atoms| atoms.0 as f64 / 1e6 * [1.0, 2.5, 1.5, 0.7][usize::from(number)];
        let mut best = f64::MIN;
        for (pair, max_repay) in [([0, 2], u64::MAX), ([1, 2], u64::MAX), ([0, 3], policy.budgets[3].0), ([1, 3], policy.budgets[3].0)] {
            if let Ok(seizure) = run(&world, pair, Bid { max_repay: Atoms(max_repay), min_seized: Atoms(0) }) {
                let kept = 1.0 - f64::from(policy.sale_costs[usize::from(pair[0])].0) / 1e4;
                best = best.max(value(pair[0], seizure.seized) * kept - value(pair[1], seizure.repaid) - 0.01);
            }
        }
        match decide(&world, &policy) {
            Some(Ok(Decision::Liquidate(found))) => {
                prop_assert!((found.profit as f64 / 2f64.powi(40) - best).abs() < 1e-5, "{found:?} against {best}");
                let bid = Bid { max_repay: found.max_repay, min_seized: found.min_seized };
                prop_assert!(run(&world, [found.pair.collateral, found.pair.debt], bid).is_ok());
            }
            _ => prop_assert!(best < 1e-5, "{best} was to be earned"),
        }
    }

    /// In any market there is a decision for each row that the program would carry out, and none for an obligation that
    /// it protects.
    #[test]
    fn the_program_carries_out_every_decision(seed: u64) {
        let mut world = World::random(seed, 6, 0);
        let obligation = world.any_obligation();
        world.set_obligation(Address::new_from_array([9; 32]), obligation);
        match decide(&world, &policy()) {
            Some(Ok(Decision::Liquidate(found))) => {
                let bid = Bid { max_repay: found.max_repay, min_seized: found.min_seized };
                prop_assert!(run(&world, [found.pair.collateral, found.pair.debt], bid).is_ok());
            }
            Some(_) => {}
            None => {
                let covered = world.totals(&obligation).map_or(true, |totals| totals.maintenance.covers_debt());
                prop_assert!(covered);
            }
        }
    }
}
