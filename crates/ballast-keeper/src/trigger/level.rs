//! Rows by their keys at one moment. The level of all is a column of bins, the near level a list in their order.

use ballast_core::units::BPS_ONE;

use crate::columns::{Amounts, Kinds, kind};
use crate::store::Store;
use crate::units::Units;

/// A range of keys. The bits of positive floats are in the order of their values, and these are the first of them: a bin is 1 / 256 as
/// wide as the keys in it at most, so a prefix of bins is hardly more than a prefix of keys, wherever the keys lie.
pub type Bin = u16;

const DROPPED_BITS: u32 = 15;
/// Keys below are as one: 2^-16, a move of prices of 0.0015 %.
const LEAST_KEY: f32 = 1.0 / 65_536.0;
/// And so are keys from here on: at a larger span, a factor of 2,981, everybody is a candidate.
const LAST_KEY: f32 = 8.0;
const BINS: usize = ((LAST_KEY.to_bits() - LEAST_KEY.to_bits()) >> DROPPED_BITS) as usize + 1;
/// Of a row without debt, or that nobody has keyed: only a change makes it a candidate, and then it is looked at as changed.
const NOBODY: Bin = Bin::MAX;
/// Of a row that has been taken out.
const OUT: Bin = Bin::MAX - 1;
/// A key is lowered by this: more than the roundings of the logarithms.
const MARGIN: f64 = 1e-6;
/// So many rows of the near level are replicated.
const REPLICAS: usize = 4_096;
/// Bins that are compared at once.
const LANES: usize = 64;

/// Where a key or a span lies; rows up to the bin of a span are candidates.
pub fn bin(key: f64) -> Bin {
    // Never a NaN: a health counts the slack as debt, and a span leaves those out.
    let key = (key as f32).clamp(LEAST_KEY, LAST_KEY);
    ((key.to_bits() - LEAST_KEY.to_bits()) >> DROPPED_BITS) as Bin
}

/// Keys rows as of one moment, whenever it comes to each.
pub struct Keyer {
    units: Units,
    /// The reserves that the rows hold, as [`Store::held`].
    held: [u64; 2],
    /// By bin.
    rows: Vec<u32>,
}

impl Keyer {
    pub fn new(units: &Units) -> Self {
        Self { units: units.clone(), held: [0; 2], rows: vec![0; BINS] }
    }

    /// None for a row without debt. By position, not by weight: an unpriced debt weighs nothing now and may do so later.
    fn key(&mut self, store: &Store, row: u32) -> Option<Bin> {
        let [collaterals, debts] = store.held(row);
        if debts == 0 {
            return None;
        }
        self.held = [self.held[0] | collaterals, self.held[1] | debts];
        let line = (store.line_bps(row) as f64 / BPS_ONE as f64).ln();
        let bin = bin(self.units.ln_health(&self.units.sums_of(store, row)) - line - MARGIN);
        self.rows[usize::from(bin)] += 1;
        Some(bin)
    }

    fn finish(self) -> Moment {
        let [collaterals, debts] = self.held;
        let held = |kind: &u8| {
            let side = if kind & kind::DEBT == 0 { collaterals } else { debts };
            kind & kind::WIDE == 0 && side >> (kind & kind::NUMBER) & 1 != 0
        };
        let then = (0..=u8::MAX).filter(held).map(|kind| (kind, self.units.ln(kind))).collect();
        let sum = |sum: &mut u32, rows: u32| {
            *sum += rows;
            Some(*sum)
        };
        Moment { then, upto: self.rows.into_iter().scan(0, sum).collect() }
    }
}

/// What the rows of a level were keyed by.
struct Moment {
    /// The kinds that the rows hold, with the logarithms of their units then.
    then: Vec<(u8, f64)>,
    /// How many rows have keys up to a bin.
    upto: Vec<u32>,
}

impl Moment {
    /// How far the units have moved against the borrowers, at least 0.
    fn span(&self, units: &Units) -> f64 {
        let (mut up, mut down) = (0.0f64, 0.0f64);
        for &(kind, then) in &self.then {
            let drift = units.ln(kind) - then;
            if drift.is_nan() {
                // It has weighed nothing and still does.
                continue;
            }
            if kind & kind::DEBT == 0 { down = down.min(drift) } else { up = up.max(drift) }
        }
        up - down
    }

    fn upto(&self, bin: Bin) -> usize {
        self.upto[usize::from(bin)] as usize
    }
}

/// Everybody.
pub struct All {
    moment: Moment,
    /// By row.
    bins: Vec<Bin>,
}

impl All {
    pub fn len(&self) -> usize {
        self.bins.len()
    }

    pub fn span(&self, units: &Units) -> f64 {
        self.moment.span(units)
    }

    /// How many rows there were up to a bin.
    pub fn upto(&self, bin: Bin) -> usize {
        self.moment.upto(bin)
    }

    /// The last bin up to which there are at most so many rows; the first if that has more.
    pub fn last_of(&self, rows: usize) -> Bin {
        self.moment.upto.partition_point(|upto| *upto as usize <= rows).saturating_sub(1) as Bin
    }

    pub fn is_upto(&self, row: usize, bin: Bin) -> bool {
        self.bins[row] <= bin
    }

    /// From now on a row is in no bin; false: it was in none already. A row that has come since is taken out of none too.
    pub fn take_out(&mut self, row: u32) -> bool {
        let index = row as usize;
        if index >= self.bins.len() {
            self.bins.resize(index + 1, NOBODY);
        }
        std::mem::replace(&mut self.bins[index], OUT) != OUT
    }

    /// Adds the rows up to a bin that are below their lines by the units.
    pub fn look(&self, store: &Store, units: &Units, upto: Bin, found: &mut Vec<u32>) {
        for (lanes, first) in self.bins.chunks(LANES).zip((0u32..).step_by(LANES)) {
            // Next to none has a candidate, and without branches that is seen in a few instructions.
            if !lanes.iter().fold(false, |any, bin| any | (*bin <= upto)) {
                continue;
            }
            let rows = lanes.iter().zip(first..).filter(|(bin, _)| **bin <= upto).map(|(_, row)| row);
            found.extend(rows.filter(|row| is_below(store, units, *row)));
        }
    }
}

/// Some, in the order of their bins.
pub struct Near {
    moment: Moment,
    rows: Vec<u32>,
    replicas: Vec<Replica>,
}

/// What decides about a row: the first rows are looked at every time, so they lie together in memory.
struct Replica {
    amounts: Amounts,
    kinds: Kinds,
    line_bps: u32,
    row: u32,
}

impl Near {
    pub fn span(&self, units: &Units) -> f64 {
        self.moment.span(units)
    }

    /// How many rows there are up to a bin.
    pub fn upto(&self, bin: Bin) -> usize {
        self.moment.upto(bin)
    }

    /// Whether as many rows as are to be have been replicated.
    pub fn is_replicated(&self) -> bool {
        self.replicas.len() == self.rows.len().min(REPLICAS)
    }

    /// Replicates some more, as they are: what changes them later, like what has changed them since they were keyed, is known to whoever
    /// looks.
    pub fn replicate(&mut self, store: &Store, most: usize) {
        let columns = store.columns();
        let replica = |row: &u32| {
            let (amounts, kinds) = (columns.amounts[*row as usize], columns.kinds[*row as usize]);
            Replica { amounts, kinds, line_bps: store.line_bps(*row) as u32, row: *row }
        };
        let next = self.rows.iter().take(REPLICAS).skip(self.replicas.len()).take(most);
        self.replicas.extend(next.map(replica));
    }

    /// Adds the rows up to a bin that are, or were when they were replicated, below their lines by the units.
    pub fn look(&self, store: &Store, units: &Units, upto: Bin, found: &mut Vec<u32>) {
        let upto = self.upto(upto);
        let replicated = self.replicas.len().min(upto);
        for replica in &self.replicas[..replicated] {
            let wide = replica.kinds[0] & kind::WIDE != 0;
            if wide || units.is_below(&units.sums(&replica.amounts, &replica.kinds), replica.line_bps.into()) {
                found.push(replica.row);
            }
        }
        found.extend(self.rows[replicated..upto].iter().filter(|row| is_below(store, units, **row)));
    }
}

pub fn is_below(store: &Store, units: &Units, row: u32) -> bool {
    units.is_below(&units.sums_of(store, row), store.line_bps(row))
}

/// A level of all on its way.
pub struct PendingAll {
    keyer: Keyer,
    bins: Vec<Bin>,
    /// So many there were when it was begun.
    rows: usize,
}

impl PendingAll {
    pub fn new(store: &Store, units: &Units) -> Self {
        let rows = store.columns().kinds.len();
        Self { keyer: Keyer::new(units), bins: Vec::with_capacity(rows), rows }
    }

    pub fn is_done(&self) -> bool {
        self.bins.len() == self.rows
    }

    pub fn go_on(&mut self, store: &Store, most: usize) {
        let first = self.bins.len();
        for row in first..self.rows.min(first + most) {
            self.bins.push(self.keyer.key(store, row as u32).unwrap_or(NOBODY));
        }
    }

    pub fn finish(self) -> All {
        All { moment: self.keyer.finish(), bins: self.bins }
    }
}

/// A near level on its way.
pub struct PendingNear {
    keyer: Keyer,
    keyed: Vec<(Bin, u32)>,
}

impl PendingNear {
    pub fn new(units: &Units) -> Self {
        Self { keyer: Keyer::new(units), keyed: Vec::new() }
    }

    pub fn add(&mut self, store: &Store, row: u32) {
        self.keyed.extend(self.keyer.key(store, row).map(|bin| (bin, row)));
    }

    pub fn finish(self) -> Unordered {
        let moment = self.keyer.finish();
        Unordered { rows: vec![0; self.keyed.len()], free: moment.upto.clone(), keyed: self.keyed, moment }
    }
}

/// A near level whose rows are not in order yet.
pub struct Unordered {
    moment: Moment,
    keyed: Vec<(Bin, u32)>,
    rows: Vec<u32>,
    /// By bin: behind the last place of it that is free.
    free: Vec<u32>,
}

impl Unordered {
    pub fn is_done(&self) -> bool {
        self.keyed.is_empty()
    }

    pub fn go_on(&mut self, most: usize) {
        for (bin, row) in self.keyed.drain(self.keyed.len().saturating_sub(most)..).rev() {
            let free = &mut self.free[usize::from(bin)];
            *free -= 1;
            self.rows[*free as usize] = row;
        }
    }

    pub fn finish(self) -> Near {
        Near { moment: self.moment, rows: self.rows, replicas: Vec::new() }
    }
}
