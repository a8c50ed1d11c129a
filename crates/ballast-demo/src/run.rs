//! The loop: a quiet week, then step by step publish, watch, liquidate, check the books; at last everybody leaves.

mod exit;
mod quiet;
mod rescue;

use crate::costs::costs;
use crate::figures::Amount;
use crate::moment::{Line, Listener, Moment, Narrator, Time};
use crate::path::{Path, Step};
use crate::proof::{self, Check, Count, SharePrices};
use crate::report::{Report, Summary};
use crate::scenario::{ASSETS, Reaction};
use crate::snapshot::Snapshot;
use crate::stage::{Move, Role, Stage};
use crate::watch::Watch;
use anyhow::{Context, Result};
use ballast_core::positions::Side;
use ballast_testkit::world::program_path;

/// Runs the market along a path. `listener` hears every moment as it happens.
pub fn run<'a>(path: &Path, listener: &'a mut Listener<'a>) -> Result<Report> {
    let first = path.steps.first().context("a path has at least one step")?;
    let mut narrator = Narrator::new(listener);
    narrator.tell(opened(path)?)?;
    let stage = Stage::open(first, quiet::DAYS * quiet::DAY_SECS, &mut narrator)?;
    let mut run = Run::new(stage, narrator)?;
    run.quiet_days(first)?;
    run.start(path)?;
    for step in &path.steps {
        run.step(step)?;
    }
    run.finish(path)
}

fn opened(path: &Path) -> Result<Moment> {
    let program = program_path();
    let bytes = std::fs::metadata(&program)
        .with_context(|| format!("{} does not exist; `cargo xtask build` writes it", program.display()))?;
    let time = |step: Option<&Step>| Time(step.map_or(0, |step| step.time));
    Ok(Moment::Opened {
        program: "target/deploy/ballast.so".to_owned(),
        program_bytes: bytes.len(),
        source: path.source.clone(),
        from: time(path.steps.first()),
        to: time(path.steps.last()),
        steps: path.steps.len(),
    })
}

/// What the run counts beside the books.
#[derive(Default)]
pub struct Tally {
    /// Liquidations whose event equals the preview, atom by atom.
    previews: Count,
    /// Obligations that the liquidator left alone as healthy, and the program refused as healthy.
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
    /// Who has been warned and will repay at the next step.
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

    fn start(&mut self, path: &Path) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        for person in self.stage.indices(|role| matches!(role, Role::Borrower(_))) {
            let Role::Borrower(borrower) = self.stage.people[person].role else { continue };
            let obligation = self.stage.obligation(person);
            let health = snapshot.health(&obligation.positions).context("the first prices cannot be used")?;
            let debt = self.dollars(&snapshot, person, Side::Debt);
            self.watches.push((person, Watch::new(borrower.name, borrower.story, health, debt)));
        }
        let borrowers = self.watches.iter().map(|(_, watch)| watch.who).collect();
        let charts = (0..ASSETS.len()).map(|asset| path.dollars(asset)).collect();
        self.narrator.tell(Moment::Started { borrowers, charts })?;
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        let world = &mut self.stage.chain.world;
        world.advance(step.time - world.now());
        self.publish(step);
        let time = Time(step.time);
        for person in std::mem::take(&mut self.alarmed) {
            self.repay_a_third(time, person)?;
        }
        self.watch(time)?;
        self.liquidate(time)?;
        self.probe()?;
        let snapshot = self.stage.snapshot()?;
        self.shares.read(&self.stage, &snapshot);
        for (person, watch) in &mut self.watches {
            if let Some(health) = snapshot.health(&self.stage.positions(*person)) {
                watch.read(health);
            }
        }
        for check in proof::books(&self.stage, &self.shares)? {
            self.tally.steps.add(check.ok);
        }
        Ok(())
    }

    /// Reads everybody's health and tells who fell through a line.
    fn watch(&mut self, time: Time) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let people = self.watches.iter().map(|(person, _)| *person);
        let healths: Vec<_> = people.map(|person| snapshot.health(&self.stage.positions(person))).collect();
        self.narrator.tell(Moment::Priced { time, prices: snapshot.dollars(), healths: healths.clone() })?;
        for ((person, watch), health) in self.watches.iter_mut().zip(healths) {
            let Some(now) = health else { continue };
            let Some((line, before)) = watch.read(now) else { continue };
            self.narrator.tell(Moment::Crossed { time, who: watch.who, line, before, now })?;
            let Role::Borrower(borrower) = self.stage.people[*person].role else { continue };
            if line == Line::Warning && borrower.reaction == Reaction::Repays {
                self.alarmed.push(*person);
            }
        }
        Ok(())
    }

    fn repay_a_third(&mut self, time: Time, person: usize) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        let before = snapshot.health(&self.stage.positions(person));
        let mut amounts = self.stage.holdings(&snapshot, person, Side::Debt);
        for amount in &mut amounts {
            amount.atoms /= 3;
            self.stage.act(person, Move::Repay, *amount)?;
        }
        let after = self.stage.snapshot()?.health(&self.stage.positions(person));
        if let (Some(before), Some(after)) = (before, after) {
            let who = self.stage.people[person].name;
            self.narrator.tell(Moment::Repaid { time, who, amounts, before, after })?;
        }
        Ok(())
    }

    fn dollars(&self, snapshot: &Snapshot, person: usize, side: Side) -> f64 {
        let prices = snapshot.dollars();
        let holdings = self.stage.holdings(snapshot, person, side);
        holdings.into_iter().map(|amount| amount.dollars(prices[amount.asset])).sum()
    }

    fn finish(mut self, path: &Path) -> Result<Report> {
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
        let left_in_vaults = (0..ASSETS.len()).map(|asset| Amount { asset, atoms: self.stage.vault(asset) });
        let moments = self.narrator.told;
        let obligations: Vec<_> = self.watches.into_iter().map(|(_, watch)| watch).collect();
        Ok(Report {
            ok: checks.iter().chain(&checks_after_exit).all(|check| check.ok),
            prices: path.source.clone(),
            summary: Summary::of(&moments, &obligations),
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
            self.steps.check("all of the above held after every single step", "steps", "checks"),
            self.left_alone.check(
                "whom the liquidator left alone, the program refuses to liquidate",
                "search",
                "probes refused as healthy",
            ),
            self.previews.check(
                "a liquidation does what its preview said, to the atom",
                "preview",
                "liquidations as planned off chain",
            ),
            self.healthier.check(
                "no liquidation lowered a health factor, deep obligations aside",
                "health",
                "liquidations",
            ),
        ]
    }
}
