//! What the oracle says: a recording from a file, or a gentle walk.

use anyhow::{Context, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Deserialize;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

/// One of Pyth's numbers with its uncertainty, in USD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub dollars: f64,
    pub confidence: f64,
}

#[derive(Clone, Debug)]
pub struct Quote {
    pub symbol: String,
    pub spot: Spot,
    /// Weighs the last hour, as Pyth's does.
    pub average: Spot,
}

pub struct Prices {
    /// In the order of the market's reserves.
    pub quotes: Vec<Quote>,
    source: Source,
}

enum Source {
    Recording {
        rows: VecDeque<Row>,
        speed: f64,
        /// Seconds of the recording that have passed.
        at: f64,
    },
    Walk {
        dice: Box<StdRng>,
        start: Vec<Spot>,
        /// Times the usual steps.
        volatility: f64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The demo's recordings say `time`.
    #[serde(alias = "time")]
    time_secs: f64,
    symbol: String,
    price: f64,
    confidence: Option<f64>,
}

const EMA_SECS: f64 = 3_600.0;
/// What a calm feed of a liquid asset shows.
const CALM_CONFIDENCE: f64 = 2e-4;

/// Where the walk starts, and how far one of its seconds may lead: relative steps that make a few per cent a day.
const START: [(&str, f64, f64); 4] =
    [("SOL", 150.0, 3e-4), ("USDC", 1.0, 1e-5), ("BTC", 100_000.0, 2e-4), ("PYUSD", 1.0, 2e-5)];
/// What of the way back to the start a second leads: the walk stays near, however long the localnet runs.
const PULL: f64 = 1e-4;

impl Prices {
    pub fn walk(symbols: &[&str], seed: u64, volatility: f64) -> Result<Self> {
        let quotes = symbols.iter().map(|symbol| first(symbol, &VecDeque::new())).collect::<Result<Vec<_>>>()?;
        let start = quotes.iter().map(|quote| quote.spot).collect();
        Ok(Self { quotes, source: Source::Walk { dice: Box::new(StdRng::seed_from_u64(seed)), start, volatility } })
    }

    /// Replays a file so many times as fast as it was recorded. The last prices stand when it has ended.
    pub fn recorded(symbols: &[&str], path: &Path, speed: f64) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read"))?;
        let rows = rows(&text, symbols).with_context(|| shown.to_string())?;
        let quotes = symbols.iter().map(|symbol| first(symbol, &rows)).collect::<Result<_>>()?;
        let at = rows.front().map_or(0.0, |row| row.time_secs);
        let mut prices = Self { quotes, source: Source::Recording { rows, speed, at } };
        prices.advance(Duration::ZERO);
        Ok(prices)
    }

    /// Somebody wants this price: a walk goes on from there, a recording's next row ends it. The average follows unless it is given.
    pub fn set(&mut self, symbol: &str, spot: Spot, average: Option<Spot>) -> Result<()> {
        let known = self.quotes.iter().map(|quote| quote.symbol.as_str()).collect::<Vec<_>>().join(", ");
        let index = self.quotes.iter().position(|quote| quote.symbol == symbol);
        let index = index.with_context(|| format!("the market lists {known} only"))?;
        let quote = &mut self.quotes[index];
        (quote.spot, quote.average) = (spot, average.unwrap_or(quote.average));
        if let Source::Walk { start, .. } = &mut self.source {
            start[index] = spot;
        }
        Ok(())
    }

    /// Lets this much wall time pass.
    pub fn advance(&mut self, elapsed: Duration) {
        let elapsed_secs = match &mut self.source {
            Source::Recording { rows, speed, at } => {
                *at += elapsed.as_secs_f64() * *speed;
                while let Some(row) = rows.pop_front_if(|row| row.time_secs <= *at) {
                    let quote = self.quotes.iter_mut().find(|quote| quote.symbol == row.symbol);
                    quote.into_iter().for_each(|quote| quote.spot = row.spot());
                }
                elapsed.as_secs_f64() * *speed
            }
            Source::Walk { dice, start, volatility } => {
                for (quote, start) in self.quotes.iter_mut().zip(start) {
                    let drift = PULL * (start.dollars / quote.spot.dollars - 1.0);
                    let step = *volatility * step(&quote.symbol) * dice.random_range(-1.0..=1.0);
                    let dollars = quote.spot.dollars * (1.0 + drift + step);
                    quote.spot = Spot::calm(dollars);
                }
                elapsed.as_secs_f64()
            }
        };
        let weight = 1.0 - (-elapsed_secs / EMA_SECS).exp();
        for Quote { spot, average, .. } in &mut self.quotes {
            average.dollars += weight * (spot.dollars - average.dollars);
            average.confidence += weight * (spot.confidence - average.confidence);
        }
    }
}

impl Spot {
    /// As the account holds it: 1e-8 USD in 63 bits. Without a confidence, that of a calm feed.
    pub fn new(dollars: f64, confidence: Option<f64>) -> Result<Self> {
        let spot = Self { confidence: confidence.unwrap_or(dollars * CALM_CONFIDENCE), dollars };
        let positive = (1e-8..1e10).contains(&spot.dollars) && (0.0..1e10).contains(&spot.confidence);
        ensure!(positive, "the price is not between 1e-8 and 1e10 USD");
        Ok(spot)
    }

    fn calm(dollars: f64) -> Self {
        Self { dollars, confidence: dollars * CALM_CONFIDENCE }
    }
}

impl Row {
    fn spot(&self) -> Spot {
        let calm = Spot::calm(self.price);
        Spot { confidence: self.confidence.unwrap_or(calm.confidence), ..calm }
    }
}

fn step(symbol: &str) -> f64 {
    START.iter().find(|(known, ..)| *known == symbol).map_or(0.0, |(.., step)| *step)
}

/// The recording's first price, or the walk's: a stablecoin may be left out. Average and spot begin equal.
fn first(symbol: &str, rows: &VecDeque<Row>) -> Result<Quote> {
    let recorded = rows.iter().find(|row| row.symbol == symbol).map(Row::spot);
    let built_in = START.iter().find(|(known, ..)| *known == symbol).map(|(_, dollars, _)| Spot::calm(*dollars));
    let spot = recorded.or(built_in).with_context(|| {
        format!(
            "{symbol} has no price\nhint: give one with --prices, or in START of crates/ballast-localnet/src/prices.rs"
        )
    })?;
    Ok(Quote { symbol: symbol.to_owned(), spot, average: spot })
}

fn rows(text: &str, symbols: &[&str]) -> Result<VecDeque<Row>> {
    let mut rows: VecDeque<Row> = VecDeque::new();
    for row in csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes()).into_deserialize() {
        let row: Row = row.context("not a recording\nhint: its columns are time_secs,symbol,price,confidence")?;
        let place = format!("{} at {} s", row.symbol, row.time_secs);
        ensure!(symbols.contains(&row.symbol.as_str()), "{place}: the market lists {} only", symbols.join(", "));
        Spot::new(row.price, row.confidence).context(place.clone())?;
        let in_order = rows.back().is_none_or(|last| last.time_secs <= row.time_secs);
        ensure!(row.time_secs.is_finite() && in_order, "{place}: the rows are not in the order of time");
        rows.push_back(row);
    }
    if rows.is_empty() {
        bail!("no prices\nhint: a header time_secs,symbol,price,confidence and at least one row");
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: [&str; 2] = ["SOL", "USDC"];

    fn recording(text: &str, speed: f64) -> Prices {
        let rows = rows(text, &SYMBOLS).expect("a recording");
        let quotes = SYMBOLS.iter().map(|symbol| first(symbol, &rows).expect("a price")).collect();
        let at = rows[0].time_secs;
        Prices { quotes, source: Source::Recording { rows, speed, at } }
    }

    #[test]
    fn a_recording_is_replayed_at_its_speed_and_its_last_price_stands() {
        let text = "time_secs,symbol,price,confidence\n100,SOL,200,0.5\n110,SOL,180,\n";
        let mut prices = recording(text, 10.0);
        let sol = |prices: &Prices| prices.quotes[0].spot;
        prices.advance(Duration::from_millis(900));
        assert_eq!(sol(&prices), Spot { dollars: 200.0, confidence: 0.5 });
        prices.advance(Duration::from_millis(200));
        assert_eq!(sol(&prices), Spot::calm(180.0), "an empty confidence");
        prices.advance(Duration::from_secs(360));
        assert_eq!(sol(&prices).dollars, 180.0);
        let expected = 180.0 + 20.0 * (-1f64).exp();
        assert!((prices.quotes[0].average.dollars - expected).abs() < 0.1, "an hour has passed in the recording");
        assert_eq!(prices.quotes[1].spot.dollars, 1.0, "left out");
    }

    #[test]
    fn a_bad_recording_is_refused_with_its_row() {
        for (row, expected) in [
            ("5,DOGE,1,0", "DOGE at 5 s"),
            ("5,SOL,-1,0", "between"),
            ("5,SOL,NaN,0", "between"),
            ("5,SOL,1,0\n4,SOL,1,0", "order of time"),
            ("5,SOL,one,0", "not a recording"),
            ("", "no prices"),
        ] {
            let error = rows(&format!("time_secs,symbol,price,confidence\n{row}\n"), &SYMBOLS).err().expect(row);
            assert!(format!("{error:#}").contains(expected), "{row}: {error:#}");
        }
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
