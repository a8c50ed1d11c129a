//! A market that lives through a crash, on the compiled program, in an embedded Solana VM.
//!
//! Reading order: [`scenario`] (who is there), [`path`] (what prices do), [`run`] (the loop: publish, watch, liquidate), with
//! [`snapshot`] (accounts to health) and [`liquidator`] (snapshot to plan) as its eyes; [`proof`] holds the books against the token
//! accounts; [`live`] and [`report`] are what a reader sees.

pub mod chain;
pub mod costs;
pub mod figures;
pub mod liquidator;
pub mod live;
pub mod moment;
pub mod path;
pub mod proof;
pub mod report;
pub mod run;
pub mod scenario;
pub mod snapshot;
pub mod stage;
pub mod watch;
