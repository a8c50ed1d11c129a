//! Recorded prices: a CSV file with a header and one row per time and symbol.
//!
//! ```text
//! time,symbol,price,confidence
//! 1760130900,BTC,112137.6,
//! 1760130900,SOL,185.16,0.31
//! ```
//!
//! Price and confidence are in USD; an empty confidence is that of a calm feed. The columns may stand in any order, and
//! `confidence` may be left out. The caller says which symbols and which times it accepts. The bars of an
//! exchange have a reader of their own, [`bar`].

pub mod bar;
pub mod error;
pub mod recording;
pub mod spot;
