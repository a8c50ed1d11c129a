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
//! all in the units. Those with keys up to the span are the candidates; the units of the moment decide on each, then core. Exact for one
//! collateral and one debt, cautious for more.
//!
//! Two levels, because everybody's drift since long ago spans much: the level of all rows, built rarely, names those within a horizon,
//! and the near level of these alone, refined every few slots, names whom to look at.
//!
//! A level is keyed a slice at a time, so that no price waits for more than a slice, and by the units of the moment when it was begun.
//! Whether a row that changes meanwhile is keyed as it was or as it is does not matter: like whoever comes or goes it is among the
//! changed, and those are looked at every time until a level has been begun after their change. The old levels serve until then.

mod level;

use crate::store::Store;
use crate::tick::Tick;
use crate::units::Units;
use level::{All, Bin, Near, PendingAll, PendingNear, Unordered, bin, is_below};

/// Rows that one call of [`Trigger::tend`] keys: a fraction of a millisecond.
pub const SLICE: usize = 1_024;
/// This part of the rows that a step would look at is keyed at once where it is more: such a step takes longer than that, and where events
/// leave no moment between them, a slice after each would be the next thousand like it.
const PROPORTION: usize = 64;
/// So many are put in order in the time that one is keyed in.
const ORDERED: usize = 8;
/// The near level holds 1 / 16 of all rows at most, and those that have changed; but whoever is within a percent of his line in any case,
/// or where that many are, any move would wear the index.
const NEAR: usize = 16;
const LEAST_HORIZON: f64 = 0.01;
/// So many changed rows, 1 / 64 of all, are too many.
const WORN: usize = 64;
/// It is worth refining the near level when more than 1 / 2,048 of all rows would have to be looked at that need not be.
const DULL: usize = 2_048;
/// Of a small market.
const FEW: usize = 32;

/// More than this, a quarter of all, are not looked at one after the other: a scan looks at everybody on all cores.
fn many(store: &Store) -> usize {
    store.len() / 4 + 4_096
}

/// Without a level, everybody is looked at.
#[derive(Default)]
pub struct Trigger {
    all: Option<All>,
    near: Option<Near>,
    /// Up to this bin of the level of all, none but the rows of the near level and the loose can be below their lines.
    horizon: Bin,
    /// Changed since the level of all was begun, and taken out of it: they are in the near level or still loose.
    touched: Vec<u32>,
    /// Changed since the near level was begun: looked at every time.
    loose: Vec<u32>,
    pending: Option<Pending>,
    /// Levels of all, and near levels, that have been finished.
    pub builds: u64,
    pub refines: u64,
}

/// A level on its way. So many of the loose had changed before it was begun.
enum Pending {
    All { level: PendingAll, known: usize },
    Near { level: PendingNear, known: usize, next: usize },
    Unordered { level: Unordered, known: usize },
}

/// Whom to look at beside the loose.
enum Whom<'a> {
    Everybody,
    UpToOfAll(&'a All, Bin),
    UpToOfNear(&'a Near, Bin),
}

struct Look<'a> {
    whom: Whom<'a>,
    /// How many they are with the loose.
    rows: usize,
}

impl Trigger {
    /// A row has changed.
    pub fn touch(&mut self, row: u32) {
        if self.all.is_some() || self.pending.is_some() {
            self.loose.push(row);
        }
    }

    /// Keeps the index sharp: keys so many rows at most, more where many are looked at, or begins a level where it is time to; false: there
    /// was nothing to do. Changes nothing about who is found. Whatever has changed must have been touched.
    pub fn tend(&mut self, store: &Store, tick: &Tick, most: usize) -> bool {
        let units = tick.units();
        let most = most.max(self.effort(store, units) / PROPORTION);
        if self.loose.len() > many(store) {
            // Everything is being loaded: what is known of so few is not worth its memory.
            *self = Self { builds: self.builds, refines: self.refines, ..Self::default() };
        }
        if let Some(pending) = self.pending.take() {
            self.go_on(pending, store, most);
        } else if let Some(near) = self.near.as_mut().filter(|near| !near.is_replicated()) {
            near.replicate(store, most);
        } else if self.all.is_some() && (self.near.is_none() || !self.is_worn(units) && self.is_dull(units)) {
            self.refine(tick);
        } else if self.all.is_none() || self.is_worn(units) {
            self.build(store, tick);
        } else {
            return false;
        }
        true
    }

    /// Begins a level of all. When it is finished it takes the place of both levels.
    pub fn build(&mut self, store: &Store, tick: &Tick) {
        self.pending = Some(Pending::All { level: PendingAll::new(store, tick.units()), known: self.loose.len() });
    }

    /// Begins a near level, of whoever is within the horizon or has changed: a fraction of the work of [`Trigger::build`].
    pub fn refine(&mut self, tick: &Tick) {
        let Some(all) = &mut self.all else { return };
        self.touched.extend(self.loose.iter().filter(|row| all.take_out(**row)));
        let level = PendingNear::new(tick.units());
        self.pending = Some(Pending::Near { level, known: self.loose.len(), next: 0 });
    }

    fn go_on(&mut self, pending: Pending, store: &Store, most: usize) {
        match pending {
            Pending::All { level, known } if level.is_done() => {
                let all = level.finish();
                self.horizon = all.last_of(all.len() / NEAR).max(bin(LEAST_HORIZON));
                (self.all, self.near) = (Some(all), None);
                self.touched.clear();
                self.loose.drain(..known);
                self.builds += 1;
            }
            Pending::All { mut level, known } => {
                level.go_on(store, most);
                self.pending = Some(Pending::All { level, known });
            }
            Pending::Near { mut level, known, next } => {
                self.pending = Some(match self.pick(&mut level, next, store, most) {
                    Some(next) => Pending::Near { level, known, next },
                    None => Pending::Unordered { level: level.finish(), known },
                });
            }
            Pending::Unordered { level, known } if level.is_done() => {
                self.near = Some(level.finish());
                self.loose.drain(..known);
                self.refines += 1;
            }
            Pending::Unordered { mut level, known } => {
                level.go_on(ORDERED * most);
                self.pending = Some(Pending::Unordered { level, known });
            }
        }
    }

    /// Goes through the level of all and then the touched, and keys for a near level. Where to go on; none at the end.
    fn pick(&self, near: &mut PendingNear, first: usize, store: &Store, most: usize) -> Option<usize> {
        let all = self.all.as_ref()?;
        let end = all.len() + self.touched.len();
        if first == end {
            return None;
        }
        let mut keyed = 0;
        for next in first..end.min(first + NEAR * most) {
            let row = match next.checked_sub(all.len()) {
                Some(index) => self.touched[index],
                None if all.is_upto(next, self.horizon) => next as u32,
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

    /// How many rows would be looked at.
    pub fn effort(&self, store: &Store, units: &Units) -> usize {
        self.look(store, units).rows
    }

    fn look(&self, store: &Store, units: &Units) -> Look<'_> {
        let everybody = Look { whom: Whom::Everybody, rows: store.len() };
        let Some(all) = &self.all else { return everybody };
        let upto = bin(all.span(units));
        let look = match &self.near {
            Some(near) if upto <= self.horizon => {
                let upto = bin(near.span(units));
                Look { whom: Whom::UpToOfNear(near, upto), rows: near.upto(upto) + self.loose.len() }
            }
            _ => {
                let rows = all.upto(upto) + self.touched.len() + self.loose.len();
                Look { whom: Whom::UpToOfAll(all, upto), rows }
            }
        };
        if look.rows > many(store) { everybody } else { look }
    }

    /// Whether it is time to refine. Whoever was close to his line already when that was done last would be again.
    fn is_dull(&self, units: &Units) -> bool {
        let (Some(all), Some(near)) = (&self.all, &self.near) else { return false };
        let reached = near.upto(bin(near.span(units))) - near.upto(bin(0.0));
        reached + self.loose.len() > all.len() / DULL + FEW
    }

    /// Whether it is time to build: the prices have come half the way to the horizon, or many rows have changed.
    fn is_worn(&self, units: &Units) -> bool {
        let Some(all) = &self.all else { return false };
        let changed = self.touched.len() + self.loose.len();
        bin(2.0 * all.span(units)) > self.horizon || changed > all.len() / WORN + FEW
    }

    /// The rows that core might find below their lines, in order, and those whose price is too old for it to say: all of them, as
    /// [`Tick::filter`].
    pub fn filter(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let units = tick.units();
        let mut rows = Vec::new();
        match self.look(store, units).whom {
            Whom::Everybody => return tick.filter(store),
            Whom::UpToOfNear(near, upto) => near.look(store, units, upto, &mut rows),
            Whom::UpToOfAll(all, upto) => {
                all.look(store, units, upto, &mut rows);
                rows.extend(&self.touched);
            }
        }
        rows.extend(&self.loose);
        rows.sort_unstable();
        rows.dedup();
        // A replica may be out of date; its row is then among the loose, and what the store has decides.
        rows.retain(|row| is_below(store, units, *row));
        rows
    }

    /// The rows below their lines, in order: those of [`Tick::scan`].
    pub fn below(&self, store: &Store, tick: &Tick) -> Vec<u32> {
        let mut rows = self.filter(store, tick);
        rows.retain(|row| tick.is_below(store, *row) == Ok(true));
        rows
    }
}
