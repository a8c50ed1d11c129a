//! The keeper's heart against plain models of it.

mod history;
mod plan;
mod snapshot;
mod target;
mod trigger;
mod units;
mod world;
