//! The keeper's heart against plain models of it.

mod history;
mod live;
mod plan;
mod snapshot;
mod target;
mod trigger;
mod units;
mod world;
