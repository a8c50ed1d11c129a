//! One file per instruction, with its name. Each has four steps: load the accounts, decide and record (one call into
//! core), move the tokens, emit the event.

pub mod assert_health;
pub mod assert_price;
pub mod borrow;
pub mod change_cancel;
pub mod change_execute;
pub mod change_propose;
pub mod config_accept;
pub mod config_init;
pub mod config_update;
pub mod deposit;
pub mod fees_collect;
pub mod flag;
pub mod flash_borrow;
pub mod flash_repay;
pub mod insurance_fund;
pub mod liquidate;
pub mod obligation_close;
pub mod obligation_open;
pub mod obligation_settings;
pub mod pause;
pub mod refresh;
pub mod repay;
pub mod reserve_init;
pub mod reserve_tighten;
pub mod voucher_burn;
pub mod voucher_mint;
pub mod withdraw;

// Anchor's `#[program]` looks for the accounts structs, and for what it derives from them, in one module.
pub use assert_health::*;
pub use assert_price::*;
pub use change_cancel::*;
pub use change_execute::*;
pub use change_propose::*;
pub use config_accept::*;
pub use config_init::*;
pub use config_update::*;
pub use fees_collect::*;
pub use flag::*;
pub use flash_borrow::*;
pub use liquidate::*;
pub use obligation_close::*;
pub use obligation_open::*;
pub use obligation_settings::*;
pub use refresh::*;
pub use repay::*;
pub use reserve_init::*;
