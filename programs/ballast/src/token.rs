//! Token transfers: the only token CPIs. pinocchio-token's builder, because anchor-spl's costs several thousand compute units more
//! for the same transfer.

use crate::error::BallastError;
use crate::seeds;
use crate::state::Reserve;
use anchor_lang::pinocchio::cpi::{Seed, Signer};
use anchor_lang::prelude::{Account, AccountView, Result};
use ballast_core::units::Atoms;
use pinocchio_token::instructions::Transfer;

/// Tokens from a signer's account into a vault.
pub fn receive(from: &AccountView, vault: &AccountView, payer: &AccountView, amount: Atoms) -> Result<()> {
    Transfer::new(from, vault, payer, amount.0).invoke()
}

/// Tokens out of a reserve's vault. The caller has checked that the vault is the reserve's.
pub fn pay_out(reserve: &Account<Reserve>, vault: &AccountView, to: &AccountView, amount: Atoms) -> Result<()> {
    let bump = [reserve.bump];
    let seeds: [Seed; 4] =
        [seeds::RESERVE.into(), reserve.config.as_ref().into(), reserve.mint.as_ref().into(), (&bump).into()];
    Transfer::new(vault, to, reserve.view(), amount.0).invoke_signed(&[Signer::from(&seeds)])
}

/// What a token account holds. Whose it is, the token program checks when it moves the tokens.
pub fn balance(account: &AccountView) -> Result<Atoms> {
    const AMOUNT: core::ops::Range<usize> = 64..72;
    let data = account.try_borrow()?;
    let bytes = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok()).ok_or(BallastError::WrongTokenAccount)?;
    Ok(Atoms(u64::from_le_bytes(bytes)))
}
