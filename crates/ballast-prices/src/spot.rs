//! A price with its uncertainty, and the average that follows it.

use crate::error::PriceFileError;
use std::ops::RangeInclusive;

/// A price and its confidence, in USD per whole token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpotPrice {
    pub dollars: f64,
    pub confidence: f64,
}

/// Pyth's average weighs the last hour.
const AVERAGE_SECS: f64 = 3_600.0;

impl SpotPrice {
    /// 2 bps of the price: what a calm feed of a liquid asset shows.
    pub const CALM_CONFIDENCE: f64 = 2e-4;
    /// The prices that fit Pyth's eight decimals and 64 bits.
    const DOLLARS: RangeInclusive<f64> = 1e-6..=1e9;

    pub fn calm(dollars: f64) -> Self {
        Self { dollars, confidence: dollars * Self::CALM_CONFIDENCE }
    }

    /// Reads a price and a confidence. An empty confidence is that of a calm feed.
    pub fn parse(price: &str, confidence: &str) -> Result<Self, PriceFileError> {
        let dollars = number("price", price)?;
        if !Self::DOLLARS.contains(&dollars) {
            let hint = "prices are in USD per whole token, from 0.000001 to 1,000,000,000";
            return Err(PriceFileError::new(format!("column price: {dollars} is out of range"), hint));
        }
        if confidence.is_empty() {
            return Ok(Self::calm(dollars));
        }
        let confidence = number("confidence", confidence)?;
        if !(0.0..=dollars).contains(&confidence) {
            let hint = "a confidence is in USD, from 0 to the price; leave it empty for 2 bps";
            return Err(PriceFileError::new(format!("column confidence: {confidence} is out of range"), hint));
        }
        Ok(Self { dollars, confidence })
    }

    /// Moves this average toward `spot`, as Pyth's average moves in `elapsed_secs`.
    pub fn follow(&mut self, spot: &Self, elapsed_secs: f64) {
        let weight = 1.0 - (-elapsed_secs / AVERAGE_SECS).exp();
        self.dollars += weight * (spot.dollars - self.dollars);
        self.confidence += weight * (spot.confidence - self.confidence);
    }
}

fn number(column: &str, text: &str) -> Result<f64, PriceFileError> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| {
        let hint = "write it like 177.25, without separators";
        PriceFileError::new(format!("column {column}: `{text}` is not a number"), hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_moves_by_63_percent_in_an_hour() {
        let mut average = SpotPrice { dollars: 100.0, confidence: 0.02 };
        average.follow(&SpotPrice { dollars: 200.0, confidence: 0.02 }, 3_600.0);
        let expected = 100.0 + 100.0 * (1.0 - (-1f64).exp());
        assert!((average.dollars - expected).abs() < 1e-9 && average.confidence == 0.02);
    }

    #[test]
    fn a_price_without_a_confidence_is_calm() {
        assert_eq!(SpotPrice::parse("200", ""), Ok(SpotPrice { dollars: 200.0, confidence: 0.04 }));
        assert_eq!(SpotPrice::parse("200", "0.5"), Ok(SpotPrice { dollars: 200.0, confidence: 0.5 }));
    }
}
