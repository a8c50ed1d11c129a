//! `migrations/config/<cluster>.toml`: what has been decided about a market, as reviewed data.
//!
//! Every key says its unit, no key has a default, and a key that nobody knows is refused: what a reviewer reads is all that there is.
//! [`MarketFile::parse`] checks what the program will check, so that a bad number fails in review and not on the chain.

mod error;
mod market;
mod reserve;
mod text;

pub use error::ConfigError;
pub use market::Market;
pub use reserve::{Corner, Feed, Limits, Power, Reserve, TokenProgram};

use ballast_core::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketFile {
    pub market: Market,
    /// In the order in which they are listed: the first is the program's asset number 0.
    #[serde(rename = "reserve")]
    pub reserves: Vec<Reserve>,
}

impl MarketFile {
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: shown.clone(), source })?;
        Self::parse(&text).map_err(|error| ConfigError::File { path: shown, error: Box::new(error) })
    }

    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: Self = toml::from_str(text)?;
        file.market.settings()?;
        let (mut symbols, mut mints) = (HashSet::new(), HashSet::new());
        for reserve in &file.reserves {
            if !symbols.insert(&reserve.symbol) || !mints.insert(reserve.mint) {
                return Err(ConfigError::Twice { symbol: reserve.symbol.clone() });
            }
            file.settings(reserve)?;
        }
        Ok(file)
    }

    /// What a reserve of this file is opened with.
    pub fn settings(&self, reserve: &Reserve) -> Result<Settings, ConfigError> {
        reserve.settings(&self.market.terms, |symbol| self.reserves.iter().position(|other| other.symbol == symbol))
    }
}
