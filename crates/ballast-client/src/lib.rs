//! The Rust client of Ballast.
//!
//! Reading order: [`addresses`], [`refusal`] (why a transaction failed, in words), [`accounts`] (decodes them),
//! [`chain`] (what the client asks a node), [`instructions`] (one builder each), [`snapshot`] (reads a whole market),
//! [`transaction`] (what is signed) and, with the feature `rpc`, `send`.
//!
//! `examples/market.rs` reads a market, and `examples/borrow.rs` takes a loan. Both run on the node of `cargo xtask
//! localnet`.
//!
//! This crate does not compute what an instruction would do. Ask `ballast_core::op`, which the program itself calls.

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
pub use instructions::{Asset, ChangeTarget, ObligationAccounts, TokenWallet};
pub use refusal::TransactionRefusal;
pub use snapshot::Snapshot;
