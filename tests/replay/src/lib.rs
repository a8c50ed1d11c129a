//! Recorded crashes through rules of liquidation, for `cargo xtask bench liquidation`.
//!
//! [`crash`] reads the bars, [`path`] fills them with a price every four seconds, and [`market`] turns these into what
//! core sees. [`borrower`] draws the borrowers, [`rules`] says what a liquidation may take, [`liquidator`] when one
//! pays, and [`replay`] runs all of it. [`tally`] adds up and prints. docs/decisions/0010-liquidation-replay.md has the
//! figures and what they cannot say.
#![forbid(unsafe_code)]

pub mod borrower;
pub mod crash;
pub mod dice;
pub mod liquidator;
pub mod market;
pub mod path;
pub mod replay;
pub mod rules;
pub mod scenario;
pub mod tally;
