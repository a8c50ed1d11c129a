//! One borrower's health and losses during the run.

use crate::figures::HealthFactor;
use crate::moment::{LiquidationMoment, WatchedLine};
use serde::Serialize;

/// After a warning, health must rise above this before the next one. So a price that moves around the line does not
/// repeat the warning.
const REARM: HealthFactor = HealthFactor(11_200);

/// What the report shows of an obligation, in dollars at the prices of the moment.
#[derive(Clone, Debug, Serialize)]
pub struct Watch {
    pub who: &'static str,
    pub story: &'static str,
    pub health_start: HealthFactor,
    pub health_lowest: HealthFactor,
    pub health_end: HealthFactor,
    pub debt_start_dollars: f64,
    pub debt_end_dollars: f64,
    pub liquidations: usize,
    pub repaid_dollars: f64,
    pub seized_dollars: f64,
    /// The collateral just before the first liquidation. The loss is a part of it.
    pub position_dollars: f64,
    /// What the liquidations cost the borrower: the seized value less the repaid value.
    pub loss_dollars: f64,
    /// The loss, as a part of what was repaid.
    pub loss_bps: Option<f64>,
    pub loss_percent_of_position: Option<f64>,
    /// Whether the demo has reported [`StoryMoment::Unserved`](crate::moment::StoryMoment::Unserved).
    #[serde(skip)]
    pub unserved: bool,
    #[serde(skip)]
    line: Option<WatchedLine>,
    #[serde(skip)]
    last: HealthFactor,
}

impl Watch {
    pub fn new(who: &'static str, story: &'static str, health: HealthFactor, debt_dollars: f64) -> Self {
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

    /// Takes a reading. Returns the line that health fell below since the last reading, and the health before.
    pub fn read(&mut self, now: HealthFactor) -> Option<(WatchedLine, HealthFactor)> {
        let before = std::mem::replace(&mut self.last, now);
        self.health_lowest = self.health_lowest.min(now);
        self.health_end = now;
        let line = match now {
            now if now < HealthFactor::CALL => Some(WatchedLine::Call),
            now if now < HealthFactor::WARNING => Some(WatchedLine::Warning),
            now if now < REARM => self.line.map(|_| WatchedLine::Warning),
            _ => None,
        };
        let was = std::mem::replace(&mut self.line, line);
        match (was, line) {
            (None, Some(line)) | (Some(WatchedLine::Warning), Some(line @ WatchedLine::Call)) => Some((line, before)),
            _ => None,
        }
    }

    pub fn count(&mut self, liquidation: &LiquidationMoment, position_dollars: f64) {
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
    fn a_line_is_reported_once_per_crossing_and_again_after_recovery() {
        let mut watch = Watch::new("x", "", HealthFactor(11_500), 1.0);
        let lines = [10_900, 11_050, 10_950, 9_900, 9_800, 10_500, 9_950, 11_300, 10_990, 9_000]
            .map(|bps| watch.read(HealthFactor(bps)).map(|(line, _)| line));
        let (warning, call) = (Some(WatchedLine::Warning), Some(WatchedLine::Call));
        assert_eq!(lines, [warning, None, None, call, None, None, call, None, warning, call]);
        assert_eq!(watch.health_lowest, HealthFactor(9_000));
    }

    #[test]
    fn the_first_reading_reports_a_borrower_who_starts_below_the_warning_line() {
        let mut watch = Watch::new("x", "", HealthFactor(10_700), 1.0);
        assert_eq!(watch.read(HealthFactor(10_700)), Some((WatchedLine::Warning, HealthFactor(10_700))));
    }
}
