//! A subscriber's own line: one alert below it, and one when health is above it by the hysteresis.

use anchor_lang::prelude::Address;
use std::collections::HashSet;

pub struct Threshold {
    below_bps: u64,
    hysteresis_bps: u64,
    below: HashSet<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdCrossing {
    Below,
    Above,
}

impl Threshold {
    pub fn new(below_bps: u64, hysteresis_bps: u64) -> Self {
        Self { below_bps, hysteresis_bps, below: HashSet::new() }
    }

    pub fn cross(&mut self, obligation: Address, health_bps: u64) -> Option<ThresholdCrossing> {
        if health_bps < self.below_bps {
            return self.below.insert(obligation).then_some(ThresholdCrossing::Below);
        }
        let cleared = health_bps >= self.below_bps.saturating_add(self.hysteresis_bps);
        (cleared && self.below.remove(&obligation)).then_some(ThresholdCrossing::Above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_that_oscillates_at_the_line_crosses_it_once() {
        let mut threshold = Threshold::new(12_000, 200);
        let obligation = Address::new_from_array([1; 32]);
        let crossings: Vec<_> = [12_500, 12_000, 11_999, 12_100, 11_900, 12_199, 12_200, 11_000]
            .map(|health| threshold.cross(obligation, health))
            .into();
        let (below, above) = (Some(ThresholdCrossing::Below), Some(ThresholdCrossing::Above));
        assert_eq!(crossings, [None, None, below, None, None, None, above, below]);
    }
}
