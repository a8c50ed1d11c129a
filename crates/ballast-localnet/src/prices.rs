//! What the oracle publishes: a recording from a file, or a gentle random walk.

use anyhow::{Context, Result};
use ballast_prices::error::PriceFileError;
use ballast_prices::recording::{self, RecordedPrice};
use ballast_prices::spot::SpotPrice;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

/// What the oracle publishes about one asset.
#[derive(Clone, Debug)]
pub struct OracleQuote {
    pub symbol: String,
    pub spot: SpotPrice,
    /// Weighs the last hour, as Pyth's average does.
    pub average: SpotPrice,
}

pub struct Prices {
    /// In the order of the market's reserves.
    pub quotes: Vec<OracleQuote>,
    source: PriceSource,
}

enum PriceSource {
    Recording {
        rows: VecDeque<RecordedPrice>,
        speed: f64,
        /// Seconds of the recording that have passed.
        at: f64,
    },
    Walk {
        rng: Box<StdRng>,
        start: Vec<SpotPrice>,
        /// A factor on every step.
        volatility: f64,
    },
}

/// Where the walk starts, and how far one second may lead: relative steps that add up to a few percent a day.
const START: [(&str, f64, f64); 4] =
    [("SOL", 150.0, 3e-4), ("USDC", 1.0, 1e-5), ("BTC", 100_000.0, 2e-4), ("PYUSD", 1.0, 2e-5)];
/// The part of the way back to the start that one second leads. It keeps the walk near its start however long the
/// localnet runs.
const PULL: f64 = 1e-4;

impl Prices {
    pub fn walk(symbols: &[&str], seed: u64, volatility: f64) -> Result<Self> {
        let quotes = first_quotes(symbols, &[])?;
        let start = quotes.iter().map(|quote| quote.spot).collect();
        Ok(Self { quotes, source: PriceSource::Walk { rng: Box::new(StdRng::seed_from_u64(seed)), start, volatility } })
    }

    /// Replays a file at `speed` times the speed of the recording. After its end the last prices stand.
    pub fn recorded(symbols: &[&str], path: &Path, speed: f64) -> Result<Self> {
        Self::replayed(symbols, recording::read(path, symbols, time)?, speed)
    }

    fn replayed(symbols: &[&str], rows: Vec<RecordedPrice>, speed: f64) -> Result<Self> {
        let quotes = first_quotes(symbols, &rows)?;
        let at = rows.first().map_or(0.0, |row| row.time_secs);
        let mut prices = Self { quotes, source: PriceSource::Recording { rows: rows.into(), speed, at } };
        prices.advance(Duration::ZERO);
        Ok(prices)
    }

    /// Sets a price. A walk goes on from there; the next row of a recording replaces it. Without an `average`, the
    /// average follows.
    pub fn set(&mut self, symbol: &str, spot: SpotPrice, average: Option<SpotPrice>) -> Result<()> {
        let known = self.quotes.iter().map(|quote| quote.symbol.as_str()).collect::<Vec<_>>().join(", ");
        let index = self.quotes.iter().position(|quote| quote.symbol == symbol);
        let index = index.with_context(|| format!("the market lists only {known}"))?;
        let quote = &mut self.quotes[index];
        (quote.spot, quote.average) = (spot, average.unwrap_or(quote.average));
        if let PriceSource::Walk { start, .. } = &mut self.source {
            start[index] = spot;
        }
        Ok(())
    }

    /// Lets this much wall time pass.
    pub fn advance(&mut self, elapsed: Duration) {
        let elapsed_secs = match &mut self.source {
            PriceSource::Recording { rows, speed, at } => {
                *at += elapsed.as_secs_f64() * *speed;
                while let Some(row) = rows.pop_front_if(|row| row.time_secs <= *at) {
                    self.quotes[row.asset].spot = row.spot;
                }
                elapsed.as_secs_f64() * *speed
            }
            PriceSource::Walk { rng, start, volatility } => {
                for (quote, start) in self.quotes.iter_mut().zip(start) {
                    let drift = PULL * (start.dollars / quote.spot.dollars - 1.0);
                    let step = *volatility * step(&quote.symbol) * rng.random_range(-1.0..=1.0);
                    quote.spot = SpotPrice::calm(quote.spot.dollars * (1.0 + drift + step));
                }
                elapsed.as_secs_f64()
            }
        };
        for OracleQuote { spot, average, .. } in &mut self.quotes {
            average.follow(spot, elapsed_secs);
        }
    }
}

/// The times of a recording are seconds from any origin.
fn time(text: &str) -> Result<f64, PriceFileError> {
    let seconds = text.parse().ok().filter(|seconds: &f64| seconds.is_finite());
    seconds.ok_or_else(|| {
        let hint = "write seconds, such as 60; the first row is the start, whatever its time";
        PriceFileError::new(format!("`{text}` is not a number of seconds"), hint)
    })
}

fn step(symbol: &str) -> f64 {
    START.iter().find(|(known, ..)| *known == symbol).map_or(0.0, |(.., step)| *step)
}

/// The recording's first price of each asset, or the walk's: a recording may leave out a stablecoin. Average and spot
/// start equal.
fn first_quotes(symbols: &[&str], rows: &[RecordedPrice]) -> Result<Vec<OracleQuote>> {
    let first = |(asset, symbol): (usize, &&str)| {
        let recorded = rows.iter().find(|row| row.asset == asset).map(|row| row.spot);
        let built_in =
            START.iter().find(|(known, ..)| known == symbol).map(|(_, dollars, _)| SpotPrice::calm(*dollars));
        let spot = recorded.or(built_in).with_context(|| {
            let file = "crates/ballast-localnet/src/prices.rs";
            format!("{symbol} has no price\nhint: give one with --prices, or in START of {file}")
        })?;
        Ok(OracleQuote { symbol: (*symbol).to_owned(), spot, average: spot })
    };
    symbols.iter().enumerate().map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: [&str; 2] = ["SOL", "USDC"];

    fn recording(text: &str, speed: f64) -> Prices {
        let rows = recording::parse(text.as_bytes(), "x.csv", &SYMBOLS, time).expect("a recording");
        Prices::replayed(&SYMBOLS, rows, speed).expect("prices")
    }

    #[test]
    fn a_recording_is_replayed_at_its_speed_and_its_last_price_stands() {
        let text = "time,symbol,price,confidence\n100,SOL,200,0.5\n110,SOL,180,\n";
        let mut prices = recording(text, 10.0);
        let sol = |prices: &Prices| prices.quotes[0].spot;
        prices.advance(Duration::from_millis(900));
        assert_eq!(sol(&prices), SpotPrice { dollars: 200.0, confidence: 0.5 });
        prices.advance(Duration::from_millis(200));
        assert_eq!(sol(&prices), SpotPrice::calm(180.0), "an empty confidence is calm");
        prices.advance(Duration::from_secs(360));
        assert_eq!(sol(&prices).dollars, 180.0);
        let expected = 180.0 + 20.0 * (-1f64).exp();
        assert!((prices.quotes[0].average.dollars - expected).abs() < 0.1, "an hour has passed in the recording");
        assert_eq!(prices.quotes[1].spot.dollars, 1.0, "the recording leaves USDC out");
    }

    #[test]
    fn a_time_that_is_not_a_number_of_seconds_is_refused() {
        assert_eq!(time("0.5"), Ok(0.5));
        assert!(time("2025-10-10T21:15:00Z").is_err() && time("inf").is_err());
    }

    #[test]
    fn a_walk_is_gentle_and_the_same_for_the_same_seed() {
        let walk = |seed| {
            let mut prices = Prices::walk(&SYMBOLS, seed, 1.0).expect("known symbols");
            (0..86_400).for_each(|_| prices.advance(Duration::from_secs(1)));
            (prices.quotes[0].spot.dollars, prices.quotes[1].spot.dollars)
        };
        let (sol, usdc) = walk(7);
        assert_eq!((sol, usdc), walk(7));
        assert_ne!(sol, walk(8).0);
        assert!((120.0..180.0).contains(&sol) && (0.99..1.01).contains(&usdc), "{sol} {usdc}");
    }
}
