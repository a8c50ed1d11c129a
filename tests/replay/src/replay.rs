//! Runs borrowers through crashes.

use ballast_core::positions::Side;
use rayon::prelude::*;

use crate::borrower::{AssetPair, Borrower};
use crate::crash::Crash;
use crate::liquidator::Liquidators;
use crate::market::{BarView, Counts, Moment, PricePath, ReplayMarket, STEP_SECS, TERMS};
use crate::rules::{LiquidationRules, Offer};
use crate::scenario::Scenario;
use crate::tally::Tally;

/// Core rounds, so a health this close to 1 is left to core.
const CLEARLY_HEALTHY: f64 = 1.000_1;
/// Liquidations of one obligation within a step.
const MOST_CALLS: usize = 16;
/// After this long a liquidation is judged once more: was the price that it traded at one that stayed?
const LATER_SECS: i64 = 3_600;
const STEP_MINUTES: f64 = STEP_SECS as f64 / 60.0;

/// How many borrowers, and which.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    pub borrowers: u64,
    pub seed: u64,
}

/// A tally of every scenario and, within it, of every set of rules, over all crashes.
pub fn replay(
    crashes: &[Crash],
    scenarios: &[Scenario],
    rules: &[Box<dyn LiquidationRules>],
    crowd: Crowd,
) -> Vec<Vec<Tally>> {
    let mut paths: Vec<PricePath> = Vec::new();
    for scenario in scenarios {
        if !paths.contains(&scenario.path) {
            paths.push(scenario.path);
        }
    }
    let tasks = crashes.iter().flat_map(|crash| paths.iter().map(move |path| (crash, *path))).collect::<Vec<_>>();
    // In the order of the tasks, so that sums of floating-point numbers are the same in every run.
    let parts = tasks.par_iter().map(|(crash, path)| along(crash, *path, scenarios, rules, crowd)).collect::<Vec<_>>();
    let mut tallies = vec![vec![Tally::default(); rules.len()]; scenarios.len()];
    for (scenario, rule, tally) in parts.into_iter().flatten() {
        tallies[scenario][rule].add(&tally);
    }
    tallies
}

/// One crash along one path, for all scenarios that share it.
fn along(
    crash: &Crash,
    path: PricePath,
    scenarios: &[Scenario],
    rules: &[Box<dyn LiquidationRules>],
    crowd: Crowd,
) -> Vec<(usize, usize, Tally)> {
    let mut market = ReplayMarket::new(crash, path, crowd.seed);
    let on_path = scenarios.iter().enumerate().filter(|(_, scenario)| scenario.path == path);
    let runs = on_path.flat_map(|(number, scenario)| (0..rules.len()).map(move |rule| (number, scenario, rule)));
    let mut lives = runs
        .flat_map(|(number, scenario, rule)| {
            let live = move |borrower| {
                let borrower = Borrower::draw(crash, borrower, crowd.seed);
                let (rules, liquidators) = (&*rules[rule], scenario.liquidators);
                (number, rule, Life::new(borrower, rules, liquidators))
            };
            (0..crowd.borrowers).map(live)
        })
        .collect::<Vec<_>>();
    for bar in 0..crash.bar_count() {
        let view = market.advance(bar);
        lives.par_iter_mut().for_each(|(_, _, life)| life.pass(&view));
        if bar + 1 == crash.bar_count()
            && let Some(last) = view.moments.last()
        {
            lives.iter_mut().for_each(|(_, _, life)| life.end(last));
        }
    }
    lives.into_iter().map(|(scenario, rule, life)| (scenario, rule, life.tally)).collect()
}

/// One borrower under one set of rules, with one kind of liquidators.
struct Life<'a> {
    borrower: Borrower,
    rules: &'a dyn LiquidationRules,
    liquidators: Liquidators,
    /// Liquidations of the last hour.
    recent: Vec<(i64, Offer)>,
    /// Steps without a break in which the rules refused every pair.
    refused_steps: u32,
    tally: Tally,
}

impl<'a> Life<'a> {
    fn new(borrower: Borrower, rules: &'a dyn LiquidationRules, liquidators: Liquidators) -> Self {
        Self { borrower, rules, liquidators, recent: Vec::new(), refused_steps: 0, tally: Tally::default() }
    }

    fn pass(&mut self, bar: &BarView) {
        self.look_back(bar);
        if self.is_safe(|asset| bar.worst[asset]) {
            self.refused_steps = 0;
            return;
        }
        for moment in &bar.moments {
            if self.is_safe(|asset| moment.assets[asset].counts) {
                self.refused_steps = 0;
            } else {
                self.step(moment);
            }
        }
    }

    /// Whether the borrower is healthy when each asset counts like this, whatever the rules.
    fn is_safe(&self, counts: impl Fn(usize) -> Counts) -> bool {
        let (mut limit, mut debt) = (0.0, 0.0);
        for line in &self.borrower.lines {
            match line.side {
                Side::Collateral => limit += line.tokens * counts(line.asset).least,
                Side::Debt => debt += line.tokens * counts(line.asset).most,
            }
        }
        limit >= debt * CLEARLY_HEALTHY
    }

    fn step(&mut self, moment: &Moment) {
        let fair = self.borrower.fair(moment);
        if fair.hole() > 0.0 {
            self.tally.under_water_minutes += STEP_MINUTES;
        }
        self.rules.flag(&mut self.borrower, moment);
        let is_due = self.rules.is_due(&self.borrower, moment);
        let is_hard = fair.health() < f64::from(TERMS.hard_line_bps) / 1e4;
        let is_tradable = self.usable_pairs(moment).next().is_some();
        let is_refused = !self.liquidate(moment) && is_tradable;
        self.refused_steps = if is_refused && is_hard { self.refused_steps + 1 } else { 0 };
        let refused_minutes = f64::from(self.refused_steps) * STEP_MINUTES;
        self.tally.longest_refused_minutes = self.tally.longest_refused_minutes.max(refused_minutes);
        if is_refused && is_due {
            self.tally.blocked_minutes += STEP_MINUTES;
        }
    }

    fn usable_pairs(&self, moment: &Moment) -> impl Iterator<Item = AssetPair> {
        let believes = |asset: usize| self.rules.believes(&moment.assets[asset]);
        self.borrower.pairs().filter(move |pair| believes(pair.collateral) && believes(pair.debt))
    }

    /// Takes the best offers while they pay. Returns whether the rules accepted any.
    fn liquidate(&mut self, moment: &Moment) -> bool {
        let is_looked_at = self.liquidators.look(self.borrower.number, moment.slot);
        let mut is_accepted = false;
        for _ in 0..MOST_CALLS {
            let offers = self.usable_pairs(moment).filter_map(|pair| self.rules.offer(&self.borrower, moment, pair));
            let surplus = |offer: &Offer| self.liquidators.surplus(offer, moment);
            let Some(best) = offers.max_by(|a, b| surplus(a).total_cmp(&surplus(b))) else { break };
            is_accepted = true;
            if !is_looked_at || surplus(&best) < 0.0 {
                break;
            }
            self.take(&best, moment);
        }
        is_accepted
    }

    fn take(&mut self, offer: &Offer, moment: &Moment) {
        let before = self.borrower.fair(moment);
        let fair = |asset: usize| moment.assets[asset].fair;
        self.borrower.hold(offer.positions);
        self.borrower.call = offer.call;
        let loss = before.equity() - self.borrower.fair(moment).equity();
        let tally = &mut self.tally;
        tally.calls += 1;
        tally.repaid += offer.repaid * fair(offer.pair.debt);
        tally.lost += loss;
        tally.written_off += offer.lost * fair(offer.pair.debt);
        if before.health() >= 1.0 {
            tally.lost_by_healthy += loss;
        }
        self.recent.push((moment.now, *offer));
        if !self.borrower.has(Side::Collateral) {
            self.tally.written_off += self.borrower.fair(moment).debt;
            self.borrower.hold(bytemuck::Zeroable::zeroed());
        }
    }

    /// Judges the liquidations of an hour ago at the prices of this bar.
    fn look_back(&mut self, bar: &BarView) {
        let (Some(first), Some(last)) = (bar.moments.first(), bar.moments.last()) else { return };
        for (at, offer) in self.recent.extract_if(.., |(at, _)| *at + LATER_SECS <= last.now) {
            let step = (at + LATER_SECS - first.now) / STEP_SECS;
            self.tally.judge(&offer, &bar.moments[step.max(0) as usize]);
        }
    }

    /// Counts the debt that the collateral can no longer pay, although nobody has booked it.
    fn end(&mut self, moment: &Moment) {
        self.tally.open_holes += self.borrower.fair(moment).hole();
        for (_, offer) in self.recent.drain(..) {
            self.tally.judge(&offer, moment);
        }
    }
}
