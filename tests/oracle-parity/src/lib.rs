//! What the tests of `it/` hold `ballast::oracle` against: Pyth's SDKs, an encoder of our own, and accounts of mainnet.
//! Host only: both SDKs bring older generations of the Solana crates, which nothing else of the workspace compiles.

pub mod fixtures;
pub mod random;
pub mod update;
pub mod view;
