//! The protocol as pure functions: no Solana, no Anchor, no clock, no log, no allocation.
//!
//! Reading order: [`units`] (a type per quantity) and [`math`], then what a reserve knows ([`curve`], [`ledger`], [`risk`], [`limits`],
//! [`volatility`], [`pause`], [`settings`], [`pool`]), what it is worth ([`price`], [`unit_value`], [`quote`]), what a borrower has ([`positions`], [`health`], [`call`]), how a
//! borrower is closed out ([`liquidation`]), and last [`op`]: one state transition per instruction. Program, keeper, command line,
//! risk engine and fuzzer call the same operations; docs/MODEL.md explains the maths and docs/INVARIANTS.md what always holds.
#![cfg_attr(not(any(test, feature = "idl-build")), no_std)]
#![forbid(unsafe_code)]

pub mod call;
pub mod curve;
pub mod health;
pub mod ledger;
pub mod limits;
pub mod liquidation;
pub mod math;
pub mod notice;
pub mod op;
pub mod pause;
pub mod pool;
pub mod positions;
pub mod preview;
pub mod price;
pub mod quote;
pub mod refusal;
pub mod risk;
pub mod settings;
pub mod terms;
pub mod unit_value;
pub mod units;
pub mod volatility;

pub use refusal::{Refusal, Result};
