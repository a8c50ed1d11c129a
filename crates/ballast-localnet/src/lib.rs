//! `cargo xtask localnet`: a Solana node on this machine, with Ballast deployed, a market listed and prices that move.
//!
//! Reading order: [`keys`] and [`wallets`] (who has what), [`genesis`] (what exists before the market), [`listing`]
//! (the market, created by the program's own instructions), [`crowd`] (the borrowers), [`prices`] (what the oracle
//! publishes), [`orders`] (prices on demand), [`swaps`] and [`router`] (where a liquidator sells) and [`publish`] (the
//! loop). [`node`] is the chain, [`state`] the folder that other programs read. Only [`instructions`] builds
//! instructions.

pub mod crowd;
pub mod genesis;
pub mod instructions;
pub mod keys;
pub mod listing;
pub mod node;
pub mod orders;
pub mod prices;
pub mod publish;
pub mod router;
pub mod state;
pub mod swaps;
pub mod wallets;
