//! The keeper's engine on the compiled program.

mod chain;
mod compute;
mod drill;
mod money;
mod stream;
