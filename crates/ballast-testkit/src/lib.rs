//! The World: Ballast's compiled program in an embedded Solana VM, with real token mints and Pyth accounts in the real layout.
//!
//! [`world::World`] is the chain, [`market::Market`] a listed market on it, [`user::User`] somebody with a wallet, [`stage`] the other
//! programs, [`chain`] the World as the client's chain. What a market's
//! authority does is in [`governance`], what it must not do in [`nonce`]; what users do beside lending and borrowing, in [`vouchers`], [`flash`] and [`lookout`].
//! Everything is deterministic: the n-th key of a world is the same in every run, so compute units can be compared exactly.

pub mod audit;
pub mod chain;
pub mod dice;
pub mod flash;
pub mod governance;
pub mod lookout;
pub mod market;
pub mod nonce;
pub mod pyth;
pub mod receipt;
pub mod stage;
pub mod token_2022;
pub mod user;
pub mod vouchers;
pub mod world;

pub use governance::ChangeTarget;
pub use market::{Asset, Listing, Market};
pub use receipt::{Failure, Receipt};
pub use user::User;
pub use world::World;
