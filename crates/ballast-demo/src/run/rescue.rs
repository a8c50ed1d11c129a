//! The liquidator: acts on the keeper's plans, and checks that the program does what they say.

use super::Run;
use crate::chain::unexpected;
use crate::figures::{AssetAmount, HealthFactor};
use crate::moment::{LiquidationMoment, StoryMoment, UtcTime};
use crate::scenario::ASSETS;
use crate::stage::Role;
use crate::valuation;
use anyhow::{Context, Result};
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_client::Snapshot;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;
use ballast_keeper::market::TrackedMarket;
use ballast_keeper::plan::{PlannedLiquidation, best};
use ballast_keeper::policy::Policy;
use ballast_keeper::skip::Skip;
use ballast_testkit::user::AssetPair;

/// An obligation in the demo has fewer pairs than this, so it needs no more rounds.
const MAX_ROUNDS: usize = 16;

/// One liquidation to send.
struct PairBid {
    pair: AssetPair,
    bid: Bid,
    /// The planned outcome. `None` for the write-off of debt without collateral, which the keeper does not plan.
    expected: Option<Seizure>,
}

impl From<PlannedLiquidation> for PairBid {
    fn from(plan: PlannedLiquidation) -> Self {
        let PlannedLiquidation { pair, max_repay, min_seized, seizure, .. } = plan;
        let pair = AssetPair { collateral: pair.collateral.into(), debt: pair.debt.into() };
        Self { pair, bid: Bid { max_repay, min_seized }, expected: Some(seizure) }
    }
}

impl Run<'_> {
    /// Liquidates until the planner finds nothing more to do.
    pub(super) fn liquidate(&mut self, time: UtcTime) -> Result<()> {
        for index in 0..self.watches.len() {
            for _ in 0..MAX_ROUNDS {
                let snapshot = self.stage.snapshot()?;
                let person = self.watches[index].0;
                match self.plan(&snapshot, person)? {
                    Ok(plan) => self.carry_out(time, index, &snapshot, &plan.into())?,
                    Err(Skip::NothingLeft) => {
                        let bid = self.write_off(&snapshot, person)?;
                        self.carry_out(time, index, &snapshot, &bid)?;
                    }
                    Err(Skip::Healthy) => {
                        self.watches[index].1.unserved = false;
                        break;
                    }
                    Err(skip) => {
                        self.give_up(time, index, skip)?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Asks the keeper's planner: the most profitable pair, within what the liquidator's wallet holds.
    fn plan(&self, snapshot: &Snapshot, person: usize) -> Result<std::result::Result<PlannedLiquidation, Skip>> {
        let mut policy = Policy::unlimited();
        for (budget, atoms) in policy.budgets.iter_mut().zip(self.stage.wallet(self.liquidator()?)) {
            *budget = Atoms(atoms);
        }
        let market = TrackedMarket::of(snapshot);
        Ok(best(&market, snapshot.moment, &self.stage.obligation(person), &policy))
    }

    /// Bids for debt without collateral. The program writes it off, whichever collateral reserve the bid names.
    fn write_off(&self, snapshot: &Snapshot, person: usize) -> Result<PairBid> {
        let positions = self.stage.positions(person);
        let debt = positions.as_slice().iter().find(|position| position.side() == Side::Debt);
        let debt = debt.and_then(|position| valuation::asset(snapshot, &position.reserve)).context("a listed debt")?;
        let pair = AssetPair { collateral: (debt + 1) % ASSETS.len(), debt };
        Ok(PairBid { pair, bid: Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) }, expected: None })
    }

    fn give_up(&mut self, time: UtcTime, index: usize, skip: Skip) -> Result<()> {
        let watch = &mut self.watches[index].1;
        if !std::mem::replace(&mut watch.unserved, true) {
            let who = watch.who;
            self.narrator.narrate(StoryMoment::Unserved { time, who, reason: skip.to_string() })?;
        }
        Ok(())
    }

    fn liquidator(&self) -> Result<usize> {
        let found = self.stage.indices(|role| matches!(role, Role::Liquidator));
        found.first().copied().context("the scenario has a liquidator")
    }

    fn carry_out(&mut self, time: UtcTime, index: usize, snapshot: &Snapshot, bid: &PairBid) -> Result<()> {
        let person = self.watches[index].0;
        let deep_line = snapshot.config.state.market.terms.deep_line();
        let totals = snapshot.totals(&self.stage.positions(person), PriceUse::Liquidation);
        let is_deep = totals.is_ok_and(|totals| totals.is_deep(deep_line));
        let position_dollars = self.dollars(snapshot, person, Side::Collateral);
        let liquidator = &self.stage.people[self.liquidator()?];
        let (chain, market) = (&mut self.stage.chain, &self.stage.market);
        let obligation = self.stage.people[person].user.obligation;
        let PairBid { pair, bid, expected } = bid;
        let liquidate = liquidator.user.bid_ix(&chain.world, market, obligation, *pair, *bid);
        let receipt = chain
            .send("liquidate", liquidate, &liquidator.user)
            .map_err(|failure| unexpected(liquidator.name, "liquidate", &failure))?;
        let event: Liquidated = receipt.event();
        let prices = valuation::dollars(snapshot);
        let repaid = AssetAmount { asset: pair.debt, atoms: event.repaid_atoms };
        let seized = AssetAmount { asset: pair.collateral, atoms: event.seized_atoms };
        let lost = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
        let bad_debt = AssetAmount { asset: pair.debt, atoms: lost };
        let liquidation = LiquidationMoment {
            time,
            who: self.watches[index].1.who,
            by: liquidator.name,
            repaid,
            seized,
            repaid_dollars: repaid.dollars(prices[pair.debt]),
            seized_dollars: seized.dollars(prices[pair.collateral]),
            bonus_bps: event.bonus_bps,
            health_before: HealthFactor(event.health_before_bps),
            health_after: HealthFactor(event.health_after_bps),
            bad_debt,
            bad_debt_dollars: bad_debt.dollars(prices[pair.debt]),
            compute_units: receipt.compute_units,
        };
        if let Some(seizure) = expected {
            self.tally.previews.add(does_as_planned(seizure, &event));
        }
        // Liquidations close out a deep obligation pair by pair, and health may fall in between.
        if !is_deep {
            self.tally.healthier.add(event.health_after_bps >= event.health_before_bps);
        }
        self.watches[index].1.count(&liquidation, position_dollars);
        self.narrator.narrate(StoryMoment::Liquidated(liquidation))?;
        Ok(())
    }

    /// Asks the program to liquidate each obligation that the planner calls healthy. If the planner were wrong, this
    /// would succeed.
    pub(super) fn probe(&mut self) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let liquidator = self.liquidator()?;
        for index in 0..self.watches.len() {
            let person = self.watches[index].0;
            let asset = |side| {
                let positions = self.stage.positions(person);
                let position = positions.as_slice().iter().find(|position| position.side() == side)?;
                valuation::asset(&snapshot, &position.reserve)
            };
            let (Some(collateral), Some(debt)) = (asset(Side::Collateral), asset(Side::Debt)) else { continue };
            if self.plan(&snapshot, person)? != Err(Skip::Healthy) {
                continue;
            }
            let (chain, market) = (&mut self.stage.chain, &self.stage.market);
            let user = &self.stage.people[liquidator].user;
            let address = self.stage.people[person].user.obligation;
            let pair = AssetPair { collateral, debt };
            let liquidate = user.liquidate_ix(&chain.world, market, address, pair, u64::MAX - 1);
            let answer = chain.world.simulate(&[liquidate], &[&user.key]);
            let refused = answer.is_err_and(|failure| failure.is(BallastError::ObligationHealthy));
            self.tally.left_alone.add(refused);
        }
        Ok(())
    }
}

fn does_as_planned(planned: &Seizure, event: &Liquidated) -> bool {
    let plan = (planned.repaid.0, planned.seized.0, planned.bonus_bps, planned.health.after.factor_bps_floor());
    plan == (event.repaid_atoms, event.seized_atoms, event.bonus_bps, event.health_after_bps)
}
