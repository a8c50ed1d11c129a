//! One file per instruction, named as it. Each is written in four beats: load, decide and record (one call into core), move, tell.

pub mod borrow;
pub mod config_init;
pub mod deposit;
pub mod liquidate;
pub mod obligation_close;
pub mod obligation_open;
pub mod refresh;
pub mod repay;
pub mod reserve_init;
pub mod withdraw;

// Anchor's `#[program]` looks for the accounts structs and what it derives beside them at one level.
pub use borrow::*;
pub use config_init::*;
pub use deposit::*;
pub use liquidate::*;
pub use obligation_close::*;
pub use obligation_open::*;
pub use refresh::*;
pub use repay::*;
pub use reserve_init::*;
pub use withdraw::*;
