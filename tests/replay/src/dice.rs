//! Random decisions, the same in every run.

/// SplitMix64.
#[derive(Clone, Copy)]
pub struct Dice(pub u64);

impl Dice {
    /// A sequence for each list of numbers, such as seed, crash and borrower.
    pub fn of(numbers: &[u64]) -> Self {
        let mut dice = Self(0);
        for number in numbers {
            dice = Self(dice.roll() ^ *number);
        }
        dice
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least 0 and below 1.
    pub fn uniform(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Takes one of the items away.
    pub fn draw<T>(&mut self, items: &mut Vec<T>) -> Option<T> {
        let index = self.roll().checked_rem(items.len() as u64)?;
        Some(items.swap_remove(index as usize))
    }
}
