//! What people write for amounts and assets.

use crate::answer::Failure;
use anchor_lang::prelude::Address;
use spl_token_interface::native_mint;
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
    const FORM: &str = "an amount of whole tokens, as in 1.5, or all";

    /// As the instructions have it, where `u64::MAX` is all.
    pub fn atoms(&self, decimals: u8) -> Result<u64, Failure> {
        match self {
            Self::All => Ok(u64::MAX),
            Self::Tokens(text) => exact(text, decimals),
        }
    }

    /// Where there is no "all".
    pub fn exact_atoms(&self, decimals: u8) -> Result<u64, Failure> {
        match self {
            Self::All => Err(Failure::Input("\"all\" is no amount here".to_owned(), "name an amount, as in 1.5")),
            Self::Tokens(text) => exact(text, decimals),
        }
    }
}

/// Digit by digit: an amount is never a float. What an atom cannot hold is refused, not rounded.
fn exact(text: &str, decimals: u8) -> Result<u64, Failure> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        let hint = "its mint says how many decimals a token has: `ballast reserve show`";
        return Err(Failure::Input(format!("{text} has more than {decimals} decimals"), hint));
    }
    let digits = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    // The largest number of 64 bits means "all" to the program.
    let atoms = digits.parse().ok().filter(|atoms| *atoms != u64::MAX);
    atoms.ok_or_else(|| Failure::Input(format!("{text} is more than 64 bits of atoms"), "amounts are in whole tokens"))
}

/// A reserve's address, its mint's, or "SOL".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetName(pub Address);

impl FromStr for AssetName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "SOL" => Ok(Self(native_mint::ID)),
            text => text.parse().map(Self).map_err(|_| "the address of a reserve or of its mint, or SOL"),
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
            // More digits than a float holds.
            ("9007199254.740993", 6, Some(9_007_199_254_740_993)),
        ];
        for (text, decimals, expected) in cases {
            assert_eq!(atoms(text, decimals), expected, "{text}");
        }
    }

    #[test]
    fn all_is_all_and_nothing_else_is() {
        assert_eq!((atoms("all", 6), atoms("max", 6)), (Some(u64::MAX), Some(u64::MAX)));
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1_000", "1,5", "0x1", " 1", "ALL"] {
            assert_eq!(text.parse::<Quantity>(), Err(Quantity::FORM), "{text}");
        }
        assert!(Quantity::All.exact_atoms(6).is_err());
    }
}
