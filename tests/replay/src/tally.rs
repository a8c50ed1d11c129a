//! What happened under one set of rules, and the table.

use std::fmt::Write;

use crate::rules::LiquidationRules;
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
    /// Debt written off, and at the end what the collateral cannot pay.
    pub bad_debt: f64,
    /// Obligation-minutes with more debt than collateral.
    pub under_water_minutes: f64,
    /// Obligation-minutes in which the rules refused every pair with usable prices, although the obligation had been
    /// below the hard line, and deep if it was deep, for ten minutes.
    pub blocked_minutes: f64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.repaid += other.repaid;
        self.lost += other.lost;
        self.lost_by_healthy += other.lost_by_healthy;
        self.bad_debt += other.bad_debt;
        self.under_water_minutes += other.under_water_minutes;
        self.blocked_minutes += other.blocked_minutes;
    }

    /// The loss of borrowers in basis points of what was repaid.
    pub fn loss_bps(&self) -> f64 {
        if self.repaid == 0.0 { 0.0 } else { self.lost / self.repaid * 1e4 }
    }

    fn row(&self, name: &str) -> String {
        format!(
            "{name:<24}{:>7}{:>9.1}{:>9.0}{:>11.0}{:>13.0}{:>11.0}{:>13.0}",
            self.calls,
            self.repaid / 1e6,
            self.loss_bps(),
            self.bad_debt / 1e3,
            self.under_water_minutes,
            self.blocked_minutes,
            self.lost_by_healthy / 1e3
        )
    }
}

const HEAD: [&str; 2] = [
    "                          calls   repaid     loss   bad debt  under water    blocked   healthy's",
    "rules                              M USD      bps      k USD      minutes    minutes  loss k USD",
];

/// The table, in 100 columns.
pub fn table(scenarios: &[Scenario], rules: &[Box<dyn LiquidationRules>], tallies: &[Vec<Tally>]) -> String {
    let mut text = HEAD.join("\n") + "\n";
    for (scenario, tallies) in scenarios.iter().zip(tallies) {
        writeln!(text, "{}", scenario.name).expect("written to memory");
        for (rules, tally) in rules.iter().zip(tallies) {
            writeln!(text, "  {}", tally.row(rules.name())).expect("written to memory");
        }
    }
    text
}
