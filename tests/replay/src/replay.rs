//! Runs borrowers through crashes.

use ballast_core::positions::Side;
use rayon::prelude::*;

use crate::borrower::{Borrower, Sums};
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
/// After ten minutes every clock of today's rules has run out.
const OVERDUE_SLOTS: u64 = 1_500;
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
    /// The first slot of an uninterrupted stretch below the hard line, and deep.
    hard_since: Option<u64>,
    deep_since: Option<u64>,
    tally: Tally,
}

impl<'a> Life<'a> {
    fn new(borrower: Borrower, rules: &'a dyn LiquidationRules, liquidators: Liquidators) -> Self {
        Self { borrower, rules, liquidators, hard_since: None, deep_since: None, tally: Tally::default() }
    }

    fn pass(&mut self, bar: &BarView) {
        if !self.borrower.has(Side::Debt) || self.is_safe(|asset| bar.worst[asset]) {
            (self.hard_since, self.deep_since) = (None, None);
            return;
        }
        for moment in &bar.moments {
            if self.is_safe(|asset| moment.assets[asset].counts) {
                (self.hard_since, self.deep_since) = (None, None);
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
        let is_overdue = self.is_overdue(&fair, moment.slot);
        self.rules.flag(&mut self.borrower, moment);
        let can_trade = |asset: usize| self.rules.accepts(&moment.assets[asset]);
        let can_trade = self.borrower.pairs().any(|pair| can_trade(pair.collateral) && can_trade(pair.debt));
        let is_accepted = self.liquidate(moment);
        if is_overdue && can_trade && !is_accepted {
            self.tally.blocked_minutes += STEP_MINUTES;
        }
    }

    /// Whether the obligation has been below the hard line for so long that every clock has run out.
    fn is_overdue(&mut self, fair: &Sums, slot: u64) -> bool {
        let is_hard = fair.health() < f64::from(TERMS.hard_line_bps) / 1e4;
        let is_deep = fair.collateral * f64::from(TERMS.deep_line_bps) / 1e4 < fair.debt;
        let since = |is: bool, since: Option<u64>| is.then(|| since.unwrap_or(slot));
        (self.hard_since, self.deep_since) = (since(is_hard, self.hard_since), since(is_deep, self.deep_since));
        let is_old = |since: u64| slot - since > OVERDUE_SLOTS;
        self.hard_since.is_some_and(is_old) && self.deep_since.is_none_or(is_old)
    }

    /// Takes the best offers while they pay. Returns whether the rules accepted any.
    fn liquidate(&mut self, moment: &Moment) -> bool {
        let is_looked_at = self.liquidators.look(self.borrower.number, moment.slot);
        let mut is_accepted = false;
        for _ in 0..MOST_CALLS {
            let pairs = self.borrower.pairs().filter(|pair| {
                [pair.collateral, pair.debt].iter().all(|asset| self.rules.accepts(&moment.assets[*asset]))
            });
            let offers = pairs.filter_map(|pair| self.rules.offer(&self.borrower, moment, pair));
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
        tally.bad_debt += offer.lost * fair(offer.pair.debt);
        if before.health() >= 1.0 {
            tally.lost_by_healthy += loss;
        }
        if !self.borrower.has(Side::Collateral) {
            self.tally.bad_debt += self.borrower.fair(moment).debt;
            self.borrower.hold(bytemuck::Zeroable::zeroed());
        }
    }

    /// Counts the debt that the collateral can no longer pay, although nobody has booked it.
    fn end(&mut self, moment: &Moment) {
        self.tally.bad_debt += self.borrower.fair(moment).hole();
    }
}
