//! Compares the parts of the keeper with plain models. The engine on the compiled program is in tests/keeper of the
//! workspace.

mod fee;
mod history;
mod live;
mod plan;
mod score;
mod snapshot;
mod target;
mod trigger;
mod units;
mod watch;
mod world;
