//! A market that lives through a crash, on the compiled program, in an embedded Solana VM.
//!
//! Reading order: [`scenario`] (who takes part), [`path`] (what prices do), [`stage`] (the market opens) and [`run`]
//! (the loop: publish, watch, liquidate). [`valuation`] reads health and values from the client's snapshot, and the
//! keeper's planner decides about liquidations. [`proof`] compares the books with the token accounts. [`live`] and
//! [`report`] show it all to a reader.

pub mod chain;
pub mod costs;
pub mod figures;
pub mod live;
pub mod moment;
pub mod path;
pub mod proof;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stage;
pub mod valuation;
pub mod watch;
