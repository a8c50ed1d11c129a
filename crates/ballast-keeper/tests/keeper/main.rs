//! The keeper's heart against plain models of it, and the engine on the compiled program.

mod chain;
mod compute;
mod drill;
mod history;
mod live;
mod plan;
mod snapshot;
mod stream;
mod target;
mod trigger;
mod units;
mod world;
