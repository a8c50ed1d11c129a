//! The keeper observes, plans and acts on a chain that drops, reverts and delays: in the end no profitable liquidation
//! is left.

use crate::world::{World, id, laws, pool, price};
use anchor_lang::prelude::Address;
use ballast_core::Refusal;
use ballast_core::op::liquidate::Bid;
use ballast_core::positions::Positions;
use ballast_core::units::{Bps, DebtShares, SupplyShares};
use ballast_keeper::pair::ReservePair;
use ballast_keeper::plan::{Decision, PlannedLiquidation, plan};
use ballast_keeper::policy::Policy;
use ballast_keeper::target::{LIFE_SLOTS, Outcome, QUARANTINE_SLOTS, Targets};
use ballast_keeper::tick::Tick;
use ballast_keeper::tracked::{AccountUpdate, TrackedObligation, TrackedValue};
use ballast_keeper::trigger::Trigger;
use bytemuck::Zeroable;
use proptest::prelude::*;

const RESERVES: u8 = 4;

/// A chain whose news comes late, and a keeper.
struct Live {
    world: World,
    /// With the slot in which they arrive.
    news: Vec<(u64, AccountUpdate)>,
    /// Attempts that the chain has not decided yet, with the slot in which it will.
    sent: Vec<(u64, u64, Address, PlannedLiquidation)>,
    targets: Targets,
    done: usize,
}

fn policy() -> Policy {
    Policy { least_profit: 1 << 40, tolerance: Bps(100), ..Policy::unlimited() }
}

impl Live {
    /// Twenty obligations a little above their lines.
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        for number in 0..RESERVES {
            world.set_pool(pool(number));
            world.set_price(number, price(1.0));
        }
        for number in 0..20 {
            let mut positions = Positions::zeroed();
            let (first, second) = (world.dice.below(900) + 100, world.dice.below(900) + 100);
            let debt = (first + second) * (60 + world.dice.below(20)) / 100;
            positions.add_collateral(&id(0), SupplyShares(first * 1_000_000)).expect("room");
            positions.add_collateral(&id(1), SupplyShares(second * 1_000_000)).expect("room");
            positions.add_debt(&id(2), DebtShares(u128::from(debt * 500_000) << 32)).expect("room");
            positions.add_debt(&id(3), DebtShares(u128::from(debt * 500_000) << 32)).expect("room");
            let call = ballast_core::call::Call { warned: 1, ..Default::default() };
            let obligation = TrackedObligation { positions, call, target: Bps(10_500), warning: Bps(500) };
            world.set_obligation(Address::new_from_array([40 + number; 32]), obligation);
        }
        Self { world, news: Vec::new(), sent: Vec::new(), targets: Targets::default(), done: 0 }
    }

    /// A slot: prices, what the chain decides, what arrives, what the keeper does.
    fn step(&mut self, trigger: &mut Trigger, prices: &mut [f64; RESERVES as usize]) {
        self.world.slot += 1;
        for (number, dollars) in (0..).zip(*prices) {
            self.world.set_price(number, price(dollars));
        }
        let due = self.sent.extract_if(.., |sent| sent.0 <= self.world.slot).collect::<Vec<_>>();
        for (_, attempt, address, liquidation) in due {
            self.happen(attempt, address, liquidation);
        }
        for (_, update) in self.news.extract_if(.., |news| news.0 <= self.world.slot) {
            self.world.market.apply(&update).expect("a sound update");
        }
        self.world.market.root(self.world.slot - 32);
        for row in self.world.market.take_changed() {
            trigger.mark_dirty(row);
        }
        let tick = Tick::new(&self.world.market, self.world.slot, self.world.now);
        let store = self.world.market.obligations();
        trigger.tend(store, &tick, 8);
        for verdict in plan(&self.world.market, &tick, &policy(), &trigger.below(store, &tick)) {
            let Ok(Decision::Liquidate(liquidation)) = verdict.decision else { continue };
            if let Ok(attempt) = self.targets.send(&verdict.obligation, verdict.written, self.world.slot) {
                let one_each = self.sent.iter().all(|(_, _, address, _)| *address != verdict.obligation);
                assert!(one_each, "two in flight");
                let at = self.world.slot + 1 + self.world.dice.below(4);
                self.sent.push((at, attempt, verdict.obligation, liquidation));
            }
        }
    }

    /// The chain decides about a transaction. It drops one in four, and reports no outcome of one in four.
    fn happen(&mut self, attempt: u64, address: Address, liquidation: PlannedLiquidation) {
        let PlannedLiquidation { pair: ReservePair { collateral, debt }, max_repay, min_seized, .. } = liquidation;
        let heard = self.world.dice.below(4) > 0;
        if self.world.dice.below(4) == 0 {
            return;
        }
        let bid = Bid { max_repay, min_seized };
        let outcome = match self.world.liquidated(&address, [collateral, debt], bid) {
            Ok((_, [collateral, debt], obligation)) => {
                self.done += 1;
                for pool in [collateral, debt] {
                    let value = TrackedValue::Reserve(Box::new(pool), crate::world::price_account(pool.listing_number));
                    self.world.pools.insert(pool.listing_number, pool);
                    self.apply(Address::from(pool.id.bytes), value);
                }
                self.world.obligations.insert(address, obligation);
                self.apply(address, TrackedValue::Obligation(Box::new(obligation)));
                Outcome::Landed(self.world.slot)
            }
            Err(Refusal::ObligationHealthy) => Outcome::Lost(self.world.slot),
            Err(_) => Outcome::Reverted(6_000),
        };
        if heard {
            self.targets.close(&address, attempt, outcome, self.world.slot);
        }
    }

    /// Within three slots, perhaps twice.
    fn apply(&mut self, account: Address, value: TrackedValue) {
        let update = self.world.update(account, Some(value));
        for _ in 0..=self.world.dice.below(2) {
            self.news.push((self.world.slot + self.world.dice.below(4), update.clone()));
        }
    }
}

proptest! {
    #![proptest_config(laws(24))]

    #[test]
    fn no_profitable_liquidation_is_left(seed: u64) {
        let mut live = Live::new(seed);
        let mut trigger = Trigger::default();
        let mut prices = [1.0; RESERVES as usize];
        for _ in 0..60 {
            for price in &mut prices[..2] {
                *price *= 0.998 + 0.002 * live.world.dice.normal();
            }
            live.step(&mut trigger, &mut prices);
        }
        // Prices stand still. Lost news stops mattering when the transaction dies or the target's rest ends.
        for _ in 0..10 * LIFE_SLOTS + QUARANTINE_SLOTS {
            live.step(&mut trigger, &mut prices);
        }
        let tick = Tick::new(&live.world.market, live.world.slot, live.world.now);
        let rows = tick.scan(live.world.market.obligations());
        let left = plan(&live.world.market, &tick, &policy(), &rows);
        let pays = left.iter().filter(|verdict| matches!(verdict.decision, Ok(Decision::Liquidate(_)))).count();
        prop_assert_eq!(pays, 0);
        prop_assert!(live.done > 0);
        for (address, obligation) in &live.world.obligations {
            let row = live.world.market.obligations().row(address).expect("known");
            prop_assert_eq!(live.world.market.obligations().obligation(row), *obligation);
        }
    }
}
