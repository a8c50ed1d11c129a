//! Numbers that are the same in every run.

/// Splitmix64.
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn byte(&mut self) -> u8 {
        self.word().to_le_bytes()[0]
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// From 0 up to `bound`, exclusive.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound as u64) as usize
    }

    /// Returns any number, and every other time one at which arithmetic breaks.
    pub fn number(&mut self) -> u64 {
        const EDGES: [u64; 6] = [0, 1, i64::MAX as u64, i64::MIN as u64, u64::MAX - 1, u64::MAX];
        if self.byte() & 1 == 0 { self.word() } else { EDGES[self.below(EDGES.len())] }
    }
}
