//! A stateful random campaign against the compiled program, in lock-step with core. `cargo xtask fuzz` runs it.
//!
//! [`campaign`] is one world with one seed. Every action is chosen by [`actions`] (or by the [`attacker`]), done
//! natively by [`lockstep`] and on the chain by [`fuzz_action`], compared byte by byte ([`state`]), judged by
//! [`invariants`], searched for a liquidation that something blocks ([`liveness`]) and shown to the [`replay`], which
//! knows nothing but events.

pub mod actions;
pub mod arena;
pub mod attacker;
pub mod campaign;
pub mod changes;
pub mod fuzz_action;
pub mod invariants;
pub mod liveness;
pub mod lockstep;
pub mod replay;
pub mod state;
