//! Rows by their keys in the units of one moment. The full index is a column of bins. The near index is a list of rows
//! in the order of their bins.

use ballast_core::units::BPS_ONE;

use crate::columns::{Amounts, Kinds, kind};
use crate::store::Store;
use crate::units::Units;

/// A range of keys: the first bits of a positive float, which are in the order of the values. A bin is at most 1 / 256
/// as wide as its keys, so a prefix of bins is hardly more than a prefix of keys, wherever the keys lie.
pub type Bin = u16;

const DROPPED_BITS: u32 = 15;
/// Smaller keys share a bin: 2^-16, a move of prices of 0.0015 %.
const LEAST_KEY: f32 = 1.0 / 65_536.0;
/// Larger keys share a bin too. At a larger span, a factor of 2,981, every row is a candidate.
const LAST_KEY: f32 = 8.0;
const BINS: usize = ((LAST_KEY.to_bits() - LEAST_KEY.to_bits()) >> DROPPED_BITS) as usize + 1;
/// The bin of a row without debt, or without a key. Only a change makes it a candidate, and then it is dirty.
const NO_KEY: Bin = Bin::MAX;
/// The bin of a removed row.
const REMOVED: Bin = Bin::MAX - 1;
/// Every key is lowered by this, which exceeds the rounding of the logarithms.
const MARGIN: f64 = 1e-6;
/// The near index replicates this many rows.
const REPLICAS: usize = 4_096;
/// This many bins are compared at once.
const LANES: usize = 64;

/// Returns the bin of a key or a span. Rows up to the bin of a span are candidates.
pub fn bin(key: f64) -> Bin {
    // Never a NaN: a health counts the slack as debt, and a span leaves out units without a value.
    let key = (key as f32).clamp(LEAST_KEY, LAST_KEY);
    ((key.to_bits() - LEAST_KEY.to_bits()) >> DROPPED_BITS) as Bin
}

/// Computes the keys of rows, slice by slice, in the units of one moment.
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

    /// Returns `None` for a row without debt. Positions count, not weights: an unpriced debt weighs nothing now and may
    /// weigh something later.
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

    fn finish(self) -> KeyedUnits {
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
        KeyedUnits { then, upto: self.rows.into_iter().scan(0, sum).collect() }
    }
}

/// The units that the rows of an index were keyed by.
struct KeyedUnits {
    /// The kinds of the rows' positions, with the logarithms of their units at that moment.
    then: Vec<(u8, f64)>,
    /// The count of rows with keys up to each bin.
    upto: Vec<u32>,
}

impl KeyedUnits {
    /// Returns how far the units have moved against the borrowers, at least 0.
    fn span(&self, units: &Units) -> f64 {
        let (mut up, mut down) = (0.0f64, 0.0f64);
        for &(kind, then) in &self.then {
            let drift = units.ln(kind) - then;
            if drift.is_nan() {
                // The unit had no weight, and still has none.
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

/// All rows.
pub struct FullIndex {
    keyed_by: KeyedUnits,
    /// By row.
    bins: Vec<Bin>,
}

impl FullIndex {
    pub fn len(&self) -> usize {
        self.bins.len()
    }

    pub fn span(&self, units: &Units) -> f64 {
        self.keyed_by.span(units)
    }

    /// Returns how many rows there were up to a bin.
    pub fn upto(&self, bin: Bin) -> usize {
        self.keyed_by.upto(bin)
    }

    /// Returns the last bin up to which there are at most this many rows, or the first bin if it has more.
    pub fn last_of(&self, rows: usize) -> Bin {
        self.keyed_by.upto.partition_point(|upto| *upto as usize <= rows).saturating_sub(1) as Bin
    }

    pub fn is_upto(&self, row: usize, bin: Bin) -> bool {
        self.bins[row] <= bin
    }

    /// Removes a row, which may be newer than the index. Returns false if it was removed already.
    pub fn remove(&mut self, row: u32) -> bool {
        let index = row as usize;
        if index >= self.bins.len() {
            self.bins.resize(index + 1, NO_KEY);
        }
        std::mem::replace(&mut self.bins[index], REMOVED) != REMOVED
    }

    /// Adds to `found` the rows up to a bin that are below their lines in these units.
    pub fn find(&self, store: &Store, units: &Units, upto: Bin, found: &mut Vec<u32>) {
        for (lanes, first) in self.bins.chunks(LANES).zip((0u32..).step_by(LANES)) {
            // Few chunks have a candidate. Without branches, a few instructions find out.
            if !lanes.iter().fold(false, |any, bin| any | (*bin <= upto)) {
                continue;
            }
            let rows = lanes.iter().zip(first..).filter(|(bin, _)| **bin <= upto).map(|(_, row)| row);
            found.extend(rows.filter(|row| is_below(store, units, *row)));
        }
    }
}

/// Some rows, in the order of their bins.
pub struct NearIndex {
    keyed_by: KeyedUnits,
    rows: Vec<u32>,
    replicas: Vec<Replica>,
}

/// A copy of what decides about a row. The first rows are candidates every time, so their copies lie together in
/// memory.
struct Replica {
    amounts: Amounts,
    kinds: Kinds,
    line_bps: u32,
    row: u32,
}

impl NearIndex {
    pub fn span(&self, units: &Units) -> f64 {
        self.keyed_by.span(units)
    }

    /// Returns how many rows there are up to a bin.
    pub fn upto(&self, bin: Bin) -> usize {
        self.keyed_by.upto(bin)
    }

    /// Returns whether the first rows have all been replicated.
    pub fn is_replicated(&self) -> bool {
        self.replicas.len() == self.rows.len().min(REPLICAS)
    }

    /// Replicates at most `most` more rows. A row that has changed since it was keyed, or changes later, is dirty.
    pub fn replicate(&mut self, store: &Store, most: usize) {
        let columns = store.columns();
        let replica = |row: &u32| {
            let (amounts, kinds) = (columns.amounts[*row as usize], columns.kinds[*row as usize]);
            Replica { amounts, kinds, line_bps: store.line_bps(*row) as u32, row: *row }
        };
        let next = self.rows.iter().take(REPLICAS).skip(self.replicas.len()).take(most);
        self.replicas.extend(next.map(replica));
    }

    /// Adds to `found` the rows up to a bin that are below their lines in these units, as they are or as replicated.
    pub fn find(&self, store: &Store, units: &Units, upto: Bin, found: &mut Vec<u32>) {
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

/// A full index that is being built.
pub struct PendingFullIndex {
    keyer: Keyer,
    bins: Vec<Bin>,
    /// The count of rows at its beginning.
    rows: usize,
}

impl PendingFullIndex {
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
            self.bins.push(self.keyer.key(store, row as u32).unwrap_or(NO_KEY));
        }
    }

    pub fn finish(self) -> FullIndex {
        FullIndex { keyed_by: self.keyer.finish(), bins: self.bins }
    }
}

/// A near index that is being built.
pub struct PendingNearIndex {
    keyer: Keyer,
    keyed: Vec<(Bin, u32)>,
}

impl PendingNearIndex {
    pub fn new(units: &Units) -> Self {
        Self { keyer: Keyer::new(units), keyed: Vec::new() }
    }

    pub fn add(&mut self, store: &Store, row: u32) {
        self.keyed.extend(self.keyer.key(store, row).map(|bin| (bin, row)));
    }

    pub fn finish(self) -> UnorderedNearIndex {
        let keyed_by = self.keyer.finish();
        UnorderedNearIndex { rows: vec![0; self.keyed.len()], free: keyed_by.upto.clone(), keyed: self.keyed, keyed_by }
    }
}

/// A near index whose rows are not in order yet.
pub struct UnorderedNearIndex {
    keyed_by: KeyedUnits,
    keyed: Vec<(Bin, u32)>,
    rows: Vec<u32>,
    /// By bin: the end of its free places in `rows`.
    free: Vec<u32>,
}

impl UnorderedNearIndex {
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

    pub fn finish(self) -> NearIndex {
        NearIndex { keyed_by: self.keyed_by, rows: self.rows, replicas: Vec::new() }
    }
}
