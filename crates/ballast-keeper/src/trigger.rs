//! Whom a move of prices can have pushed below his line, without looking at everybody.
//!
//! Let `u` be the unit of a position and `Delta = ln(u now / u when the index was built)`. Whatever the positions are,
//!
//! ```text
//! health now >= health then * exp(least Delta of a collateral - greatest Delta of a debt)
//! ```
//!
//! so an obligation can only be below its line if `ln(health then / line)`, its key, is at most the span: the greatest Delta of any
//! debt, 0 at least, less the least Delta of any collateral, 0 at most. Prices, interest, losses of a reserve and changes of weights are
//! all in the units. Sorted by key, the candidates are a prefix; the units of the moment decide on each, then core. Exact for one
//! collateral and one debt, cautious for more.

use ballast_core::units::BPS_ONE;
use rayon::slice::ParallelSliceMut;

use crate::store::{Amounts, Kinds, Store, kind};
use crate::tick::Tick;
use crate::units::Units;

/// Rows that share a key, the least of theirs: a key for each would cost 4 bytes and save little.
const BUCKET: usize = 16;
/// The index is worn when more than this part of all rows would have to be looked at: 1 / 64.
const WORN: usize = 64;
/// A key is lowered by this before it is rounded to 24 bits: more than that rounding and those of the logarithms together.
const MARGIN: f64 = 1e-6;
/// Keys end here: at a larger span, a factor of 2,981, everybody is a candidate.
const LAST_KEY: f64 = 8.0;

/// A copy of what decides about a row, so that the nearest lie together in memory.
#[derive(Clone, Copy)]
struct Near {
    amounts: Amounts,
    kinds: Kinds,
    line_bps: u32,
    row: u32,
}

pub struct Trigger {
    /// Rows with debt, by key.
    rows: Vec<u32>,
    /// The least key of each bucket of rows.
    keys: Vec<f32>,
    /// The first rows, as they were.
    near: Vec<Near>,
    /// Changed since: their keys mean nothing.
    loose: Vec<u32>,
    /// The kinds that the rows hold, with the logarithms of their units then.
    then: Vec<(u8, f64)>,
}

impl Trigger {
    /// Sorts all obligations by their keys at a moment. Takes as long as some scans, so it is done in the background when
    /// [`Trigger::is_worn`]; whoever does so touches the rows that have changed meanwhile.
    pub fn build(store: &Store, tick: &Tick) -> Self {
        let units = tick.units();
        let mut keyed = Vec::with_capacity(store.len());
        let mut held = [false; 256];
        for row in 0..store.columns().kinds.len() as u32 {
            // By kind, not by weight: an unpriced debt weighs nothing now and may do so later.
            if !store.kinds(row).any(|kind| kind & kind::DEBT != 0) {
                continue;
            }
            for kind in store.kinds(row) {
                held[usize::from(kind)] = true;
            }
            let line = (store.line_bps(row) as f64 / BPS_ONE as f64).ln();
            let key = (units.ln_health(&units.sums_of(store, row)) - line).min(LAST_KEY) - MARGIN;
            keyed.push((key as f32, row));
        }
        let held = (0..=u8::MAX).filter(|kind| held[usize::from(*kind)]);
        keyed.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let near = keyed.iter().take(keyed.len() / WORN + 2 * BUCKET).map(|(_, row)| Near::new(store, *row));
        Self {
            near: near.collect(),
            keys: keyed.chunks(BUCKET).map(|bucket| bucket[0].0).collect(),
            rows: keyed.into_iter().map(|(_, row)| row).collect(),
            loose: Vec::new(),
            then: held.map(|kind| (kind, units.ln(kind))).collect(),
        }
    }

    /// A row has changed: it is looked at every time until the index is built anew.
    pub fn touch(&mut self, row: u32) {
        self.loose.push(row);
    }

    /// How far the units have moved against the borrowers since the index was built, at least 0.
    pub fn span(&self, units: &Units) -> f64 {
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

    /// How many rows of the index have a key of at most `span`, to the end of a bucket.
    fn reach(&self, span: f64) -> usize {
        let buckets = self.keys.partition_point(|key| f64::from(*key) <= span);
        if span >= LAST_KEY { self.rows.len() } else { (buckets * BUCKET).min(self.rows.len()) }
    }

    /// How many rows would be looked at.
    pub fn effort(&self, units: &Units) -> usize {
        self.reach(self.span(units)) + self.loose.len()
    }

    /// Whether it is time to build the index anew.
    pub fn is_worn(&self, units: &Units) -> bool {
        self.effort(units) > self.rows.len() / WORN + 2 * BUCKET
    }

    /// The rows below their lines, in order: those of [`Tick::scan`].
    pub fn below(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let units = tick.units();
        let reach = self.reach(self.span(units));
        let (near, far) = (self.near.len().min(reach), &self.rows[self.near.len().min(reach)..reach]);
        let mut rows = Vec::new();
        for copy in &self.near[..near] {
            let wide = copy.kinds[0] & kind::WIDE != 0;
            if wide || units.is_below(&units.sums(&copy.amounts, &copy.kinds), copy.line_bps.into()) {
                rows.push(copy.row);
            }
        }
        let looks_below = |row: &u32| units.is_below(&units.sums_of(store, *row), store.line_bps(*row));
        rows.extend(far.iter().chain(&self.loose).filter(|row| looks_below(row)));
        rows.sort_unstable();
        rows.dedup();
        // A copy may be out of date, and then its row is among the loose: core looks at what the store has.
        rows.retain(|row| tick.is_below(store, *row) == Ok(true));
        rows
    }
}

impl Near {
    fn new(store: &Store, row: u32) -> Self {
        let columns = store.columns();
        let (amounts, kinds) = (columns.amounts[row as usize], columns.kinds[row as usize]);
        Self { amounts, kinds, line_bps: store.line_bps(row) as u32, row }
    }
}
