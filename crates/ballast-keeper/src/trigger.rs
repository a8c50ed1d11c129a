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
//!
//! Two levels, because everybody's drift since long ago spans much: an index of all rows, built rarely, names those within a horizon, and
//! an index of these alone, refined every few slots, names whom to look at.

use ballast_core::units::BPS_ONE;

use crate::columns::{Amounts, Kinds, kind};
use crate::store::Store;
use crate::tick::Tick;
use crate::units::Units;

/// Rows that share a key, the least of theirs: a key for each would cost 4 bytes and save little.
const BUCKET: usize = 16;
/// The near level holds 1 / 16 of all rows, and those that have changed.
const NEAR: usize = 16;
/// So many changed rows, 1 / 64 of all, are too many.
const WORN: usize = 64;
/// It is worth refining the near level when more than 1 / 2,048 of all rows would have to be looked at.
const DULL: usize = 2_048;
/// So many rows of each level are replicated.
const REPLICAS: usize = 4_096;
/// A key is lowered by this before it is rounded to 24 bits: more than that rounding and those of the logarithms together.
const MARGIN: f64 = 1e-6;
/// Keys end here: at a larger span, a factor of 2,981, everybody is a candidate.
const LAST_KEY: f64 = 8.0;

pub struct Trigger {
    all: Level,
    near: Level,
    /// Up to this span of the level of all, none but the rows of the near level and the loose can be below their lines.
    horizon: f64,
    /// Changed since the level of all was built, and part of the near level: their place among all means nothing.
    touched: Vec<u32>,
    /// Changed since the near level was refined: looked at every time.
    loose: Vec<u32>,
}

impl Trigger {
    /// Sorts all obligations by their keys at a moment. Takes as long as some scans, so it is done in the background when
    /// [`Trigger::is_worn`]; whoever does so touches the rows that have changed meanwhile.
    pub fn build(store: &Store, tick: &Tick) -> Self {
        let all = Level::new(store, tick.units(), 0..store.columns().kinds.len() as u32);
        let horizon = all.keys.get(all.keys.len() / NEAR).map_or(LAST_KEY, |key| f64::from(*key).max(0.0));
        let near = Level::new(store, tick.units(), Vec::new());
        let mut trigger = Self { all, near, horizon, touched: Vec::new(), loose: Vec::new() };
        trigger.refine(store, tick);
        trigger
    }

    /// Sorts anew whoever is within the horizon or has changed: a fraction of the work of [`Trigger::build`].
    pub fn refine(&mut self, store: &Store, tick: &Tick) {
        self.touched.append(&mut self.loose);
        self.touched.sort_unstable();
        self.touched.dedup();
        let mut rows = self.all.rows[..self.all.reach(self.horizon)].to_vec();
        rows.extend(&self.touched);
        rows.sort_unstable();
        rows.dedup();
        self.near = Level::new(store, tick.units(), rows);
    }

    /// A row has changed.
    pub fn touch(&mut self, row: u32) {
        self.loose.push(row);
    }

    /// How many rows would be looked at.
    pub fn effort(&self, units: &Units) -> usize {
        let span = self.all.span(units);
        if span <= self.horizon {
            self.near.reach(self.near.span(units)) + self.loose.len()
        } else {
            self.all.reach(span) + self.touched.len() + self.loose.len()
        }
    }

    /// Whether it is time to refine.
    pub fn is_dull(&self, units: &Units) -> bool {
        self.effort(units) > self.all.rows.len() / DULL + 2 * BUCKET
    }

    /// Whether it is time to build the index anew: the prices have come half the way to the horizon, or many rows have changed.
    pub fn is_worn(&self, units: &Units) -> bool {
        let changed = self.touched.len() + self.loose.len();
        self.all.span(units) > self.horizon / 2.0 || changed > self.all.rows.len() / WORN + 2 * BUCKET
    }

    /// The rows that core might find below their lines, in order, and those whose price is too old for it to say: all of them, as
    /// [`Tick::filter`].
    pub fn filter(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let units = tick.units();
        let span = self.all.span(units);
        let mut rows = Vec::new();
        if span <= self.horizon {
            self.near.look(store, units, self.near.span(units), &mut rows);
        } else {
            self.all.look(store, units, span, &mut rows);
            rows.extend(&self.touched);
        }
        rows.extend(&self.loose);
        rows.sort_unstable();
        rows.dedup();
        // A replica may be out of date; its row is then among the touched or the loose, and what the store has decides.
        rows.retain(|row| units.is_below(&units.sums_of(store, *row), store.line_bps(*row)));
        rows
    }

    /// The rows below their lines, in order: those of [`Tick::scan`].
    pub fn below(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let mut rows = self.filter(store, tick);
        rows.retain(|row| tick.is_below(store, *row) == Ok(true));
        rows
    }
}

/// Rows with debt, sorted by their keys at one moment.
struct Level {
    rows: Vec<u32>,
    /// The least key of each bucket of rows.
    keys: Vec<f32>,
    replicas: Vec<Replica>,
    /// The kinds that the rows hold, with the logarithms of their units then.
    then: Vec<(u8, f64)>,
}

/// What decides about a row, as it was then: the first rows are looked at every time, so they lie together in memory.
struct Replica {
    amounts: Amounts,
    kinds: Kinds,
    line_bps: u32,
    row: u32,
}

impl Level {
    fn new(store: &Store, units: &Units, rows: impl IntoIterator<Item = u32>) -> Self {
        let (mut keyed, mut collaterals, mut debts) = (Vec::new(), 0, 0);
        for row in rows {
            let [collateral, debt] = store.held(row);
            // By position, not by weight: an unpriced debt weighs nothing now and may do so later.
            if debt == 0 {
                continue;
            }
            (collaterals, debts) = (collaterals | collateral, debts | debt);
            let line = (store.line_bps(row) as f64 / BPS_ONE as f64).ln();
            let key = (units.ln_health(&units.sums_of(store, row)) - line).min(LAST_KEY) - MARGIN;
            keyed.push((key as f32, row));
        }
        // On one core: the others may be busy with something more urgent.
        keyed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let held = |kind: &u8| {
            let side: u64 = if kind & kind::DEBT == 0 { collaterals } else { debts };
            kind & kind::WIDE == 0 && side >> (kind & kind::NUMBER) & 1 != 0
        };
        Self {
            rows: keyed.iter().map(|(_, row)| *row).collect(),
            keys: keyed.chunks(BUCKET).map(|bucket| bucket[0].0).collect(),
            replicas: keyed.iter().take(REPLICAS).map(|(_, row)| Replica::new(store, *row)).collect(),
            then: (0..=u8::MAX).filter(held).map(|kind| (kind, units.ln(kind))).collect(),
        }
    }

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

    /// How many rows have a key of at most `span`, to the end of a bucket.
    fn reach(&self, span: f64) -> usize {
        let buckets = self.keys.partition_point(|key| f64::from(*key) <= span);
        if span >= LAST_KEY { self.rows.len() } else { (buckets * BUCKET).min(self.rows.len()) }
    }

    /// Adds the rows within a span that are, or were when they were replicated, below their lines by the units.
    fn look(&self, store: &Store, units: &Units, span: f64, found: &mut Vec<u32>) {
        let reach = self.reach(span);
        let replicated = self.replicas.len().min(reach);
        for replica in &self.replicas[..replicated] {
            let wide = replica.kinds[0] & kind::WIDE != 0;
            if wide || units.is_below(&units.sums(&replica.amounts, &replica.kinds), replica.line_bps.into()) {
                found.push(replica.row);
            }
        }
        let is_below = |row: &u32| units.is_below(&units.sums_of(store, *row), store.line_bps(*row));
        found.extend(self.rows[replicated..reach].iter().filter(|row| is_below(row)));
    }
}

impl Replica {
    fn new(store: &Store, row: u32) -> Self {
        let columns = store.columns();
        let (amounts, kinds) = (columns.amounts[row as usize], columns.kinds[row as usize]);
        Self { amounts, kinds, line_bps: store.line_bps(row) as u32, row }
    }
}
