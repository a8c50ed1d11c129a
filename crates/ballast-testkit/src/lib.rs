//! A market in an embedded Solana VM: Ballast's compiled program, with real token mints and with Pyth accounts in the
//! real layout. Tests, the demo and the localnet stand on it.
//!
//! [`world::World`] is the chain, [`market::Market`] a listed market on it, [`user::User`] a person with a wallet.
//! [`stage`] has the other programs, and [`chain`] makes the World the client's chain. [`governance`] has what a
//! market's authority does, [`nonce`] transactions that somebody signs early. [`vouchers`], [`flash`] and [`lookout`]
//! have what users do besides lending and borrowing. [`ports`] finds ports for servers.
//!
//! Everything but ports is deterministic: the n-th key of a world is the same in every run, so tests compare compute
//! units exactly.

pub mod audit;
pub mod chain;
pub mod dice;
pub mod flash;
pub mod governance;
pub mod issuer;
pub mod lookout;
pub mod market;
pub mod nonce;
pub mod ports;
pub mod programs;
pub mod pyth;
pub mod receipt;
pub mod stage;
pub mod token_2022;
pub mod user;
pub mod vouchers;
pub mod world;

pub use ballast_client::ChangeTarget;
pub use market::{ListedAsset, Listing, Market};
pub use receipt::{Failure, Receipt};
pub use user::User;
pub use world::World;
