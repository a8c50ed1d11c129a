//! What the tests of `it/` compare `ballast::oracle` with: Pyth's SDKs, an independent encoder, and accounts of
//! mainnet. Host only: both SDKs depend on older Solana crates, which nothing else in the workspace compiles.

pub mod fixtures;
pub mod random;
pub mod update;
pub mod view;
