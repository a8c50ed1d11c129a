//! Figures in two forms: text for people, JSON for programs.

use ballast_core::health::Health;
use ballast_core::units::Usd;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// An amount of tokens, shown with all of its decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub atoms: u128,
    pub decimals: u8,
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (one, width) = (10u128.pow(self.decimals.into()), usize::from(self.decimals));
        match width {
            0 => write!(f, "{}", self.atoms),
            _ => write!(f, "{}.{:0width$}", self.atoms / one, self.atoms % one),
        }
    }
}

/// A ratio in basis points, shown in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(pub u64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{:02} %", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

/// US dollars in cents, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dollars(pub u128);

impl From<Usd> for Dollars {
    fn from(usd: Usd) -> Self {
        Self((usd.0 * 100) >> Usd::FRACTION_BITS)
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// A health factor in basis points. It is cut and never rounded, because 0.99999 must not read as 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HealthFigure(pub u64);

impl fmt::Display for HealthFigure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            Health::NO_DEBT => f.write_str("no debt"),
            bps => write!(f, "{}.{:04}", bps / 10_000, bps % 10_000),
        }
    }
}

impl Serialize for HealthFigure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Health::NO_DEBT => serializer.serialize_none(),
            bps => serializer.serialize_u64(bps),
        }
    }
}

/// A time in Unix seconds, shown as a UTC date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixTime(pub i64);

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

impl FromStr for UnixTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>();
        let time = text.parse::<jiff::Timestamp>().or_else(|_| midnight());
        time.map(|time| Self(time.as_second()))
            .map_err(|_| "a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z")
    }
}

/// Serializes as the text that people read, because a JSON number does not hold 64 bits.
macro_rules! serialized_as_text {
    ($($figure:ty),*) => {
        $(impl Serialize for $figure {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        })*
    };
}
serialized_as_text!(Tokens, Dollars, UnixTime);

/// Names and values: one pair on each line, or one JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows(pub Vec<(&'static str, String)>);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "{name:<34}{value}"))
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Formats a table without border lines.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(head.to_vec());
    table.add_rows(rows).trim_fmt()
}

/// Formats `value * 10^exponent` exactly if the program accepts the exponent (-18 to 0), else in scientific notation.
pub fn decimal(value: i128, exponent: i32) -> String {
    let digits = exponent.checked_neg().and_then(|digits| usize::try_from(digits).ok()).filter(|digits| *digits <= 18);
    let Some(digits) = digits else {
        return format!("{value}e{exponent}");
    };
    let one = 10u128.pow(u32::try_from(digits).unwrap_or(0));
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    if digits == 0 { format!("{sign}{size}") } else { format!("{sign}{}.{:0digits$}", size / one, size % one) }
}
