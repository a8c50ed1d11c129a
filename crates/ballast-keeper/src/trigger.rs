//! Finds the obligations that a move of prices can have pushed below their lines, without examining every obligation.
//!
//! Let `u` be the unit of a position and `Delta = ln(u now / u when the index was built)`. Whatever the positions are,
//!
//! ```text
//! health now >= health then * exp(least Delta of a collateral - greatest Delta of a debt)
//! ```
//!
//! An obligation has a key, `ln(health then / line)`. It can only be below its line if its key is at most the span: the
//! greatest Delta of any debt, at least 0, less the least Delta of any collateral, at most 0. The units contain prices,
//! interest, losses of a reserve and changes of weights. Obligations with keys up to the span are the candidates. The
//! units of the moment decide about each, then core. The span is exact for one collateral and one debt, and cautious
//! for more.
//!
//! There are two indexes, because prices drift far over a long time. The full index of all rows is built rarely and
//! names the rows within a horizon. The near index of these rows alone is refined every few slots and names the
//! candidates.
//!
//! An index is keyed a slice at a time, so that no price waits for more than a slice, and by the units of the moment
//! when it was begun. A row that changes meanwhile may be keyed as it was or as it is. Like every row that comes or
//! goes it is dirty, and dirty rows are always candidates until an index has been begun after their change. The old
//! indexes serve until then.

mod index;

use crate::store::Store;
use crate::tick::Tick;
use crate::units::Units;
use index::{Bin, FullIndex, NearIndex, PendingFullIndex, PendingNearIndex, UnorderedNearIndex, bin, is_below};

/// One call of [`Trigger::tend`] keys this many rows, in a fraction of a millisecond.
pub const SLICE: usize = 1_024;
/// One call keys this part of the candidates instead, if that is more. A step with many candidates takes longer than
/// keying them. If events leave no pause, small slices would leave the engine with a thousand such steps.
const PROPORTION: usize = 64;
/// This many rows are put in order in the time that one row is keyed in.
const ORDERED: usize = 8;
/// The near index holds at most 1 / 16 of all rows, and the rows that have changed. Rows within one percent of their
/// lines are always in it, even if they are more than that: otherwise any move would make the index useless.
const NEAR: usize = 16;
const LEAST_HORIZON: f64 = 0.01;
/// The trigger builds a new index when more than 1 / 64 of all rows have changed.
const WORN: usize = 64;
/// It is worth refining the near index when more than 1 / 2,048 of all rows are unnecessary candidates.
const DULL: usize = 2_048;
/// The same for a small market.
const FEW: usize = 32;

/// With more candidates than this, a quarter of all rows, a scan of all rows on all cores is faster.
fn many(store: &Store) -> usize {
    store.len() / 4 + 4_096
}

/// Without an index, every row is a candidate.
#[derive(Default)]
pub struct Trigger {
    full: Option<FullIndex>,
    near: Option<NearIndex>,
    /// Up to this bin of the full index, only rows of the near index and dirty rows can be below their lines.
    horizon: Bin,
    /// Rows changed since the full index was begun, and removed from it. They are in the near index or still dirty.
    removed: Vec<u32>,
    /// Rows changed since the near index was begun: always candidates.
    dirty: Vec<u32>,
    pending: Option<Pending>,
    /// Finished full indexes, and finished near indexes.
    pub builds: u64,
    pub refines: u64,
}

/// An index that is being built. The first `known` dirty rows had changed before the trigger began it.
enum Pending {
    Full { index: PendingFullIndex, known: usize },
    Near { index: PendingNearIndex, known: usize, next: usize },
    Unordered { index: UnorderedNearIndex, known: usize },
}

/// The rows to look at besides the dirty ones.
enum Candidates<'a> {
    All,
    OfFullIndex(&'a FullIndex, Bin),
    OfNearIndex(&'a NearIndex, Bin),
}

struct Scope<'a> {
    candidates: Candidates<'a>,
    /// How many candidates there are, dirty rows included.
    rows: usize,
}

impl Trigger {
    /// Notes that a row has changed.
    pub fn mark_dirty(&mut self, row: u32) {
        if self.full.is_some() || self.pending.is_some() {
            self.dirty.push(row);
        }
    }

    /// Refines the index: keys at most `most` rows, more if there are many candidates, or begins an index if it is
    /// time to. Returns false if there was nothing to do. It never changes the rows that are found. Every changed row
    /// must have been marked dirty.
    pub fn tend(&mut self, store: &Store, tick: &Tick, most: usize) -> bool {
        let units = tick.units();
        let most = most.max(self.effort(store, units) / PROPORTION);
        if self.dirty.len() > many(store) {
            // The market is being loaded: an index of so few rows is not worth its memory.
            *self = Self { builds: self.builds, refines: self.refines, ..Self::default() };
        }
        if let Some(pending) = self.pending.take() {
            self.go_on(pending, store, most);
        } else if let Some(near) = self.near.as_mut().filter(|near| !near.is_replicated()) {
            near.replicate(store, most);
        } else if self.full.is_some() && (self.near.is_none() || !self.is_worn(units) && self.is_dull(units)) {
            self.refine(tick);
        } else if self.full.is_none() || self.is_worn(units) {
            self.build(store, tick);
        } else {
            return false;
        }
        true
    }

    /// Begins a full index. When finished, it replaces both indexes.
    pub fn build(&mut self, store: &Store, tick: &Tick) {
        self.pending =
            Some(Pending::Full { index: PendingFullIndex::new(store, tick.units()), known: self.dirty.len() });
    }

    /// Begins a near index of the rows within the horizon and the changed rows: a fraction of the work of
    /// [`Trigger::build`].
    pub fn refine(&mut self, tick: &Tick) {
        let Some(full) = &mut self.full else { return };
        self.removed.extend(self.dirty.iter().filter(|row| full.remove(**row)));
        let index = PendingNearIndex::new(tick.units());
        self.pending = Some(Pending::Near { index, known: self.dirty.len(), next: 0 });
    }

    fn go_on(&mut self, pending: Pending, store: &Store, most: usize) {
        match pending {
            Pending::Full { index, known } if index.is_done() => {
                let full = index.finish();
                self.horizon = full.last_of(full.len() / NEAR).max(bin(LEAST_HORIZON));
                (self.full, self.near) = (Some(full), None);
                self.removed.clear();
                self.dirty.drain(..known);
                self.builds += 1;
            }
            Pending::Full { mut index, known } => {
                index.go_on(store, most);
                self.pending = Some(Pending::Full { index, known });
            }
            Pending::Near { mut index, known, next } => {
                self.pending = Some(match self.pick(&mut index, next, store, most) {
                    Some(next) => Pending::Near { index, known, next },
                    None => Pending::Unordered { index: index.finish(), known },
                });
            }
            Pending::Unordered { index, known } if index.is_done() => {
                self.near = Some(index.finish());
                self.dirty.drain(..known);
                self.refines += 1;
            }
            Pending::Unordered { mut index, known } => {
                index.go_on(ORDERED * most);
                self.pending = Some(Pending::Unordered { index, known });
            }
        }
    }

    /// Goes through the full index and then the removed rows, and keys for a near index. Returns where to go on, or
    /// `None` at the end.
    fn pick(&self, near: &mut PendingNearIndex, first: usize, store: &Store, most: usize) -> Option<usize> {
        let full = self.full.as_ref()?;
        let end = full.len() + self.removed.len();
        if first == end {
            return None;
        }
        let mut keyed = 0;
        for next in first..end.min(first + NEAR * most) {
            let row = match next.checked_sub(full.len()) {
                Some(index) => self.removed[index],
                None if full.is_upto(next, self.horizon) => next as u32,
                None => continue,
            };
            near.add(store, row);
            keyed += 1;
            if keyed == most {
                return Some(next + 1);
            }
        }
        Some(end.min(first + NEAR * most))
    }

    /// Returns how many rows are candidates.
    pub fn effort(&self, store: &Store, units: &Units) -> usize {
        self.scope(store, units).rows
    }

    fn scope(&self, store: &Store, units: &Units) -> Scope<'_> {
        let all_rows = Scope { candidates: Candidates::All, rows: store.len() };
        let Some(full) = &self.full else { return all_rows };
        let upto = bin(full.span(units));
        let scope = match &self.near {
            Some(near) if upto <= self.horizon => {
                let upto = bin(near.span(units));
                Scope { candidates: Candidates::OfNearIndex(near, upto), rows: near.upto(upto) + self.dirty.len() }
            }
            _ => {
                let rows = full.upto(upto) + self.removed.len() + self.dirty.len();
                Scope { candidates: Candidates::OfFullIndex(full, upto), rows }
            }
        };
        if scope.rows > many(store) { all_rows } else { scope }
    }

    /// Returns whether it is time to refine. Rows that were at their lines at the last refinement would be candidates
    /// again, so they do not count.
    fn is_dull(&self, units: &Units) -> bool {
        let (Some(full), Some(near)) = (&self.full, &self.near) else { return false };
        let reached = near.upto(bin(near.span(units))) - near.upto(bin(0.0));
        reached + self.dirty.len() > full.len() / DULL + FEW
    }

    /// Returns whether it is time to build: the prices have come half the way to the horizon, or many rows have
    /// changed.
    fn is_worn(&self, units: &Units) -> bool {
        let Some(full) = &self.full else { return false };
        let changed = self.removed.len() + self.dirty.len();
        bin(2.0 * full.span(units)) > self.horizon || changed > full.len() / WORN + FEW
    }

    /// Returns the rows that core might find below their lines, in order, and those whose price is too old for core to
    /// decide. It misses none: the result is that of [`Tick::filter`].
    pub fn filter(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let units = tick.units();
        let mut rows = Vec::new();
        match self.scope(store, units).candidates {
            Candidates::All => return tick.filter(store),
            Candidates::OfNearIndex(near, upto) => near.find(store, units, upto, &mut rows),
            Candidates::OfFullIndex(full, upto) => {
                full.find(store, units, upto, &mut rows);
                rows.extend(&self.removed);
            }
        }
        rows.extend(&self.dirty);
        rows.sort_unstable();
        rows.dedup();
        // A replica may be out of date. Its row is then dirty, and the store decides.
        rows.retain(|row| is_below(store, units, *row));
        rows
    }

    /// Returns the rows below their lines, in order: those of [`Tick::scan`].
    pub fn below(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let mut rows = self.filter(store, tick);
        rows.retain(|row| tick.is_below(store, *row) == Ok(true));
        rows
    }
}
