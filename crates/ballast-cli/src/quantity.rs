//! Amounts and assets as people write them.

use crate::answer::CommandError;
use anchor_lang::prelude::Address;
use ballast::symbol::{Symbol, symbol, symbol_text};
use std::fmt;
use std::str::FromStr;

/// "1.5", or "all".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    Tokens(String),
    All,
}

impl FromStr for Quantity {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if matches!(text, "all" | "max") {
            return Ok(Self::All);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits(whole) && digits(fraction) { Ok(Self::Tokens(text.to_owned())) } else { Err(Self::FORM) }
    }
}

impl Quantity {
    const FORM: &str = "expected an amount in whole tokens, such as 1.5, or \"all\"";

    /// Returns the argument of an instruction that takes `u64::MAX` for all.
    pub fn atoms(&self, decimals: u8) -> Result<u64, CommandError> {
        match self {
            Self::All => Ok(u64::MAX),
            Self::Tokens(text) => exact(text, decimals),
        }
    }

    /// Returns the argument of an instruction that needs an amount.
    pub fn exact_atoms(&self, decimals: u8) -> Result<u64, CommandError> {
        match self {
            Self::All => {
                Err(CommandError::Input("\"all\" is not supported here".to_owned(), "name an amount, such as 1.5"))
            }
            Self::Tokens(text) => exact(text, decimals),
        }
    }
}

/// Converts digit by digit, because an amount is never a float. Refuses a fraction of an atom and never rounds.
fn exact(text: &str, decimals: u8) -> Result<u64, CommandError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        let hint = "`ballast reserve show` shows how many decimals the token has";
        return Err(CommandError::Input(format!("{text} has more than {decimals} decimals"), hint));
    }
    let digits = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    // The program reads u64::MAX as "all".
    let atoms = digits.parse().ok().filter(|atoms| *atoms != u64::MAX);
    atoms.ok_or_else(|| {
        CommandError::Input(
            format!("{text} is too large: its atoms need more than 64 bits"),
            "name the amount in whole tokens",
        )
    })
}

/// How people name a reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetName {
    /// Of the reserve or of its mint.
    Address(Address),
    Symbol(Symbol),
}

impl FromStr for AssetName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // No symbol is as long as an address.
        let name = symbol(text).map(Self::Symbol).or_else(|| text.parse().map(Self::Address).ok());
        name.ok_or("expected a symbol, or the address of a reserve or of its mint")
    }
}

impl fmt::Display for AssetName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Symbol(symbol) => symbol_text(symbol).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(text: &str, decimals: u8) -> Option<u64> {
        text.parse::<Quantity>().ok()?.atoms(decimals).ok()
    }

    #[test]
    fn an_amount_is_exact_or_refused() {
        let cases = [
            ("1.5", 9, Some(1_500_000_000)),
            ("1", 0, Some(1)),
            ("0.000001", 6, Some(1)),
            ("0.0000010", 6, Some(1)),
            ("0.0000001", 6, None),
            ("18446744073.709551614", 9, Some(u64::MAX - 1)),
            ("18446744073.709551615", 9, None),
            ("18446744073.709551616", 9, None),
            ("0.1", 1, Some(1)),
            // A float does not hold this many digits.
            ("9007199254.740993", 6, Some(9_007_199_254_740_993)),
        ];
        for (text, decimals, expected) in cases {
            assert_eq!(atoms(text, decimals), expected, "{text}");
        }
    }

    #[test]
    fn only_all_and_max_mean_all() {
        assert_eq!((atoms("all", 6), atoms("max", 6)), (Some(u64::MAX), Some(u64::MAX)));
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1_000", "1,5", "0x1", " 1", "ALL"] {
            assert_eq!(text.parse::<Quantity>(), Err(Quantity::FORM), "{text}");
        }
        assert!(Quantity::All.exact_atoms(6).is_err());
    }
}
