//! What prices do: steps in time, each with a quotation per asset as Pyth would publish it.

mod builtin;
mod recorded;

pub use builtin::builtin;
pub use recorded::{InputError, recorded};

use crate::scenario::ASSETS;
use ballast_testkit::pyth::Quotation;

/// A confidence of 2 bps is what a calm feed of a liquid asset shows.
pub const CALM_CONFIDENCE: f64 = 2e-4;
/// Pyth's average weighs the last hour.
const EMA_SECS: f64 = 3_600.0;
/// Pyth's exponent for these feeds.
const EXPONENT: i32 = -8;

/// One of Pyth's numbers with its uncertainty, in dollars.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    pub dollars: f64,
    pub confidence: f64,
}

pub type Spots = [Spot; ASSETS.len()];

/// One moment of the path.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub time: i64,
    pub quotes: [Quotation; ASSETS.len()],
}

#[derive(Debug)]
pub struct Path {
    /// Where the prices come from, for the reader.
    pub source: String,
    /// At least one, in order of time.
    pub steps: Vec<Step>,
}

impl Path {
    /// Averages the spots as Pyth does, starting calm: average and spot are equal at the first step.
    fn new(source: String, spots: &[(i64, Spots)]) -> Self {
        let mut averages = spots.first().map(|(_, first)| *first);
        let mut last_time = spots.first().map_or(0, |(time, _)| *time);
        let steps = spots.iter().map(|(time, now)| {
            let weight = 1.0 - (-((time - last_time) as f64) / EMA_SECS).exp();
            last_time = *time;
            let averages = averages.get_or_insert(*now);
            for (average, spot) in averages.iter_mut().zip(now) {
                average.dollars += weight * (spot.dollars - average.dollars);
                average.confidence += weight * (spot.confidence - average.confidence);
            }
            let quotes = std::array::from_fn(|asset| quotation(now[asset], averages[asset], *time));
            Step { time: *time, quotes }
        });
        Self { source, steps: steps.collect() }
    }

    pub fn span_secs(&self) -> i64 {
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => last.time - first.time,
            _ => 0,
        }
    }

    /// All spot prices of an asset, in dollars.
    pub fn dollars(&self, asset: usize) -> Vec<f64> {
        self.steps.iter().map(|step| step.quotes[asset].dollars()).collect()
    }
}

fn quotation(spot: Spot, average: Spot, publish_time: i64) -> Quotation {
    let scale = 10f64.powi(-EXPONENT);
    Quotation {
        spot: (spot.dollars * scale).round() as i64,
        confidence: (spot.confidence * scale).round() as u64,
        ema: (average.dollars * scale).round() as i64,
        ema_confidence: (average.confidence * scale).round() as u64,
        exponent: EXPONENT,
        publish_time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_follows_with_the_weight_of_an_hour() {
        let at = |dollars| [Spot { dollars, confidence: 0.02 }; 3];
        let path = Path::new(String::new(), &[(0, at(100.0)), (3_600, at(200.0))]);
        let last = &path.steps[1].quotes[0];
        assert_eq!(last.dollars(), 200.0);
        let expected = 100.0 + 100.0 * (1.0 - (-1f64).exp());
        assert!((last.ema as f64 / 1e8 - expected).abs() < 1e-6);
    }

    #[test]
    fn the_builtin_path_is_the_fall_it_claims_to_be() {
        let path = builtin();
        let sol = path.dollars(crate::scenario::SOL);
        let low = sol.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(sol[0], 207.0);
        assert!((176.0..178.0).contains(&low), "{low}");
        assert!(sol.last().is_some_and(|last| *last > 185.0));
        let widest = path.steps.iter().map(|step| step.quotes[0].confidence as f64 / step.quotes[0].spot as f64);
        assert!(widest.fold(0.0, f64::max) > 10.0 * CALM_CONFIDENCE);
    }
}
