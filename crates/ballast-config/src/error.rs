//! The mistakes that a market's file can have, each with a hint.

use ballast_core::Refusal;

#[derive(Debug, thiserror::Error)]
pub enum MarketFileError {
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path}: {error}")]
    File { path: String, error: Box<MarketFileError> },
    #[error("{}", .0.to_string().trim_end())]
    Syntax(#[from] toml::de::Error),
    #[error("reserve {symbol}: its symbol or its mint is listed twice")]
    Twice { symbol: String },
    #[error("reserve {symbol}: no reserve can have this symbol")]
    Symbol { symbol: String },
    /// `rule` is the range that `part` must keep to.
    #[error("reserve {symbol}: {part} is out of range ({refusal:?})")]
    OutOfRange { symbol: String, part: &'static str, refusal: Refusal, rule: &'static str },
    #[error("market: {part} is out of range")]
    Market { part: &'static str, rule: &'static str },
    #[error("reserve {symbol}: {key} is too large: its atoms need more than 64 bits")]
    TooLarge { symbol: String, key: &'static str },
    #[error("reserve {symbol}: allowed_debts names {unknown}, which this file does not list")]
    UnknownDebt { symbol: String, unknown: String },
}

impl MarketFileError {
    /// Returns the next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "name a market's file, such as migrations/config/localnet.toml",
            Self::File { error, .. } => error.hint(),
            Self::Syntax(_) => "migrations/config/localnet.toml shows every key with its unit",
            Self::Twice { .. } => "give each asset one [[reserve]] with a symbol of its own",
            Self::Symbol { .. } => "use 1 to 8 letters, digits or +-._",
            Self::OutOfRange { rule, .. } | Self::Market { rule, .. } => rule,
            Self::TooLarge { .. } => "write the amount in whole tokens",
            Self::UnknownDebt { .. } => "list the asset in this file, or write [\"any\"]",
        }
    }
}
