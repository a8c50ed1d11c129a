//! Compares the bank that Solana's validators run with the World, on which all other tests run.
//!
//! The World is LiteSVM, a shortcut past the validator's bank, and only as good as that shortcut. Here both get the
//! same transactions ([`twins::Twins`], through the trait [`chain::Chain`]), and each must have the same result, the
//! same logs and the same accounts. So what tests prove on the World is true on the bank too.

pub mod bank;
pub mod cast;
pub mod chain;
pub mod twins;

pub use bank::Bank;
pub use cast::Cast;
pub use chain::Chain;
pub use twins::Twins;
