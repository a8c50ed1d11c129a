//! One borrower's way through the run.

use crate::figures::Health;
use crate::moment::{Line, Liquidation};
use serde::Serialize;

/// A warning is given once, and again only after health has been this high: a price that trembles at the line does not spam.
const REARM: Health = Health(11_200);

/// What the report says about an obligation. Dollars are at the prices of the moment.
#[derive(Clone, Debug, Serialize)]
pub struct Watch {
    pub who: &'static str,
    pub story: &'static str,
    pub health_start: Health,
    pub health_lowest: Health,
    pub health_end: Health,
    pub debt_start_dollars: f64,
    pub debt_end_dollars: f64,
    pub liquidations: usize,
    pub repaid_dollars: f64,
    pub seized_dollars: f64,
    /// Collateral just before the first liquidation: what a loss is a part of.
    pub position_dollars: f64,
    /// What being liquidated cost.
    pub loss_dollars: f64,
    /// The loss as a part of what was repaid.
    pub loss_bps: Option<f64>,
    pub loss_percent_of_position: Option<f64>,
    /// Told to be beyond help.
    #[serde(skip)]
    pub unserved: bool,
    #[serde(skip)]
    line: Option<Line>,
    #[serde(skip)]
    last: Health,
}

impl Watch {
    pub fn new(who: &'static str, story: &'static str, health: Health, debt_dollars: f64) -> Self {
        Self {
            who,
            story,
            health_start: health,
            health_lowest: health,
            health_end: health,
            debt_start_dollars: debt_dollars,
            debt_end_dollars: debt_dollars,
            liquidations: 0,
            repaid_dollars: 0.0,
            seized_dollars: 0.0,
            position_dollars: 0.0,
            loss_dollars: 0.0,
            loss_bps: None,
            loss_percent_of_position: None,
            unserved: false,
            line: None,
            last: health,
        }
    }

    /// Takes a reading and says which line the health has fallen through since the last one, with the health before.
    pub fn read(&mut self, now: Health) -> Option<(Line, Health)> {
        let before = std::mem::replace(&mut self.last, now);
        self.health_lowest = self.health_lowest.min(now);
        self.health_end = now;
        let line = match now {
            now if now < Health::CALL => Some(Line::Call),
            now if now < Health::WARNING => Some(Line::Warning),
            now if now < REARM => self.line.map(|_| Line::Warning),
            _ => None,
        };
        let was = std::mem::replace(&mut self.line, line);
        match (was, line) {
            (None, Some(line)) | (Some(Line::Warning), Some(line @ Line::Call)) => Some((line, before)),
            _ => None,
        }
    }

    pub fn count(&mut self, liquidation: &Liquidation, position_dollars: f64) {
        if self.liquidations == 0 {
            self.position_dollars = position_dollars;
        }
        self.liquidations += 1;
        self.repaid_dollars += liquidation.repaid_dollars;
        self.seized_dollars += liquidation.seized_dollars;
        self.loss_dollars = self.seized_dollars - self.repaid_dollars;
        self.loss_bps = Some(self.loss_dollars / self.repaid_dollars * 1e4);
        self.loss_percent_of_position = Some(self.loss_dollars / self.position_dollars * 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_once_per_crossing_and_rearmed_above_it() {
        let mut watch = Watch::new("x", "", Health(11_500), 1.0);
        let lines = [10_900, 11_050, 10_950, 9_900, 9_800, 10_500, 9_950, 11_300, 10_990, 9_000]
            .map(|bps| watch.read(Health(bps)).map(|(line, _)| line));
        let (warning, call) = (Some(Line::Warning), Some(Line::Call));
        assert_eq!(lines, [warning, None, None, call, None, None, call, None, warning, call]);
        assert_eq!(watch.health_lowest, Health(9_000));
    }

    #[test]
    fn a_borrower_who_starts_below_the_warning_line_is_told_at_the_first_reading() {
        let mut watch = Watch::new("x", "", Health(10_700), 1.0);
        assert_eq!(watch.read(Health(10_700)), Some((Line::Warning, Health(10_700))));
    }
}
