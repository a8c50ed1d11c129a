//! Recorded prices from a CSV file: `time,symbol,price,confidence`.

use super::{CALM_CONFIDENCE, Path, Spot, Spots};
use crate::scenario::{self, ASSETS, USDC};
use std::fmt;
use std::io::Read;

/// What is wrong with the input, and what to do about it.
#[derive(Debug)]
pub struct InputError {
    pub problem: String,
    pub hint: String,
}

const FORMAT: &str = "the first line must be `time,symbol,price,confidence`; see `ballast-demo --help`";
/// Beyond this a run takes minutes.
const MAX_STEPS: usize = 20_000;
/// Between these the demo's amounts fit 64 bits in every asset.
const FIRST_PRICE: std::ops::RangeInclusive<f64> = 0.01..=1e7;
/// Pyth's eight decimals in 64 bits.
const PRICE: std::ops::RangeInclusive<f64> = 1e-6..=1e9;
/// 2001 to 2100: a time outside is in another unit.
const TIME: std::ops::Range<i64> = 1_000_000_000..4_102_444_800;

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "error: {}\nhint: {}", self.problem, self.hint)
    }
}

impl InputError {
    fn new(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: hint.into() }
    }
}

/// Reads a path from a file.
pub fn recorded(file: &std::path::Path) -> Result<Path, InputError> {
    let name = file.display();
    let opened = std::fs::File::open(file)
        .map_err(|error| InputError::new(format!("cannot open {name}: {error}"), "pass the path of a CSV file"))?;
    let mut path = parse(opened, &name.to_string())?;
    path.source = format!("recorded, {name}{}", path.source);
    Ok(path)
}

/// One row, checked on its own.
struct Row {
    time: i64,
    asset: usize,
    spot: Spot,
}

/// Where the columns are; the header may name them in any order.
struct Columns {
    time: usize,
    symbol: usize,
    price: usize,
    confidence: Option<usize>,
}

fn parse(input: impl Read, name: &str) -> Result<Path, InputError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let header = reader.headers().map_err(|error| unreadable(name, &error))?.clone();
    if header.is_empty() {
        return Err(InputError::new(format!("{name} is empty"), FORMAT));
    }
    let columns = Columns::find(&header, name)?;
    let mut steps = Steps::default();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(name, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns.row(&record);
        row.and_then(|row| steps.add(row))
            .map_err(|error| InputError { problem: format!("{name}, line {line}: {}", error.problem), ..error })?;
    }
    steps.finish(name)
}

fn unreadable(name: &str, error: &csv::Error) -> InputError {
    let line = error.position().map(|position| format!(", line {}", position.line())).unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => InputError::new(
            format!("{name}{line}: {len} fields where the header has {expected_len}"),
            "leave an unknown confidence empty but keep its comma",
        ),
        csv::ErrorKind::Io(error) => InputError::new(format!("cannot read {name}: {error}"), "pass a CSV file"),
        _ => InputError::new(format!("{name}{line}: not UTF-8 text"), "save the file as UTF-8"),
    }
}

impl Columns {
    fn find(header: &csv::StringRecord, name: &str) -> Result<Self, InputError> {
        let find = |column: &str| header.iter().position(|field| field.eq_ignore_ascii_case(column));
        let need = |column: &str| {
            find(column).ok_or_else(|| InputError::new(format!("{name}, line 1: no column `{column}`"), FORMAT))
        };
        Ok(Self { time: need("time")?, symbol: need("symbol")?, price: need("price")?, confidence: find("confidence") })
    }

    fn row(&self, record: &csv::StringRecord) -> Result<Row, InputError> {
        let field = |index: usize| record.get(index).unwrap_or_default();
        let symbol = field(self.symbol);
        let asset = scenario::asset(symbol).ok_or_else(|| {
            let known = ASSETS.each_ref().map(|token| token.symbol).join(", ");
            InputError::new(format!("unknown symbol `{symbol}`"), format!("the demo's market lists {known}"))
        })?;
        let dollars = number("price", field(self.price))?;
        if !PRICE.contains(&dollars) {
            let hint = "prices are in USD per whole token, from 0.000001 to 1,000,000,000";
            return Err(InputError::new(format!("the price {dollars} cannot be used"), hint));
        }
        let confidence = match self.confidence.map(field) {
            None | Some("") => dollars * CALM_CONFIDENCE,
            Some(text) => number("confidence", text)?,
        };
        if !(0.0..=dollars).contains(&confidence) {
            let hint = "a confidence is in USD, from 0 to the price; leave it empty for 2 bps";
            return Err(InputError::new(format!("the confidence {confidence} cannot be used"), hint));
        }
        Ok(Row { time: time(field(self.time))?, asset, spot: Spot { dollars, confidence } })
    }
}

fn number(what: &str, text: &str) -> Result<f64, InputError> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| {
        InputError::new(format!("the {what} `{text}` is not a number"), "write it like 177.25, without separators")
    })
}

fn time(text: &str) -> Result<i64, InputError> {
    let unix = text.parse().ok().or_else(|| text.parse().map(|time: jiff::Timestamp| time.as_second()).ok());
    match unix {
        Some(time) if TIME.contains(&time) => Ok(time),
        Some(time) if TIME.contains(&(time / 1_000)) => {
            Err(InputError::new(format!("the time {time} is in milliseconds"), "divide it by 1,000"))
        }
        Some(time) => Err(InputError::new(format!("the time {time} is not between 2001 and 2100"), TIME_FORMAT)),
        None => Err(InputError::new(format!("the time `{text}` cannot be read"), TIME_FORMAT)),
    }
}

const TIME_FORMAT: &str = "write it as 2025-10-10T21:15:00Z or in unix seconds";

/// Rows of one time become one step; an asset keeps its price until its next row.
#[derive(Default)]
struct Steps {
    time: Option<i64>,
    latest: [Option<Spot>; ASSETS.len()],
    /// Which assets have a row at `time`.
    fresh: [bool; ASSETS.len()],
    spots: Vec<(i64, Spots)>,
    stood_in: bool,
}

impl Steps {
    fn add(&mut self, row: Row) -> Result<(), InputError> {
        match self.time {
            Some(time) if row.time < time => {
                return Err(InputError::new("the time is before the previous row's", "sort the rows by time"));
            }
            Some(time) if row.time == time => {}
            _ => self.close()?,
        }
        self.time = Some(row.time);
        if std::mem::replace(&mut self.fresh[row.asset], true) {
            let problem = format!("a second price of {} at the same time", ASSETS[row.asset].symbol);
            return Err(InputError::new(problem, "keep one row per time and symbol"));
        }
        self.latest[row.asset] = Some(row.spot);
        Ok(())
    }

    /// Ends the current step, once every asset has a price.
    fn close(&mut self) -> Result<(), InputError> {
        let latest = self.latest;
        self.fresh = [false; ASSETS.len()];
        let (Some(time), Some(sol), Some(btc)) = (self.time, latest[scenario::SOL], latest[scenario::BTC]) else {
            return Ok(());
        };
        if self.spots.len() == MAX_STEPS {
            return Err(InputError::new(format!("more than {MAX_STEPS} steps"), "cut the file or thin it out"));
        }
        let usdc = latest[USDC].unwrap_or(Spot { dollars: 1.0, confidence: CALM_CONFIDENCE });
        self.stood_in |= latest[USDC].is_none();
        self.spots.push((time, [sol, usdc, btc]));
        Ok(())
    }

    fn finish(mut self, name: &str) -> Result<Path, InputError> {
        if self.time.is_none() {
            return Err(InputError::new(format!("{name} has no prices"), "add rows below the header"));
        }
        self.close()?;
        let Some((_, first)) = self.spots.first() else {
            let missing = if self.latest[scenario::SOL].is_none() { "SOL" } else { "BTC" };
            return Err(InputError::new(format!("{name} has no price of {missing}"), "the demo needs SOL and BTC"));
        };
        for (token, spot) in ASSETS.iter().zip(first) {
            if !FIRST_PRICE.contains(&spot.dollars) {
                let problem = format!("{name}: the first price of {} is {}", token.symbol, spot.dollars);
                return Err(InputError::new(
                    problem,
                    "the demo sizes its loans by it: start between 0.01 and 10,000,000",
                ));
            }
        }
        let source = if self.stood_in { " (USDC is not in it: held at 1.00)" } else { "" };
        Ok(Path::new(source.to_owned(), &self.spots))
    }
}

#[cfg(test)]
#[path = "recorded_tests.rs"]
mod tests;
