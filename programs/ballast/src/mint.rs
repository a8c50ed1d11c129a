//! Decides from a mint's bytes whether it may be listed; the only code that knows the powers of a token's issuer. It
//! judges a mint once. Afterwards the mint can change only in ways that the listing has accepted, that the books
//! tolerate (a fee, see `token.rs`) or that stop its transfers (a hook). docs/MODEL.md, "Tokens".
//!
//! `0 mint authority | 36 supply | 44 decimals | 45 initialized | 46 freeze authority | 82`, and in a Token-2022 mint
//! with extensions `82 zeros | 165 account type | 166 (type u16, length u16, value)*`. This file does not check that
//! the bytes are a mint at all: the token program does when it creates the vault.

use crate::error::BallastError;
use crate::token::{Mint, SPL_TOKEN, TOKEN_2022};
use anchor_lang::prelude::*;
use core::ops::Range;

// The issuer powers that a listing must accept by name, as bits of `accepted_powers`. A bit's number is the extension's
// type in Token-2022. Bit 0 belongs to no extension: it is the freeze authority, which mints of both programs can have.

/// The issuer can freeze accounts: a user's, or the vault.
pub const FREEZE_AUTHORITY: u64 = 1;
/// The issuer can set a fee on every transfer, of up to all of it.
pub const TRANSFER_FEE: u64 = 1 << 1;
/// The issuer can close the mint while there are no tokens, and create another at its address.
pub const MINT_CLOSE_AUTHORITY: u64 = 1 << 3;
/// Accounts, the vault too, start frozen until the issuer thaws them.
pub const DEFAULT_ACCOUNT_STATE: u64 = 1 << 6;
/// Wallets show the amount with interest; only atoms count here.
pub const INTEREST_BEARING: u64 = 1 << 10;
/// The issuer can take tokens from any account, the vault too.
pub const PERMANENT_DELEGATE: u64 = 1 << 12;
/// The issuer can have every transfer call a program, which can refuse it.
pub const TRANSFER_HOOK: u64 = 1 << 14;
/// Wallets show a multiple of the amount; only atoms count here.
pub const SCALED_UI_AMOUNT: u64 = 1 << 25;
/// The issuer can stop all transfers.
pub const PAUSABLE: u64 = 1 << 26;

const NAMEABLE: u64 =
    MINT_CLOSE_AUTHORITY | DEFAULT_ACCOUNT_STATE | INTEREST_BEARING | PERMANENT_DELEGATE | SCALED_UI_AMOUNT | PAUSABLE;

// Other extension types.
const FEE_CONFIG: u16 = 1;
const HOOK: u16 = 14;
/// Metadata, group and member, each as a pointer and as the data itself: descriptions without power.
const FREE: Range<u16> = 18..24;

/// The state of an account that is not frozen.
const INITIALIZED: u8 = 1;

const DECIMALS: usize = 44;
const EXTENSIONS: usize = 166;
/// A token account without extensions.
const TOKEN_ACCOUNT: usize = 165;

/// Refuses extensions that are unknown or cannot be listed, and powers that `accepted` does not name.
pub fn inspect(mint: &AccountView, accepted: u64) -> Result<Mint> {
    let program = [&SPL_TOKEN, &TOKEN_2022].into_iter().find(|program| mint.owned_by(program));
    let program = program.ok_or(BallastError::UnsupportedMint)?;
    let data = mint.try_borrow()?;
    let Some(&[decimals, _, freezable, ..]) = data.get(DECIMALS..) else {
        return Err(BallastError::UnsupportedMint.into());
    };
    if freezable != 0 {
        named(FREEZE_AUTHORITY, accepted)?;
    }
    let mut added = 0;
    let mut rest = data.get(EXTENSIONS..).unwrap_or_default();
    // Type 0 is space that no extension uses yet.
    while let [low, high, len_low, len_high, tail @ ..] = rest
        && [*low, *high] != [0; 2]
    {
        let len = usize::from(u16::from_le_bytes([*len_low, *len_high]));
        let (value, next) = tail.split_at_checked(len).ok_or(BallastError::UnsupportedMint)?;
        added += judge(u16::from_le_bytes([*low, *high]), value, accepted)?;
        rest = next;
    }
    // The byte of the account type comes with the first extension.
    let account_len = TOKEN_ACCOUNT + added + usize::from(added > 0);
    Ok(Mint { account: *mint, program, decimals, account_len })
}

/// Returns how many bytes an extension of the mint adds to its token accounts, if it may be listed.
fn judge(extension: u16, value: &[u8], accepted: u64) -> Result<usize> {
    let bit = 1u64.checked_shl(extension.into()).unwrap_or(0);
    if FREE.contains(&extension) {
        return Ok(0);
    }
    match extension {
        // The older and the newer fee; the epoch decides which one applies. The extension of an account has 8 bytes and
        // 4 of header.
        FEE_CONFIG if zero(value, 88..90) && zero(value, 106..108) => settable(value, bit, accepted).map(|()| 12),
        // The hook's program. The extension of an account has 1 byte and 4 of header.
        HOOK if zero(value, 32..64) => settable(value, bit, accepted).map(|()| 5),
        FEE_CONFIG | HOOK => Err(BallastError::MintFeeOrHook.into()),
        _ if bit == DEFAULT_ACCOUNT_STATE && value == [INITIALIZED] => Ok(0),
        _ if bit & NAMEABLE == 0 => Err(BallastError::MintExtensionRefused.into()),
        _ => named(bit, accepted).map(|()| if bit == PAUSABLE { 4 } else { 0 }),
    }
}

/// Fee and hook begin with the authority that can set them. Without one they stay as they are, and nobody need accept
/// them. The fee's second authority only collects fees that were withheld.
fn settable(value: &[u8], bit: u64, accepted: u64) -> Result<()> {
    if zero(value, 0..32) { Ok(()) } else { named(bit, accepted) }
}

#[inline(never)]
fn zero(value: &[u8], range: Range<usize>) -> bool {
    value.get(range).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
}

fn named(bit: u64, accepted: u64) -> Result<()> {
    require!(accepted & bit != 0, BallastError::MintExtensionNotNamed);
    Ok(())
}
