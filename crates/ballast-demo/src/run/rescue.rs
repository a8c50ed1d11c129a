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
use ballast_core::Refusal;
use ballast_core::op::liquidate::Bid;
use ballast_core::positions::Side;
use ballast_core::units::Atoms;

/// Pairs of one obligation: more rounds than this cannot be needed.
const MAX_ROUNDS: usize = 16;

impl Run<'_> {
    /// Liquidates everybody who can be, until nobody is left.
    pub(super) fn liquidate(&mut self, time: Time) -> Result<()> {
        for index in 0..self.watches.len() {
            for _ in 0..MAX_ROUNDS {
                let snapshot = self.stage.snapshot()?;
                match self.verdict(&snapshot, self.watches[index].0)? {
                    Verdict::Healthy => {
                        self.watches[index].1.unserved = false;
                        break;
                    }
                    Verdict::Liquidate(candidate) => self.carry_out(time, index, &snapshot, &candidate)?,
                    Verdict::Stuck(refusal) => {
                        self.give_up(time, index, refusal)?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn give_up(&mut self, time: Time, index: usize, refusal: Refusal) -> Result<()> {
        let watch = &mut self.watches[index].1;
        if !std::mem::replace(&mut watch.unserved, true) {
            let who = watch.who;
            self.narrator.tell(Moment::Unserved { time, who, reason: format!("{refusal:?}") })?;
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
        let deep = snapshot.totals(&self.stage.positions(person), &[]).is_ok_and(|was| was.is_deep(snapshot.terms.deep_line()));
        let position_dollars = self.dollars(snapshot, person, Side::Collateral);
        let liquidator = &self.stage.people[self.liquidator()?];
        let (chain, market) = (&mut self.stage.chain, &self.stage.market);
        let obligation = self.stage.people[person].user.obligation;
        let Candidate { pair, max_repay, preview } = candidate;
        // Refused rather than surprised: the preview's collateral is insisted on.
        let bid = Bid { max_repay: Atoms(*max_repay), min_seized: preview.seized };
        let call = liquidator.user.bid_ix(&chain.world, market, obligation, *pair, bid);
        let receipt = chain
            .send("liquidate", call, &liquidator.user)
            .map_err(|failure| unexpected(liquidator.name, "liquidate", &failure))?;
        let event: Liquidated = receipt.event();
        let prices = snapshot.dollars();
        let repaid = Amount { asset: pair.debt, atoms: event.repaid_atoms };
        let seized = Amount { asset: pair.collateral, atoms: event.seized_atoms };
        let lost = event.loss_insurance_atoms + event.loss_fees_atoms + event.loss_suppliers_atoms;
        let bad_debt = Amount { asset: pair.debt, atoms: lost };
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
            bad_debt,
            bad_debt_dollars: bad_debt.dollars(prices[pair.debt]),
            compute_units: receipt.compute_units,
        };
        let planned = (preview.repaid.0, preview.seized.0, preview.bonus_bps, preview.health.after.factor_bps_floor());
        let done = (event.repaid_atoms, event.seized_atoms, event.bonus_bps, event.health_after_bps);
        self.tally.previews.add(planned == done);
        // A deep obligation is closed whole, in as many calls as it has pairs.
        if !deep {
            self.tally.healthier.add(event.health_after_bps >= event.health_before_bps);
        }
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
