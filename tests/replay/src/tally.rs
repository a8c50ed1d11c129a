//! What happened under one set of rules, and the table.

use std::fmt::Write;

use crate::market::Moment;
use crate::rules::{LiquidationRules, Offer};
use crate::scenario::Scenario;

/// Amounts in USD at the prices of the market.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    pub calls: u64,
    pub repaid: f64,
    /// By how much liquidations lowered what borrowers own beyond their debts.
    pub lost: f64,
    /// The part of it that borrowers lost who were healthy at the prices of the market.
    pub lost_by_healthy: f64,
    /// What was seized less what was repaid, at the prices of an hour later. More than the loss where prices came back.
    pub lost_later: f64,
    /// Debt that is written off.
    pub written_off: f64,
    /// At the end, what collateral cannot pay of debts that nobody has written off.
    pub open_holes: f64,
    /// Obligation-minutes with more debt than collateral.
    pub under_water_minutes: f64,
    /// The longest time for which one obligation was below the hard line and the rules refused every pair with prices
    /// that they believed.
    pub longest_refused_minutes: f64,
    /// Obligation-minutes in which they refused and no clock of theirs was left to wait for.
    pub blocked_minutes: f64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.repaid += other.repaid;
        self.lost += other.lost;
        self.lost_by_healthy += other.lost_by_healthy;
        self.lost_later += other.lost_later;
        self.written_off += other.written_off;
        self.open_holes += other.open_holes;
        self.under_water_minutes += other.under_water_minutes;
        self.longest_refused_minutes = self.longest_refused_minutes.max(other.longest_refused_minutes);
        self.blocked_minutes += other.blocked_minutes;
    }

    /// Adds what a liquidation of an hour ago has cost by now.
    pub fn judge(&mut self, offer: &Offer, moment: &Moment) {
        let fair = |asset: usize| moment.assets[asset].fair;
        self.lost_later += offer.seized * fair(offer.pair.collateral) - offer.repaid * fair(offer.pair.debt);
    }

    /// The loss of borrowers in basis points of what was repaid.
    pub fn loss_bps(&self) -> f64 {
        self.bps(self.lost)
    }

    fn bps(&self, amount: f64) -> f64 {
        if self.repaid == 0.0 { 0.0 } else { amount / self.repaid * 1e4 }
    }

    fn row(&self, name: &str) -> String {
        format!(
            "{name:<22}{:>7}{:>7.1}{:>6.0}{:>6.0}{:>9.0}{:>8.0}{:>7.0}{:>9.0}{:>8.1}{:>8.0}",
            self.calls,
            self.repaid / 1e6,
            self.loss_bps(),
            self.bps(self.lost_later),
            self.lost_by_healthy / 1e3,
            self.written_off / 1e3,
            self.open_holes / 1e3,
            self.under_water_minutes,
            self.longest_refused_minutes,
            self.blocked_minutes,
        )
    }
}

const HEAD: &str = "                                          loss     lost   bad debt, k USD    under longest
                          calls repaid  at 1 h by the  written   open    water refusal blocked
                                 M USD once later healthy    off  at end  minutes minutes minutes
";

/// The table, in 100 columns.
pub fn table(scenarios: &[Scenario], rules: &[Box<dyn LiquidationRules>], tallies: &[Vec<Tally>]) -> String {
    let mut text = HEAD.to_owned();
    for (scenario, tallies) in scenarios.iter().zip(tallies) {
        writeln!(text, "{}", scenario.name).expect("written to memory");
        for (rules, tally) in rules.iter().zip(tallies) {
            writeln!(text, "  {}", tally.row(rules.name())).expect("written to memory");
        }
    }
    text
}
