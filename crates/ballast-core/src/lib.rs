//! The protocol as pure functions: no Solana, no Anchor, no clock, no log, no allocation.
//!
//! Modules stand in the order of ARCHITECTURE.md: first [`math`] and a type per quantity ([`units`]). Then what a
//! reserve knows ([`curve`], [`ledger`], [`risk`], [`limits`], [`volatility`], [`pause`], [`settings`], [`pool`]), what
//! it is worth ([`price`], [`unit_value`], [`quote`]), what a borrower has ([`positions`], [`health`], [`call`]) and
//! how a borrower is closed out ([`liquidation`]). Last comes [`op`], one state transition per instruction, and
//! [`preview`], which runs them on copies. Program, keeper, command line and fuzzer call the same operations.
//! docs/MODEL.md explains the maths and docs/INVARIANTS.md says what always holds.
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
