//! The name of an asset for people: 1 to 8 characters of ASCII, padded with zeros. docs/MODEL.md, "reserve_init".

use crate::error::BallastError;
use anchor_lang::prelude::*;

pub type Symbol = [u8; 8];

/// Pads a text; `None` if no reserve may have this symbol.
pub fn symbol(text: &str) -> Option<Symbol> {
    let mut symbol = [0; 8];
    symbol.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    check_symbol(&symbol).is_ok().then_some(symbol)
}

/// The text of a symbol that [`check_symbol`] has accepted.
pub fn symbol_text(symbol: &Symbol) -> &str {
    let text = symbol.split(|byte| *byte == 0).next().unwrap_or_default();
    core::str::from_utf8(text).unwrap_or_default()
}

/// Refuses an empty symbol, a character other than a letter, a digit or one of `+-._`, and anything after a zero: so
/// that no two symbols look alike by what cannot be seen.
pub fn check_symbol(symbol: &Symbol) -> Result<()> {
    let len = symbol.iter().position(|byte| *byte == 0).unwrap_or(symbol.len());
    let (text, padding) = symbol.split_at(len);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._".contains(byte);
    let is_sound = len > 0 && text.iter().all(is_plain) && padding.iter().all(|byte| *byte == 0);
    require!(is_sound, BallastError::InvalidSymbol);
    Ok(())
}
