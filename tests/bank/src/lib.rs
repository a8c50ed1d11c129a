//! The compiled program on the bank that Solana's validators run, held against the World that all other tests run on.
//!
//! The World is LiteSVM: a shortcut past the validator's bank, and so only as good as that shortcut. Here one story is told to both at
//! once ([`twins::Twins`], through the trait [`chain::Chain`]) and every transaction must have the same result, the same logs and the
//! same accounts. What the World's tests prove is then true of the bank, too.

pub mod bank;
pub mod cast;
pub mod chain;
pub mod twins;

pub use bank::Bank;
pub use cast::Cast;
pub use chain::Chain;
pub use twins::Twins;
