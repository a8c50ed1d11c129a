//! The pure half of the keeper: accounts go in, signed transactions and notices come out. It has no clock, no socket
//! and no random numbers; the daemon around it talks to the world.
//!
//! Reading order:
//!
//! 1. the interface: [`event`] is what goes in and comes out, [`engine`] the state between, [`setup`] what the operator
//!    decides, [`status`] what the engine reports about itself, [`recording`] a file of events to replay;
//! 2. observe: [`decode`] reads accounts as [`tracked`] values, [`market`] takes them in, [`history`] handles late
//!    updates and forks, [`store`] holds the obligations in [`columns`], and [`snapshot`] writes them to a file;
//! 3. find candidates: [`units`] and [`tick`] price the market at a moment and scan all of it, [`trigger`] looks only
//!    at obligations that the prices can have reached;
//! 4. plan: [`plan`](mod@plan) sizes each [`pair`] with core as the program would, within the [`policy`]; [`skip`] says
//!    why it does nothing; [`inventory`] is what the keeper can spend;
//! 5. act: [`target`] decides whether the keeper may send, however the last attempt ended, [`fee`] what a place in a
//!    block is worth, [`compute`] what a transaction asks for, [`transaction`] signs; [`watch`] knows who gets notices,
//!    and [`score`] who was faster.
//!
//! Units and index only filter. The operations of `ballast-core` that the program runs decide about every obligation
//! that is left, so a decision is exactly the program's own.
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
//! Left out on purpose: flags for lines crossed upward, which earn a keeper nothing; liquidations of obligations
//! without collateral, which only book a loss; the sale of tokens that an inventory has seized.
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
