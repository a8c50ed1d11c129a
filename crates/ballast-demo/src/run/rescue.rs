//! Acts on the liquidator's plans, and lets the program judge them.

use super::Run;
use crate::chain::unexpected;
use crate::figures::{Amount, Health};
use crate::liquidator::{self, Candidate, Verdict};
use crate::moment::{Liquidation, Moment, Time};
use crate::snapshot::Snapshot;
use crate::stage::Role;
use anyhow::{Context, Result, anyhow};
use ballast::error::BallastError;
use ballast::event::Liquidated;
use ballast_core::positions::Side;

/// Pairs of one obligation: more rounds than this cannot be needed.
const MAX_ROUNDS: usize = 16;

impl Run<'_> {
    /// Liquidates everybody who can be, until nobody is left.
    pub(super) fn liquidate(&mut self, time: Time) -> Result<()> {
        for index in 0..self.watches.len() {
            for _ in 0..MAX_ROUNDS {
                let snapshot = self.stage.snapshot()?;
                match self.verdict(&snapshot, self.watches[index].0)? {
                    Verdict::Healthy => break,
                    Verdict::Liquidate(candidate) => self.carry_out(time, index, &snapshot, &candidate)?,
                    Verdict::Stuck(refusal) => {
                        let who = self.watches[index].1.who;
                        self.narrator.tell(Moment::Unserved { time, who, reason: format!("{refusal:?}") })?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn verdict(&self, snapshot: &Snapshot, person: usize) -> Result<Verdict> {
        let wallet = self.stage.wallet(self.liquidator()?);
        liquidator::plan(snapshot, &self.stage.obligation(person), &wallet)
            .map_err(|refusal| anyhow!("{} cannot be judged: {refusal:?}", self.stage.people[person].name))
    }

    fn liquidator(&self) -> Result<usize> {
        let found = self.stage.indices(|role| matches!(role, Role::Liquidator));
        found.first().copied().context("the scenario has a liquidator")
    }

    fn carry_out(&mut self, time: Time, index: usize, snapshot: &Snapshot, candidate: &Candidate) -> Result<()> {
        let person = self.watches[index].0;
        let position_dollars = self.dollars(snapshot, person, Side::Collateral);
        let liquidator = &self.stage.people[self.liquidator()?];
        let (chain, market) = (&mut self.stage.chain, &self.stage.market);
        let obligation = self.stage.people[person].user.obligation;
        let Candidate { pair, max_repay, preview } = candidate;
        let call = liquidator.user.liquidate_ix(&chain.world, market, obligation, *pair, *max_repay);
        let receipt = chain
            .send("liquidate", call, &liquidator.user)
            .map_err(|failure| unexpected(liquidator.name, "liquidate", &failure))?;
        let event: Liquidated = receipt.event();
        let prices = snapshot.dollars();
        let repaid = Amount { asset: pair.debt, atoms: event.repaid_atoms };
        let seized = Amount { asset: pair.collateral, atoms: event.seized_atoms };
        let liquidation = Liquidation {
            time,
            who: self.watches[index].1.who,
            by: liquidator.name,
            repaid,
            seized,
            repaid_dollars: repaid.dollars(prices[pair.debt]),
            seized_dollars: seized.dollars(prices[pair.collateral]),
            bonus_bps: event.bonus_bps,
            health_before: Health(event.health_before_bps),
            health_after: Health(event.health_after_bps),
            bad_debt: Amount {
                asset: pair.debt,
                atoms: event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms,
            },
            compute_units: receipt.compute_units,
        };
        let planned = (preview.repaid.0, preview.seized.0, preview.bonus_bps, preview.after.factor_bps_floor());
        let done = (event.repaid_atoms, event.seized_atoms, event.bonus_bps, event.health_after_bps);
        self.tally.previews.add(planned == done);
        // An obligation without any collateral left has no health to lose.
        let emptied = preview.after.limit.0 == 0;
        self.tally.healthier.add(emptied || event.health_after_bps >= event.health_before_bps);
        self.watches[index].1.count(&liquidation, position_dollars);
        self.narrator.tell(Moment::Liquidated(liquidation))?;
        Ok(())
    }

    /// The program is asked about everybody whom the liquidator leaves alone: a false negative would be executed here.
    pub(super) fn probe(&mut self) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let liquidator = self.liquidator()?;
        for index in 0..self.watches.len() {
            let person = self.watches[index].0;
            let obligation = self.stage.obligation(person);
            let pairs = liquidator::pairs(&snapshot, &obligation)
                .map_err(|refusal| anyhow!("a position cannot be valued: {refusal:?}"))?;
            if !matches!(self.verdict(&snapshot, person)?, Verdict::Healthy) {
                continue;
            }
            if let Some(pair) = pairs.first() {
                let (chain, market) = (&mut self.stage.chain, &self.stage.market);
                let user = &self.stage.people[liquidator].user;
                let address = self.stage.people[person].user.obligation;
                let call = user.liquidate_ix(&chain.world, market, address, *pair, u64::MAX - 1);
                let answer = chain.world.simulate(&[call], &[&user.key]);
                let refused = answer.is_err_and(|failure| failure.is(BallastError::ObligationHealthy));
                self.tally.left_alone.add(refused);
            }
        }
        Ok(())
    }
}
