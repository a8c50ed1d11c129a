//! Where tests and campaigns get their random decisions: the same in every run.

/// A deterministic generator (xorshift64*).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Similar seeds give different sequences: the seed is scattered first, and the state is never zero.
    pub fn new(seed: u64) -> Self {
        let scattered = (seed.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut dice = Self((scattered ^ (scattered >> 29)) | 1);
        for _ in 0..8 {
            dice.roll(2);
        }
        dice
    }

    /// Returns a number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % sides.max(1)
    }

    /// Returns a position in a slice of this length.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(len as u64)).expect("below a length")
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: u16, high: u16) -> u16 {
        low + u16::try_from(self.roll(u64::from(high - low) + 1)).expect("a difference of u16")
    }

    /// Returns true in `chance` of 100 cases.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }

    /// Returns one of the items.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        if items.is_empty() { None } else { Some(items[self.index(items.len())]) }
    }

    /// Returns a number from 1 to `top`. Each order of magnitude below `top` is less likely than the one above.
    pub fn part(&mut self, top: u64) -> u64 {
        let top = top >> self.roll(3).min(self.roll(12));
        self.roll(top).saturating_add(1)
    }

    /// Returns any amount. All orders of magnitude are equally likely; 0 and `u64::MAX` also occur.
    pub fn amount(&mut self) -> u64 {
        match self.roll(12) {
            0 => 0,
            1 => u64::MAX,
            2 => u64::MAX - 1,
            _ => {
                let bits = self.roll(63);
                self.roll(2 << bits)
            }
        }
    }
}
