//! The loop: a quiet week; then at each step publish, watch, liquidate and check the books; in the end everybody
//! leaves.

mod clocks;
mod exit;
mod quiet;
mod rescue;

use crate::costs::costs;
use crate::figures::AssetAmount;
use crate::moment::{Listener, Narrator, StoryMoment, UtcTime, WatchedLine};
use crate::path::{PricePath, Step};
use crate::proof::{self, Check, Count, SharePrices};
use crate::report::{Report, RunSummary};
use crate::scenario::{ASSETS, Reaction};
use crate::stage::{Move, Role, Stage};
use crate::valuation;
use crate::watch::Watch;
use anyhow::{Context, Result};
use ballast_client::Snapshot;
use ballast_core::positions::Side;
use ballast_testkit::programs::program_path;

/// Runs the market along a path. `listener` receives every moment as it happens.
pub fn run<'a>(path: &PricePath, listener: &'a mut Listener<'a>) -> Result<Report> {
    let first = path.steps.first().context("a path has at least one step")?;
    let mut narrator = Narrator::new(listener);
    narrator.narrate(opened(path)?)?;
    let stage = Stage::open(first, quiet::DAYS * quiet::DAY_SECS, &mut narrator)?;
    let mut run = Run::new(stage, narrator)?;
    run.quiet_days(first)?;
    run.start(path)?;
    for step in &path.steps {
        run.step(step)?;
    }
    run.finish(path)
}

fn opened(path: &PricePath) -> Result<StoryMoment> {
    let program = program_path();
    let bytes = std::fs::metadata(&program)
        .with_context(|| format!("{} does not exist; run `cargo xtask build`", program.display()))?;
    let time = |step: Option<&Step>| UtcTime(step.map_or(0, |step| step.time));
    Ok(StoryMoment::Opened {
        program: "target/deploy/ballast.so".to_owned(),
        program_bytes: bytes.len(),
        source: path.source.clone(),
        from: time(path.steps.first()),
        to: time(path.steps.last()),
        steps: path.steps.len(),
    })
}

/// What the run counts besides the checks of the books.
#[derive(Default)]
pub struct Tally {
    /// Liquidations whose event equals the plan, atom by atom.
    previews: Count,
    /// Obligations that both the planner and the program call healthy.
    left_alone: Count,
    /// Liquidations that did not lower health.
    healthier: Count,
    /// Checks of the books after every step.
    steps: Count,
}

pub struct Run<'a> {
    stage: Stage,
    narrator: Narrator<'a>,
    /// The borrowers, by their index in the stage.
    watches: Vec<(usize, Watch)>,
    /// The people who have been warned and will repay at the next step.
    alarmed: Vec<usize>,
    shares: SharePrices,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn new(stage: Stage, narrator: Narrator<'a>) -> Result<Self> {
        let tally = Tally::default();
        let (watches, alarmed) = (Vec::new(), Vec::new());
        let mut run = Self { stage, narrator, watches, alarmed, shares: SharePrices::default(), tally };
        run.shares.read(&run.stage, &run.stage.snapshot()?);
        Ok(run)
    }

    fn publish(&mut self, step: &Step) {
        for (asset, quote) in self.stage.market.assets.iter().zip(&step.quotes) {
            self.stage.chain.world.publish(&asset.feed, quote);
        }
    }

    fn start(&mut self, path: &PricePath) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        for person in self.stage.indices(|role| matches!(role, Role::Borrower(_))) {
            let Role::Borrower(borrower) = self.stage.people[person].role else { continue };
            let obligation = self.stage.obligation(person);
            let health =
                valuation::health(&snapshot, &obligation.positions).context("the first prices cannot be used")?;
            let debt = self.dollars(&snapshot, person, Side::Debt);
            self.watches.push((person, Watch::new(borrower.name, borrower.story, health, debt)));
        }
        let borrowers = self.watches.iter().map(|(_, watch)| watch.who).collect();
        let charts = (0..ASSETS.len()).map(|asset| path.dollars(asset)).collect();
        self.narrator.narrate(StoryMoment::Started { borrowers, charts })?;
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        let world = &mut self.stage.chain.world;
        world.advance(step.time - world.now());
        self.publish(step);
        let time = UtcTime(step.time);
        for person in std::mem::take(&mut self.alarmed) {
            self.repay_a_third(time, person)?;
        }
        self.watch(time)?;
        self.run_clocks()?;
        self.liquidate(time)?;
        self.probe()?;
        let snapshot = self.stage.snapshot()?;
        self.shares.read(&self.stage, &snapshot);
        for (person, watch) in &mut self.watches {
            if let Some(health) = valuation::health(&snapshot, &self.stage.positions(*person)) {
                watch.read(health);
            }
        }
        for check in proof::books(&self.stage, &self.shares)? {
            self.tally.steps.add(check.ok);
        }
        Ok(())
    }

    /// Reads everybody's health and reports who fell below a line.
    fn watch(&mut self, time: UtcTime) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let people = self.watches.iter().map(|(person, _)| *person);
        let healths: Vec<_> =
            people.map(|person| valuation::health(&snapshot, &self.stage.positions(person))).collect();
        self.narrator.narrate(StoryMoment::Priced {
            time,
            prices: valuation::dollars(&snapshot),
            healths: healths.clone(),
        })?;
        for ((person, watch), health) in self.watches.iter_mut().zip(healths) {
            let Some(now) = health else { continue };
            let Some((line, before)) = watch.read(now) else { continue };
            self.narrator.narrate(StoryMoment::Crossed { time, who: watch.who, line, before, now })?;
            let Role::Borrower(borrower) = self.stage.people[*person].role else { continue };
            if line == WatchedLine::Warning && borrower.reaction == Reaction::Repays {
                self.alarmed.push(*person);
            }
        }
        Ok(())
    }

    fn repay_a_third(&mut self, time: UtcTime, person: usize) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let before = valuation::health(&snapshot, &self.stage.positions(person));
        let mut amounts = self.stage.holdings(&snapshot, person, Side::Debt);
        for amount in &mut amounts {
            amount.atoms /= 3;
            self.stage.act(person, Move::Repay, *amount)?;
        }
        let after = valuation::health(&self.stage.snapshot()?, &self.stage.positions(person));
        if let (Some(before), Some(after)) = (before, after) {
            let who = self.stage.people[person].name;
            self.narrator.narrate(StoryMoment::Repaid { time, who, amounts, before, after })?;
        }
        Ok(())
    }

    fn dollars(&self, snapshot: &Snapshot, person: usize, side: Side) -> f64 {
        let prices = valuation::dollars(snapshot);
        let holdings = self.stage.holdings(snapshot, person, side);
        holdings.into_iter().map(|amount| amount.dollars(prices[amount.asset])).sum()
    }

    fn finish(mut self, path: &PricePath) -> Result<Report> {
        let snapshot = self.stage.snapshot()?;
        for index in 0..self.watches.len() {
            let debt = self.dollars(&snapshot, self.watches[index].0, Side::Debt);
            self.watches[index].1.debt_end_dollars = debt;
        }
        let mut checks = proof::books(&self.stage, &self.shares)?;
        checks.extend(self.tally.checks());
        self.everybody_leaves()?;
        self.shares.read(&self.stage, &self.stage.snapshot()?);
        let checks_after_exit = proof::books(&self.stage, &self.shares)?;
        let left_in_vaults = (0..ASSETS.len()).map(|asset| AssetAmount { asset, atoms: self.stage.vault(asset) });
        let moments = self.narrator.moments;
        let obligations: Vec<_> = self.watches.into_iter().map(|(_, watch)| watch).collect();
        Ok(Report {
            ok: checks.iter().chain(&checks_after_exit).all(|check| check.ok),
            prices: path.source.clone(),
            summary: RunSummary::of(&moments, &obligations),
            obligations,
            compute_units: costs(&self.stage.chain.spent),
            checks,
            checks_after_exit,
            left_in_vaults: left_in_vaults.collect(),
            moments,
        })
    }
}

impl Tally {
    fn checks(&self) -> Vec<Check> {
        vec![
            self.steps.check("all of the above held after every step", "steps", "checks"),
            self.left_alone.check(
                "the program refuses to liquidate what the planner calls healthy",
                "search",
                "probes refused as healthy",
            ),
            self.previews.check(
                "a liquidation does what the keeper's planner said, to the atom",
                "planner",
                "liquidations as planned off chain",
            ),
            self.healthier.check(
                "no liquidation lowered a health factor, except of deep obligations",
                "health",
                "liquidations",
            ),
        ]
    }
}
