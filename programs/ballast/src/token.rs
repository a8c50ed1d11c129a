//! Token CPIs, the only ones. SPL Token is called with pinocchio-token's builder, because anchor-spl's costs several thousand compute
//! units more for the same transfer (docs/decisions/0002-token-cpi.md).

use crate::error::BallastError;
use crate::mint::Mint;
use crate::seeds;
use crate::state::{Actor, Obligation, Reserve, Stored};
use anchor_lang::pinocchio::cpi::{Seed, Signer};
use anchor_lang::prelude::*;
use anchor_lang::{address_eq, create_account_signed};
use ballast_core::units::{Atoms, SupplyShares};
use pinocchio_token::instructions::{Burn, InitializeMint2, MintTo, Transfer};
use pinocchio_token_2022::instructions::{InitializeAccount3, TransferChecked};

pub use pinocchio_token::ID as SPL_TOKEN;
pub use pinocchio_token_2022::ID as TOKEN_2022;

/// Whether a reserve's token is of Token-2022.
#[inline(always)]
pub fn is_token_2022(reserve: &Reserve) -> bool {
    address_eq(&reserve.token_program, &TOKEN_2022)
}

/// Tokens from a signer's account into a vault: of SPL Token, what is sent arrives.
pub fn receive(reserve: &Reserve, mint: &AccountView, route: [AccountView; 3], amount: Atoms) -> Result<()> {
    let [from, vault, payer] = &route;
    transfer(reserve, mint, [from, vault, payer], amount, &[])
}

/// The same of Token-2022; what has arrived, because the issuer may have switched a fee on since the
/// listing. From, vault, payer: by value, because a pointer to the instruction's accounts costs it 40 compute units with SPL Token too.
#[cold]
pub fn receive_2022(reserve: &Reserve, mint: &AccountView, route: [AccountView; 3], amount: Atoms) -> Result<Atoms> {
    let [_, vault, _] = &route;
    let before = balance(vault)?;
    receive(reserve, mint, route, amount)?;
    Ok(balance(vault)?.saturating_sub(before))
}

/// Tokens of either program into a vault, where it does not matter what was asked for; what has arrived.
#[inline(never)]
pub fn collect(reserve: &Reserve, mint: &AccountView, route: [AccountView; 3], amount: Atoms) -> Result<Atoms> {
    if is_token_2022(reserve) {
        return receive_2022(reserve, mint, route, amount);
    }
    receive(reserve, mint, route, amount).map(|()| amount)
}

/// Tokens out of a reserve's vault. The caller has checked that the vault and the mint are the reserve's.
#[inline(never)]
pub fn pay_out(
    reserve: &Stored<Reserve>,
    mint: &AccountView,
    vault: &AccountView,
    to: &AccountView,
    amount: Atoms,
) -> Result<()> {
    let authority = reserve.account();
    signed(reserve, |signers| transfer(reserve, mint, [vault, to, authority], amount, signers))
}

#[inline(never)]
fn transfer(
    reserve: &Reserve,
    mint: &AccountView,
    [from, to, authority]: [&AccountView; 3],
    amount: Atoms,
    signers: &[Signer],
) -> Result<()> {
    if !is_token_2022(reserve) {
        // Reads no mint.
        return Transfer::new(from, to, authority, amount.0).invoke_signed(signers);
    }
    // As listed: of a mint that was closed and made anew with other decimals, the token program moves nothing.
    let decimals = reserve.pool.decimals;
    let token_program = &reserve.token_program;
    TransferChecked { from, mint, to, authority, amount: amount.0, decimals, token_program }.invoke_signed(signers)
}

/// Collateral shares as tokens, one for one.
pub fn mint_vouchers(
    reserve: &Stored<Reserve>,
    voucher_mint: &AccountView,
    to: &AccountView,
    shares: SupplyShares,
) -> Result<()> {
    signed(reserve, |signers| MintTo::new(voucher_mint, to, reserve.account(), shares.0).invoke_signed(signers))
}

pub fn burn_vouchers(
    voucher_mint: &AccountView,
    from: &AccountView,
    owner: &AccountView,
    shares: SupplyShares,
) -> Result<()> {
    Burn::new(from, voucher_mint, owner, shares.0).invoke()
}

/// With the reserve's signature.
#[inline(always)]
fn signed(reserve: &Stored<Reserve>, call: impl FnOnce(&[Signer]) -> Result<()>) -> Result<()> {
    let bump = [reserve.bump];
    let seeds: [Seed; 4] =
        [seeds::RESERVE.into(), reserve.config.as_ref().into(), reserve.mint.as_ref().into(), (&bump).into()];
    call(&[Signer::from(&seeds)])
}

/// Makes a reserve's vault. A Token-2022 mint's program must be among the instruction's accounts.
pub fn open_vault(payer: &AccountView, vault: &AccountView, bump: u8, mint: &Mint, reserve: &Address) -> Result<()> {
    let Mint { account: mint, program, account_len, .. } = mint;
    create_account_signed(payer, vault, *account_len, program, &[seeds::VAULT, reserve.as_ref(), &[bump]])?;
    InitializeAccount3 { account: vault, mint, owner: reserve, token_program: program }.invoke()
}

/// Makes the mint of a reserve's vouchers, which nobody but the reserve mints and nobody freezes.
pub fn open_voucher_mint(
    payer: &AccountView,
    voucher_mint: &AccountView,
    bump: u8,
    decimals: u8,
    reserve: &Address,
) -> Result<()> {
    const LEN: usize = 82;
    create_account_signed(payer, voucher_mint, LEN, &SPL_TOKEN, &[seeds::VOUCHER, reserve.as_ref(), &[bump]])?;
    InitializeMint2::new(voucher_mint, decimals, reserve, None).invoke()
}

/// What a token account of either program holds. Whose it is, the token program checks when it moves the tokens.
pub fn balance(account: &AccountView) -> Result<Atoms> {
    const AMOUNT: core::ops::Range<usize> = 64..72;
    let data = account.try_borrow()?;
    let bytes = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok()).ok_or(BallastError::WrongTokenAccount)?;
    Ok(Atoms(u64::from_le_bytes(bytes)))
}

/// INV-14: a delegate takes nothing for himself.
pub fn check_destination(actor: Actor, destination: &AccountView, obligation: &Obligation) -> Result<()> {
    match actor {
        Actor::Owner => Ok(()),
        Actor::Delegate => check_owner(destination, &obligation.owner),
    }
}

/// Whether a token account of either program is somebody's.
pub fn check_owner(account: &AccountView, owner: &Address) -> Result<()> {
    const OWNER: core::ops::Range<usize> = 32..64;
    let data = account.try_borrow()?;
    require!(data.get(OWNER).is_some_and(|bytes| bytes == owner.as_ref()), BallastError::NotOwnersAccount);
    Ok(())
}
