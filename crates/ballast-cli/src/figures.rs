//! Numbers as people read them, and as programs do.

use ballast_core::health;
use ballast_core::units::Usd;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Tokens with every decimal.
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

/// In hundredths of a percent.
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

/// US cents, rounded down.
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

/// A health factor in basis points. Cut, never rounded: 0.99999 must not read as 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Health(pub u64);

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            health::Health::NO_DEBT => f.write_str("no debt"),
            bps => write!(f, "{}.{:04}", bps / 10_000, bps % 10_000),
        }
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            health::Health::NO_DEBT => serializer.serialize_none(),
            bps => serializer.serialize_u64(bps),
        }
    }
}

/// Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight = || format!("{text}T00:00:00Z").parse::<jiff::Timestamp>();
        let time = text.parse::<jiff::Timestamp>().or_else(|_| midnight());
        time.map(|time| Self(time.as_second()))
            .map_err(|_| "a day as in 2026-01-31, or a time as in 2026-01-31T12:00:00Z")
    }
}

/// 64 bits do not fit a JSON number: as the text that people read.
macro_rules! serialized_as_text {
    ($($figure:ty),*) => {
        $(impl Serialize for $figure {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        })*
    };
}
serialized_as_text!(Tokens, Dollars, Time);

/// Names and values, one a line, or one JSON object.
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

/// A table without lines.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(head.to_vec());
    table.add_rows(rows).trim_fmt()
}
