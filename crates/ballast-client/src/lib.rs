//! The Rust client of Ballast.
//!
//! Reading order: [`addresses`] (where things stand), [`accounts`] (bytes to state), [`snapshot`] (a whole market, over a
//! [`chain::Chain`]), [`instructions`] (one builder each, the only code that knows which accounts they take), [`transaction`] (what is
//! signed), `send` (to a node, with the feature `rpc`) and [`refusal`] (why it failed, in words).
//!
//! `examples/market.rs` reads a market and `examples/borrow.rs` takes a loan, both on the node of `cargo xtask localnet`.
//!
//! What an instruction would do is not computed here: `ballast_core::op` computes it for the program and for whoever asks.

pub mod accounts;
pub mod addresses;
pub mod chain;
pub mod instructions;
pub mod refusal;
#[cfg(feature = "rpc")]
mod rpc;
#[cfg(feature = "rpc")]
pub mod send;
pub mod snapshot;
pub mod transaction;

pub use accounts::Found;
pub use chain::Chain;
pub use instructions::{Asset, Borrower, Target, Wallet};
pub use refusal::Refusal;
pub use snapshot::Snapshot;
