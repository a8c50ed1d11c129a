//! Formats numbers for people.

use crate::scenario::ASSETS;
use ballast_core::health;
use serde::{Serialize, Serializer};
use std::fmt;

/// An amount of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetAmount {
    pub asset: usize,
    pub atoms: u64,
}

impl AssetAmount {
    /// Shows every decimal, so that only equal amounts look equal.
    pub fn exact(&self) -> String {
        exact(self.asset, u128::from(self.atoms))
    }

    pub fn dollars(&self, price: f64) -> f64 {
        tokens(*self) * price
    }
}

/// Tokens as a floating-point number: for reports, never for decisions.
pub fn tokens(amount: AssetAmount) -> f64 {
    amount.atoms as f64 / 10f64.powi(i32::from(ASSETS[amount.asset].decimals))
}

pub fn exact(asset: usize, atoms: u128) -> String {
    let decimals = usize::from(ASSETS[asset].decimals);
    let one = 10u128.pow(u32::from(ASSETS[asset].decimals));
    format!("{}.{:0decimals$}", grouped(&(atoms / one).to_string()), atoms % one)
}

/// Shows as many decimals as matter to a reader, rounded down, or all of them if those are zero.
impl fmt::Display for AssetAmount {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let asset = &ASSETS[self.asset];
        let shown = exact(self.asset, u128::from(self.atoms));
        let cut = shown.len() - usize::from(asset.decimals - asset.shown_decimals);
        let tiny = self.atoms > 0 && !shown[..cut].contains(|digit| matches!(digit, '1'..='9'));
        let text = if tiny { shown.as_str() } else { &shown[..cut] };
        f.pad(&format!("{text} {}", asset.symbol))
    }
}

/// Serializes as text, because a JSON number does not hold 64 bits.
impl Serialize for AssetAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} {}", self.exact().replace(',', ""), ASSETS[self.asset].symbol))
    }
}

/// A health factor in basis points. Shown with two decimals, rounded down: 0.9999 must not read as 1.00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HealthFactor(pub u64);

impl HealthFactor {
    /// Below this health the program lets anybody liquidate.
    pub const CALL: Self = Self(10_000);
    /// The protocol's default warning line.
    pub const WARNING: Self = Self(11_000);

    pub fn has_debt(self) -> bool {
        self.0 != health::Health::NO_DEBT
    }
}

impl From<health::Health> for HealthFactor {
    fn from(health: health::Health) -> Self {
        Self(health.factor_bps_floor())
    }
}

impl fmt::Display for HealthFactor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            health::Health::NO_DEBT => f.pad("no debt"),
            bps if bps >= 1_000_000 => f.pad(">99"),
            bps => f.pad(&format!("{}.{:02}", bps / 10_000, bps % 10_000 / 100)),
        }
    }
}

impl Serialize for HealthFactor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            health::Health::NO_DEBT => serializer.serialize_none(),
            bps => serializer.serialize_f64(bps as f64 / 1e4),
        }
    }
}

/// Formats whole dollars, with groups of thousands.
pub fn dollars(value: f64) -> String {
    format!("${}", grouped(&format!("{value:.0}")))
}

/// Formats a price with about six significant digits.
pub fn price(value: f64) -> String {
    let decimals = match value {
        v if v >= 10_000.0 => 0,
        v if v >= 10.0 => 2,
        v if v >= 0.1 => 4,
        _ => 8,
    };
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&text),
    }
}

/// Formats `1234567` as `1,234,567`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Draws `values` as a line of `width` bars.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = (high - low).max(f64::MIN_POSITIVE);
    let width = width.min(values.len());
    let sampled = (0..width).map(|column| values[column * (values.len() - 1) / (width - 1).max(1)]);
    sampled.map(|value| BARS[((value - low) / span * 7.0).round() as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_every_decimal_and_group_thousands() {
        let amount = AssetAmount { asset: 1, atoms: 1_234_567_891_234 };
        assert_eq!(amount.exact(), "1,234,567.891234");
        assert_eq!(amount.to_string(), "1,234,567.89 USDC");
        assert_eq!(AssetAmount { asset: 0, atoms: 5 }.to_string(), "0.000000005 SOL");
        assert_eq!(AssetAmount { asset: 0, atoms: 0 }.to_string(), "0.000 SOL");
        assert_eq!(grouped("-123456"), "-123,456");
    }

    #[test]
    fn health_is_rounded_down() {
        assert_eq!(HealthFactor(9_999).to_string(), "0.99");
        assert_eq!(HealthFactor(10_999).to_string(), "1.09");
        assert_eq!(HealthFactor(u64::MAX).to_string(), "no debt");
    }

    #[test]
    fn a_sparkline_shows_first_and_last_value() {
        assert_eq!(sparkline(&[2.0, 1.0, 3.0], 60), "▅▁█");
        assert_eq!(sparkline(&[1.0], 60), "▁");
    }
}
