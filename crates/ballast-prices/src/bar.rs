//! Bars of an exchange: a CSV file with a header and a row per hour or five minutes.
//!
//! ```text
//! datetime,open,high,low,close,volume
//! 2022-05-05 00:00:00,92.77,94.38,92.67,93.75,145461.71
//! ```
//!
//! The time stands in one of three forms, which the header names: `datetime`, `timestamp_ms`, or `date_ddmmyy` with
//! `time` in a second column. All are UTC. The third form has a clock of twelve hours that does not say which half of
//! the day it means, so a time that is not after the row before it is in the afternoon. Columns after the four prices
//! do not matter.

use crate::error::PriceFileError;
use csv::StringRecord;
use std::path::Path;

/// What a price did in a span of time, in USD per whole token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Unix seconds of the beginning.
    pub starts_at: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

const HEADERS: &str =
    "the header begins with `datetime`, `timestamp_ms` or `date_ddmmyy,time`, then `open,high,low,close`";

/// Reads a file: at least one bar, in order of time, all prices above zero.
pub fn read(file: &Path) -> Result<Vec<Bar>, PriceFileError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| PriceFileError::new(format!("cannot read {name}: {error}"), "pass the path of a CSV file"))?;
    parse(&text).map_err(|error| error.at(&format!("{name}, ")))
}

/// Reads the text of a file as [`read`] does.
pub fn parse(text: &str) -> Result<Vec<Bar>, PriceFileError> {
    let malformed = |error: csv::Error| PriceFileError::new(error.to_string(), "give every row as many fields");
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let clock = Clock::of(reader.headers().map_err(malformed)?)?;
    let mut bars: Vec<Bar> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut bar = bar(&record, clock).map_err(|error| error.at(&format!("line {line}, ")))?;
        let is_late = |bar: &Bar| bars.last().is_none_or(|last| last.starts_at < bar.starts_at);
        if matches!(clock, Clock::DayFirst) && !is_late(&bar) {
            bar.starts_at += HALF_DAY_SECS;
        }
        if !is_late(&bar) {
            let problem = format!("line {line}: not after the time of the previous row");
            return Err(PriceFileError::new(problem, "sort the rows by time, one row per time"));
        }
        bars.push(bar);
    }
    if bars.is_empty() { Err(PriceFileError::new("no bars", "add rows below the header")) } else { Ok(bars) }
}

const HALF_DAY_SECS: i64 = 43_200;

/// How a file writes its times.
#[derive(Clone, Copy)]
enum Clock {
    /// `2022-05-05 00:00:00`
    DateTime,
    /// `1759968000000`
    Milliseconds,
    /// `11-03-20,12:00:00`: the day comes first, and midnight and noon are both 12.
    DayFirst,
}

impl Clock {
    fn of(header: &StringRecord) -> Result<Self, PriceFileError> {
        let fields = header.iter().collect::<Vec<_>>();
        match fields.as_slice() {
            ["datetime", "open", "high", "low", "close", ..] => Ok(Self::DateTime),
            ["timestamp_ms", "open", "high", "low", "close", ..] => Ok(Self::Milliseconds),
            ["date_ddmmyy", "time", "open", "high", "low", "close", ..] => Ok(Self::DayFirst),
            _ => Err(PriceFileError::new("line 1: not a header of bars", HEADERS)),
        }
    }

    /// Unix seconds of a row, and the column of its first price.
    fn read(self, record: &StringRecord) -> Option<(i64, usize)> {
        let field = |index: usize| record.get(index).unwrap_or_default();
        match self {
            Self::Milliseconds => Some((field(0).parse::<i64>().ok()? / 1_000, 1)),
            Self::DateTime => {
                let (date, time) = field(0).split_once(' ')?;
                let [year, month, day] = numbers(date, '-')?;
                Some((seconds([year, month, day], numbers(time, ':')?)?, 1))
            }
            Self::DayFirst => {
                let [day, month, year] = numbers(field(0), '-')?;
                let [hour, minute, second] = numbers(field(1), ':')?;
                Some((seconds([2_000 + year, month, day], [hour % 12, minute, second])?, 2))
            }
        }
    }
}

fn bar(record: &StringRecord, clock: Clock) -> Result<Bar, PriceFileError> {
    let (starts_at, first) = clock
        .read(record)
        .ok_or_else(|| PriceFileError::new("column 1: not a time as the header names it", HEADERS))?;
    let price = |column: usize| {
        let text = record.get(first + column).unwrap_or_default();
        let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price > 0.0);
        let problem = || format!("column {}: `{text}` is not a price above zero", first + column + 1);
        price.ok_or_else(|| PriceFileError::new(problem(), "write it like 177.25, without separators"))
    };
    let [open, high, low, close] = [price(0)?, price(1)?, price(2)?, price(3)?];
    if low > open.min(close) || high < open.max(close) {
        let problem = "the low or the high does not enclose open and close";
        return Err(PriceFileError::new(problem, "check the order of the columns"));
    }
    Ok(Bar { starts_at, open, high, low, close })
}

/// Three numbers with a sign between them.
fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let parts = text.split(between).map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>()?;
    parts.try_into().ok()
}

/// Unix seconds of a day of the Gregorian calendar, from 1970 on, and a time of it.
fn seconds([year, month, day]: [i64; 3], [hour, minute, second]: [i64; 3]) -> Option<i64> {
    let is_valid = year >= 1_970
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    // Years begin in March here, so that a leap day ends one.
    let (year, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (months * 153 + 2) / 5 + day - 1 - 719_468;
    is_valid.then_some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_time_are_read() {
        let files = [
            "datetime,open,high,low,close,volume\n2020-03-12 10:00:00,2,4,1,3,9\n",
            "timestamp_ms,open,high,low,close,volume\n1584007200000,2,4,1,3,9\n",
            "date_ddmmyy,time,open,high,low,close,volume_base\n12-03-20,10:00:00,2,4,1,3,9\n",
        ];
        let expected = Bar { starts_at: 1_584_007_200, open: 2.0, high: 4.0, low: 1.0, close: 3.0 };
        for file in files {
            assert_eq!(parse(file), Ok(vec![expected]), "{file}");
        }
    }

    #[test]
    fn a_clock_of_twelve_hours_goes_on_after_noon() {
        let rows = ["12:00:00", "11:00:00", "12:00:00", "01:00:00", "11:00:00"];
        let rows = rows.map(|time| format!("12-03-20,{time},2,4,1,3\n")).concat();
        let bars = parse(&format!("date_ddmmyy,time,open,high,low,close\n{rows}13-03-20,12:00:00,2,4,1,3\n"));
        let hours = bars.expect("bars").iter().map(|bar| (bar.starts_at - 1_583_971_200) / 3_600).collect::<Vec<_>>();
        assert_eq!(hours, [0, 11, 12, 13, 23, 24]);
    }

    #[test]
    fn days_are_counted_across_leap_years() {
        let noon = [12, 0, 0];
        let cases = [([1970, 1, 1], 43_200), ([2000, 2, 29], 951_825_600), ([2024, 12, 31], 1_735_646_400)];
        for (day, expected) in cases {
            assert_eq!(seconds(day, noon), Some(expected), "{day:?}");
        }
        assert_eq!(seconds([2020, 13, 1], noon), None);
    }

    #[test]
    fn what_is_not_a_bar_is_refused_with_its_line_and_a_hint() {
        let head = "datetime,open,high,low,close\n2020-03-12 10:00:00,2,4,1,3\n";
        let cases = [
            ("2020-03-12 11:00:00,2,4,0,3", "line 3, column 4: `0` is not a price above zero"),
            ("2020-03-12 11:00:00,2,4,3,3", "line 3, the low or the high does not enclose open and close"),
            ("12-03-20 11:00,2,4,1,3", "line 3, column 1: not a time as the header names it"),
            ("2020-03-12 10:00:00,2,4,1,3", "line 3: not after the time of the previous row"),
        ];
        for (row, expected) in cases {
            let error = parse(&format!("{head}{row}\n")).expect_err("a bad row").to_string();
            assert!(error.starts_with(&format!("{expected}\nhint: ")), "{row}: {error}");
        }
        assert!(parse("time,open,high,low,close\n").is_err());
        assert!(parse("datetime,open,high,low,close\n").is_err());
    }
}
