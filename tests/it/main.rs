//! Tests of the compiled program: one file per instruction, then properties that several instructions share.

mod change_cancel;
mod change_execute;
mod change_propose;
mod config_accept;
mod config_init;
mod config_update;
mod fees_collect;
mod insurance_fund;
mod pause;
mod reserve_init;
mod reserve_tighten;

mod obligation_close;
mod obligation_open;
mod obligation_settings;

mod assert_health;
mod assert_price;
mod borrow;
mod deposit;
mod flag;
mod flash_borrow;
mod flash_repay;
mod liquidate;
mod readme;
mod refresh;
mod repay;
mod voucher_burn;
mod voucher_mint;
mod withdraw;

mod client;
mod conservation;
mod drift;
mod known;
mod limits;
mod margin;
mod notice;
mod oracle;
mod overflow;
mod remaining;
mod substitution;
mod tokens;
mod transaction;

mod binary;
mod cu;
mod stage;

mod admin;
mod interface;
mod scene;
mod verdict;
