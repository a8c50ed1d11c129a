//! `cargo xtask localnet`: a Solana node on this machine, with Ballast deployed, a market listed and prices that move.
//!
//! Reading order: [`keys`] (who is there), [`genesis`] (what exists before the market), [`listing`] (the market, through the program's
//! own instructions), [`crowd`] (who has borrowed), [`prices`] (what the oracle says), [`orders`] (what somebody wants it to say),
//! [`swaps`] and [`router`] (where a liquidator sells), [`publish`] (the loop), with [`node`] as the chain and [`state`] as what is left in the folder.
//! [`instructions`] alone knows how instructions are built.

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
