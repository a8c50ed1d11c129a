//! The properties of the protocol's core, held against an exact model in rational numbers. One module per module of the
//! core.
//!
//! Every run draws the same cases, so that the gate never flickers. To search further, choose how many and which:
//! `PROPTEST_CASES=10000 PROPTEST_RNG_SEED=7 cargo test -p ballast-core`. The laws of liquidation search scenes by their
//! seeds, and `BALLAST_LIVENESS_STATES` says how many.

mod auction;
mod borrow;
mod call;
mod change_cancel;
mod change_execute;
mod curve;
mod deposit;
mod examples;
mod fairness;
mod fees_collect;
mod flag;
mod flash_borrow;
mod flash_repay;
mod health;
mod insurance_fund;
mod interest;
mod ledger;
mod limits;
mod liquidate;
mod liquidation;
mod liveness;
mod loops;
mod market;
mod math;
mod model;
mod no_harm;
mod notice;
mod obligation_settings;
mod one_print;
mod outflow;
mod pause;
mod pool;
mod positions;
mod preview;
mod price;
mod refresh;
mod repay;
mod reserve_tighten;
mod risk;
mod scene;
mod settings;
mod unit_value;
mod volatility;
mod voucher_burn;
mod voucher_mint;
mod withdraw;
mod world;
