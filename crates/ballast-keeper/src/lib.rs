//! The keeper's pure heart: observe, plan, act, without the network around it. Nothing here knows Solana, a clock or a socket.
//!
//! Reading order:
//!
//! 1. observe: [`market`] takes updates of accounts in, [`history`] makes their order and their forks not matter, [`store`] holds the
//!    obligations in [`columns`] and [`snapshot`] writes them to a file;
//! 2. whom to look at: [`units`] and [`tick`] price the market at a moment and scan all of it, [`trigger`] looks only at those whom the
//!    prices can have reached;
//! 3. plan: [`plan`] sizes with core what the program would do, and says of everybody else why not;
//! 4. act: [`target`] decides who may be sent for, whatever became of the last attempt.
//!
//! Whatever the units and the index leave over is decided by the operations of `ballast-core` that the program runs, so a decision is
//! the program's own, to the bit.
//!
//! All of it in one slot:
//!
//! ```
//! use ballast_keeper::market::{Market, Update, UpdateError};
//! use ballast_keeper::plan::{Policy, Verdict, plan};
//! use ballast_keeper::target::Targets;
//! use ballast_keeper::{tick::Tick, trigger::Trigger};
//!
//! fn slot(
//!     (slot, now): (u64, i64),
//!     updates: &[Update],
//!     (market, trigger, targets): (&mut Market, &mut Trigger, &mut Targets),
//!     policy: &Policy,
//! ) -> Result<Vec<(u64, Verdict)>, UpdateError> {
//!     updates.iter().try_for_each(|update| market.apply(update))?;
//!     market.take_changed().into_iter().for_each(|row| trigger.touch(row));
//!     let tick = Tick::new(market, slot, now);
//!     let verdicts = plan(market, &tick, policy, &trigger.below(market.obligations(), &tick));
//!     let mut send = |verdict: Verdict| {
//!         verdict.decision.ok()?;
//!         Some((targets.send(&verdict.obligation, verdict.written, slot).ok()?, verdict))
//!     };
//!     Ok(verdicts.into_iter().filter_map(&mut send).collect())
//! }
//! ```
//!
//! Not here yet: whatever talks to the world (sources, signing, fees, sending, routes for what is seized), budgets over several
//! liquidations at once, and flags for lines crossed upwards, of which a keeper has nothing.
#![forbid(unsafe_code)]

mod act;
pub mod columns;
pub mod compute;
pub mod decode;
pub mod engine;
pub mod event;
pub mod fee;
pub mod history;
pub mod inventory;
pub mod market;
pub mod plan;
pub mod recording;
pub mod score;
pub mod setup;
pub mod snapshot;
pub mod status;
pub mod store;
pub mod target;
pub mod tick;
pub mod transaction;
pub mod trigger;
pub mod units;
pub mod wanted;
pub mod watch;
