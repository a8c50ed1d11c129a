//! One account per file: Solana's own fields around the structs of core. Every account begins with a version byte, and
//! the program refuses versions that it does not know. `reserved` is zero and leaves room for later versions.

mod change;
mod config;
mod obligation;
mod reserve;
mod stored;

pub use change::Change;
pub use config::{Config, MarketSettings};
pub use obligation::{Actor, Obligation};
pub use reserve::{PriceSource, Reserve};
pub use stored::Stored;

/// The layout that this program writes and reads.
pub const VERSION: u8 = 1;
