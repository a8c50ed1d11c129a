//! Decisions at random that are the same in every run.

use crate::scene::{BTC, ETH, SOL, USD};

/// Xorshift64*, from a seed other than 0.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % sides
    }

    pub fn asset(&mut self) -> usize {
        [SOL, USD, BTC, ETH][usize::try_from(self.roll(4)).expect("below 4")]
    }

    /// Both ends included.
    pub fn between(&mut self, low: u16, high: u16) -> u16 {
        low + u16::try_from(self.roll(u64::from(high - low) + 1)).expect("a difference of u16")
    }
}
