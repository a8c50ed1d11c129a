//! The keeper, pure: accounts' bytes in, signed transactions and notices out. No clock, no socket, no dice; what talks to the world is
//! the daemon around it.
//!
//! Reading order:
//!
//! 1. the seam: [`event`] is what goes in and comes out, [`engine`] the state between, [`setup`] what its owner decides, [`status`] what
//!    it says about itself, [`recording`] a file of what went in, to be replayed;
//! 2. observe: [`decode`] reads accounts, [`market`] takes them in, [`history`] makes their order and their forks not matter, [`store`]
//!    holds the obligations in [`columns`] and [`snapshot`] writes them to a file;
//! 3. whom to look at: [`units`] and [`tick`] price the market at a moment and scan all of it, [`trigger`] looks only at those whom the
//!    prices can have reached;
//! 4. plan: [`plan`] sizes with core what the program would do, and says of everybody else why not; [`inventory`] is what there is to
//!    spend;
//! 5. act: [`target`] decides who may be sent for, whatever became of the last attempt, [`fee`] what a place in a block is worth,
//!    [`compute`] what a transaction asks for, [`transaction`] signs; [`watch`] knows who is to be told, and [`score`] who was faster.
//!
//! Whatever the units and the index leave over is decided by the operations of `ballast-core` that the program runs, so a decision is
//! the program's own, to the bit.
//!
//! ```
//! use ballast_keeper::engine::Engine;
//! use ballast_keeper::event::KeeperEvent;
//! use ballast_keeper::setup::Setup;
//!
//! let setup = Setup::new("BaLLast1111111111111111111111111111111111111".to_owned());
//! let mut engine = Engine::new(setup, [7; 32])?;
//! let actions = engine.step(&[KeeperEvent::Loading { slot: 1 }, KeeperEvent::Loaded]);
//! engine.tend();
//! assert!(actions.is_empty() && engine.status().is_loaded);
//! # Ok::<(), ballast_keeper::setup::SetupError>(())
//! ```
//!
//! Left out on purpose: flags for lines crossed upwards, of which a keeper has nothing; liquidations of obligations without collateral,
//! which only book a loss; selling what an inventory has seized.
#![forbid(unsafe_code)]

pub mod columns;
pub mod compute;
pub mod decode;
pub mod engine;
pub mod event;
pub mod fee;
pub mod history;
pub mod inventory;
pub mod market;
pub mod pair;
pub mod plan;
pub mod policy;
pub mod recording;
pub mod score;
pub mod setup;
pub mod skip;
pub mod snapshot;
pub mod status;
pub mod store;
pub mod target;
pub mod tick;
pub mod tracked;
pub mod transaction;
pub mod trigger;
pub mod units;
pub mod watch;
