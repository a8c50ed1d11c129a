//! Every mistake that a file can have, and what mends it.

use ballast_core::Refusal;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} cannot be read: {source}\nhint: name a market's file, as migrations/config/localnet.toml is one")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path}: {error}")]
    File { path: String, error: Box<ConfigError> },
    #[error("{0}\nhint: migrations/config/localnet.toml has every key, with its unit")]
    Syntax(#[from] toml::de::Error),
    #[error("reserve {symbol}: its symbol or its mint is listed twice\nhint: an asset has one [[reserve]]")]
    Twice { symbol: String },
    #[error("reserve {symbol}: {part} is refused ({refusal:?})\nhint: {rule}")]
    OutOfRange { symbol: String, part: &'static str, refusal: Refusal, rule: &'static str },
    #[error("market: {part} is refused\nhint: {rule}")]
    Market { part: &'static str, rule: &'static str },
    #[error("reserve {symbol}: {key} is more than 64 bits of atoms\nhint: it is in whole tokens")]
    TooLarge { symbol: String, key: &'static str },
    #[error("reserve {symbol}: allowed_debts names {unknown}, which this file does not list\nhint: or [\"any\"]")]
    UnknownDebt { symbol: String, unknown: String },
}
