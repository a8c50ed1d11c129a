//! The keeper as a daemon: everything around the pure engine of `ballast-keeper` that has a socket, a clock or a disk.
//!
//! Reading order: [`config`]; [`source`], where events come from, over a [`node`]; [`daemon`], the loop that hands them
//! to the engine and acts; [`journal`], [`sink`], [`in_flight`] and [`outcomes`], the path of a transaction;
//! [`blockspace`], what landing one costs; [`router`], where seized tokens are sold; [`recorded`], the engine with
//! its recorder, and replays; [`alerts`], [`metrics`], [`health`] and [`http`], what the daemon reports; [`run`], which
//! puts it together.
#![forbid(unsafe_code)]

pub mod alerts;
pub mod backoff;
pub mod blockspace;
pub mod config;
pub mod daemon;
pub mod endpoint;
pub mod health;
pub mod http;
pub mod in_flight;
pub mod journal;
pub mod metrics;
pub mod node;
pub mod outcomes;
pub mod recorded;
pub mod router;
pub mod run;
pub mod sink;
pub mod source;
