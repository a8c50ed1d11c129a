//! The keeper's pure heart: observe, plan, act, without the network around it. Nothing here knows Solana, a clock or a socket.
//!
//! Reading order:
//!
//! 1. observe: [`market`] takes updates of accounts in, [`history`] makes their order and their forks not matter, [`store`] holds the
//!    obligations and [`snapshot`] writes them to a file;
//! 2. whom to look at: [`units`] and [`tick`] price the market at a moment and scan all of it, [`trigger`] looks only at those whom the
//!    prices can have reached;
//! 3. plan: [`plan`] sizes with core what the program would do, and says of everybody else why not;
//! 4. act: [`target`] decides who may be sent for, whatever became of the last attempt.
//!
//! Whatever the units and the index leave over is decided by the operations of `ballast-core` that the program runs, so a decision is
//! the program's own, to the bit.
#![forbid(unsafe_code)]

pub mod history;
pub mod market;
pub mod plan;
pub mod snapshot;
pub mod store;
pub mod target;
pub mod tick;
pub mod trigger;
pub mod units;
