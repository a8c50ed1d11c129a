//! Reads `migrations/config/<cluster>.toml`, the reviewed settings of a market.
//!
//! Every key names its unit, no key has a default, and an unknown key is refused, so a reviewer sees everything.
//! [`MarketFile::parse`] makes the program's own checks, so that a bad number fails in review and not on the chain.

mod error;
mod market;
mod reserve;
mod text;

pub use error::MarketFileError;
pub use market::MarketSection;
pub use reserve::{Corner, FeedSection, LimitsSection, Power, ReserveSection, TokenProgram};

use ballast_core::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketFile {
    pub market: MarketSection,
    /// In the order of listing: the first has the listing number 0.
    #[serde(rename = "reserve")]
    pub reserves: Vec<ReserveSection>,
}

impl MarketFile {
    /// Reads a file and checks it as [`Self::parse`] does.
    pub fn read(path: &Path) -> Result<Self, MarketFileError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| MarketFileError::Unreadable { path: shown.clone(), source })?;
        Self::parse(&text).map_err(|error| MarketFileError::File { path: shown, error: Box::new(error) })
    }

    /// Refuses missing and unknown keys, symbols and settings that the program would refuse, and an asset that is listed twice.
    pub fn parse(text: &str) -> Result<Self, MarketFileError> {
        let file: Self = toml::from_str(text)?;
        file.market.settings()?;
        let (mut symbols, mut mints) = (HashSet::new(), HashSet::new());
        for reserve in &file.reserves {
            if !symbols.insert(&reserve.symbol) || !mints.insert(reserve.mint) {
                return Err(MarketFileError::Twice { symbol: reserve.symbol.clone() });
            }
            reserve.chain_symbol()?;
            file.settings(reserve)?;
        }
        Ok(file)
    }

    /// Returns the settings that open a reserve of this file.
    pub fn settings(&self, reserve: &ReserveSection) -> Result<Settings, MarketFileError> {
        reserve.settings(&self.market.terms, |symbol| self.reserves.iter().position(|other| other.symbol == symbol))
    }
}
