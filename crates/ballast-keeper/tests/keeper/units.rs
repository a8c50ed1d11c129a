//! The filter lets through every obligation that core finds below its line, from the smallest debt on with which core
//! does.

use crate::world::{SLOT, World, id, laws, pool, price};
use anchor_lang::prelude::Address;
use ballast_core::call::Call;
use ballast_core::positions::{Holding, Positions};
use ballast_core::units::{Bps, DebtShares, SupplyShares};
use ballast_keeper::tick::Tick;
use ballast_keeper::tracked::TrackedObligation;
use bytemuck::Zeroable;
use proptest::prelude::*;

fn obligation(collateral: u64, debt: u128) -> TrackedObligation {
    let mut positions = Positions::zeroed();
    positions.add_collateral(&id(0), SupplyShares(collateral)).expect("room");
    positions.add_debt(&id(1), DebtShares(debt)).expect("room");
    TrackedObligation {
        positions,
        call: Call { warned: 1, ..Call::default() },
        target: Bps(10_500),
        warning: Bps(1_000),
    }
}

/// The smallest debt below 2^95 with which core does not call an obligation healthy.
fn smallest_debt(world: &World, collateral: u64) -> u128 {
    let is_healthy =
        |debt| world.totals(&obligation(collateral, debt)).is_ok_and(|totals| totals.maintenance.covers_debt());
    let (mut healthy, mut below) = (0, 1 << 95);
    while below - healthy > 1 {
        let middle = healthy + (below - healthy) / 2;
        if is_healthy(middle) { healthy = middle } else { below = middle }
    }
    below
}

proptest! {
    #![proptest_config(laws(4_096))]

    /// From dust, where core's units of 2^-40 USD count, to fortunes, where the last bits of the units do.
    #[test]
    fn no_obligation_is_missed_at_the_line(seed: u64) {
        let mut world = World::new(seed);
        for number in 0..2 {
            let mut pool = world.any_pool(number);
            pool.decimals = [0, 6, 12][world.dice.below(3) as usize];
            world.set_pool(pool);
            // Powers of two are units that lose nothing by themselves.
            let mut price = price(1.0);
            price.spot = 1 << world.dice.below(30);
            price.exponent = -[0, 9][world.dice.below(2) as usize];
            world.set_price(number, price);
        }
        let collateral = world.dice.log_uniform(0, 45);
        let debt = smallest_debt(&world, collateral);
        world.set_obligation(Address::new_from_array([9; 32]), obligation(collateral, debt));
        let tick = Tick::new(&world.market, SLOT, world.now);
        prop_assert_eq!(world.addresses(&tick.scan(world.market.obligations())), world.below());
    }
}

/// An obligation that passes the check needlessly costs core's time. If atoms differ in value by at most 10^9, it is
/// within 1e-7 of its line, or within an atom of each debt.
#[test]
fn few_obligations_are_let_through_needlessly() {
    for seed in 0..300 {
        let mut world = World::new(seed);
        let dollars = [(); 3].map(|()| (world.dice.uniform() * 20.0 - 8.0).exp());
        for (number, dollars) in (0..).zip(dollars) {
            world.set_pool(pool(number));
            world.set_price(number, price(dollars));
        }
        for _ in 0..20 {
            let (address, obligation) = (world.dice.address(), world.any_obligation());
            world.set_obligation(address, obligation);
        }
        let store = world.market.obligations();
        let tick = Tick::new(&world.market, SLOT, world.now);
        for row in tick.filter(store) {
            let health = tick.totals(store.holdings(row)).expect("priced").maintenance;
            let weighted = 10_000.0 * 2f64.powi(40);
            let debts = store.holdings(row).filter(|(_, holding)| matches!(holding, Holding::Debt(_)));
            let atoms = debts.map(|(number, _)| dollars[usize::from(number)] / 1e6).sum::<f64>();
            let (limit, debt) = (health.limit.0 as f64 / weighted, health.debt.0 as f64 / weighted + atoms);
            assert!(limit * 10_000.0 < debt * store.line_bps(row) as f64 * (1.0 + 1e-7), "{limit} for {debt}");
        }
    }
}
