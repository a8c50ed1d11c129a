//! Where all randomness of a campaign comes from.

/// A deterministic source of decisions (xorshift64*).
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Seeds that differ little throw differently: the seed is scattered first, and never zero.
    pub fn new(seed: u64) -> Self {
        let scattered = (seed.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut dice = Self((scattered ^ (scattered >> 29)) | 1);
        for _ in 0..8 {
            dice.roll(2);
        }
        dice
    }

    /// Below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % sides.max(1)
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(len as u64)).expect("below a length")
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        if items.is_empty() { None } else { Some(items[self.index(items.len())]) }
    }

    /// From 1 to `top`, each order of magnitude below `top` less likely than the one above.
    pub fn part(&mut self, top: u64) -> u64 {
        let top = top >> self.roll(3).min(self.roll(12));
        self.roll(top).saturating_add(1)
    }

    /// Any amount, each order of magnitude as likely; sometimes none, sometimes all.
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
