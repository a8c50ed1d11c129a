//! Compares the program's price parser with Pyth's SDKs. Fixtures and encoder are in `src/`.

mod addresses;
mod admission;
mod encoding;
mod legacy;
mod loading;
mod mutations;
mod real_accounts;
mod refusals;
