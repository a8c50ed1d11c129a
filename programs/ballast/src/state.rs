//! One account each: Solana-only fields around the structs of core. All begin with a version byte; a program refuses a version that
//! it does not know. `reserved` is zero and leaves room for what later versions add.

mod change;
mod config;
mod obligation;
mod reserve;
mod stored;

pub use change::Change;
pub use config::{Config, MarketSettings};
pub use obligation::{Actor, Obligation, Right};
pub use reserve::{PriceSource, Reserve};
pub use stored::Stored;

/// The layout that this program writes and reads.
pub const VERSION: u8 = 1;
