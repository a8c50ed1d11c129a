//! What prices do: steps in time, each with a quotation per asset as Pyth would publish it.

mod builtin;
mod recorded;

pub use builtin::builtin;
pub use recorded::recorded;

use crate::scenario::ASSETS;
use ballast_prices::spot::SpotPrice;
use ballast_testkit::pyth::Quotation;

pub type Spots = [SpotPrice; ASSETS.len()];

/// The prices at one time.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub time: i64,
    pub quotes: [Quotation; ASSETS.len()],
}

#[derive(Debug)]
pub struct PricePath {
    /// Where the prices come from, for the reader.
    pub source: String,
    /// At least one, in order of time.
    pub steps: Vec<Step>,
}

impl PricePath {
    /// Averages the spots as Pyth does. Average and spot are equal at the first step.
    fn new(source: String, spots: &[(i64, Spots)]) -> Self {
        let mut averages = spots.first().map(|(_, first)| *first);
        let mut last_time = spots.first().map_or(0, |(time, _)| *time);
        let steps = spots.iter().map(|(time, now)| {
            let elapsed_secs = (time - last_time) as f64;
            last_time = *time;
            let averages = averages.get_or_insert(*now);
            averages.iter_mut().zip(now).for_each(|(average, spot)| average.follow(spot, elapsed_secs));
            let quotes = std::array::from_fn(|asset| {
                let (spot, average) = (now[asset], averages[asset]);
                Quotation::new((spot.dollars, spot.confidence), (average.dollars, average.confidence), *time)
            });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_moves_by_63_percent_in_an_hour() {
        let at = |dollars| [SpotPrice { dollars, confidence: 0.02 }; 3];
        let path = PricePath::new(String::new(), &[(0, at(100.0)), (3_600, at(200.0))]);
        let last = &path.steps[1].quotes[0];
        assert_eq!(last.dollars(), 200.0);
        let expected = 100.0 + 100.0 * (1.0 - (-1f64).exp());
        assert!((last.ema as f64 / 1e8 - expected).abs() < 1e-6);
    }

    #[test]
    fn the_builtin_path_falls_as_its_description_says() {
        let path = builtin();
        let sol = path.dollars(crate::scenario::SOL);
        let low = sol.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(sol[0], 207.0);
        assert!((176.0..178.0).contains(&low), "{low}");
        assert!(sol.last().is_some_and(|last| *last > 185.0));
        let widest = path.steps.iter().map(|step| step.quotes[0].confidence as f64 / step.quotes[0].spot as f64);
        assert!(widest.fold(0.0, f64::max) > 10.0 * SpotPrice::CALM_CONFIDENCE);
    }
}
