//! Calls of the token programs; no other file makes any. The builders are pinocchio-token's, because anchor-spl's cost
//! several thousand compute units more for the same transfer (docs/decisions/0002-token-cpi.md). Enforces INV-1,
//! INV-13, INV-14.

use crate::error::{BallastError, refused};
use crate::seeds;
use crate::state::{Actor, Obligation, Reserve, Stored};
use anchor_lang::pinocchio::cpi::{Seed, Signer};
use anchor_lang::prelude::*;
use anchor_lang::{address_eq, create_account_signed};
use ballast_core::pool::Pool;
use ballast_core::units::{Atoms, SupplyShares};
use pinocchio_token::instructions::{Burn, InitializeMint2, MintTo, Transfer};
use pinocchio_token_2022::instructions::{InitializeAccount3, TransferChecked};

pub use pinocchio_token::ID as SPL_TOKEN;
pub use pinocchio_token_2022::ID as TOKEN_2022;

/// A mint that may be listed.
pub struct Mint {
    pub account: AccountView,
    pub program: &'static Address,
    pub decimals: u8,
    /// Bytes of a token account of this mint.
    pub account_len: usize,
}

/// Whether a reserve's token belongs to Token-2022.
#[inline(always)]
pub fn is_token_2022(reserve: &Reserve) -> bool {
    address_eq(&reserve.token_program, &TOKEN_2022)
}

/// Tokens on their way from a payer into a reserve's vault. Copies, because a pointer to the instruction's accounts
/// costs 40 compute units.
#[derive(Clone, Copy)]
pub struct IncomingTransfer {
    mint: AccountView,
    from: AccountView,
    vault: AccountView,
    payer: AccountView,
}

impl IncomingTransfer {
    /// The payer signs, and the token program checks that they may spend from the account.
    #[inline(always)]
    pub fn new([mint, from, vault, payer]: [&AccountView; 4]) -> Self {
        Self { mint: *mint, from: *from, vault: *vault, payer: *payer }
    }

    /// Takes an amount that does not depend on what arrives. Returns what has arrived.
    #[inline(never)]
    pub fn take(self, reserve: &Reserve, amount: Atoms) -> Result<Atoms> {
        if is_token_2022(reserve) {
            return self.take_2022(reserve, amount);
        }
        self.send(reserve, amount).map(|()| amount)
    }

    /// Runs before the operation. Of Token-2022 it takes what `size` returns, and returns what has arrived. Of SPL
    /// Token it takes nothing and returns `None`, because everything that the payer sends arrives.
    #[inline(always)]
    pub fn take_first(
        self,
        reserve: &mut Reserve,
        size: impl FnOnce(&mut Pool) -> ballast_core::Result<Atoms>,
    ) -> Result<Option<Atoms>> {
        if !is_token_2022(reserve) {
            return Ok(None);
        }
        let asked = size(&mut reserve.pool).map_err(refused)?;
        self.take_2022(reserve, asked).map(Some)
    }

    /// Runs after the operation. Takes what the operation has booked, unless the tokens arrived before it.
    #[inline(always)]
    pub fn take_rest(self, reserve: &Reserve, arrived: Option<Atoms>, booked: Atoms) -> Result<()> {
        if arrived.is_some() { Ok(()) } else { self.send(reserve, booked) }
    }

    /// Takes Token-2022 tokens and returns what has arrived: the issuer may have switched on a fee since the listing.
    #[cold]
    fn take_2022(self, reserve: &Reserve, amount: Atoms) -> Result<Atoms> {
        let before = balance(&self.vault)?;
        self.send(reserve, amount)?;
        Ok(Atoms(balance(&self.vault)?.0.saturating_sub(before.0)))
    }

    fn send(&self, reserve: &Reserve, amount: Atoms) -> Result<()> {
        transfer(reserve, &self.mint, [&self.from, &self.vault, &self.payer], amount, &[])
    }
}

/// Pays tokens out of a reserve's vault. The caller has checked that the vault and the mint are the reserve's.
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
        // This transfer does not read the mint.
        return Transfer::new(from, to, authority, amount.0).invoke_signed(signers);
    }
    // The decimals of the listing: if the mint was closed and created again with other decimals, the token program
    // moves nothing.
    let decimals = reserve.pool.decimals;
    let token_program = &reserve.token_program;
    TransferChecked { from, mint, to, authority, amount: amount.0, decimals, token_program }.invoke_signed(signers)
}

/// Mints collateral shares as tokens, one for one.
pub fn mint_vouchers(
    reserve: &Stored<Reserve>,
    voucher_mint: &AccountView,
    to: &AccountView,
    shares: SupplyShares,
) -> Result<()> {
    signed(reserve, |signers| MintTo::new(voucher_mint, to, reserve.account(), shares.0).invoke_signed(signers))
}

/// Burns vouchers of a signer.
pub fn burn_vouchers(
    voucher_mint: &AccountView,
    from: &AccountView,
    owner: &AccountView,
    shares: SupplyShares,
) -> Result<()> {
    Burn::new(from, voucher_mint, owner, shares.0).invoke()
}

/// Makes a call with the reserve's signature.
#[inline(always)]
fn signed(reserve: &Stored<Reserve>, call: impl FnOnce(&[Signer]) -> Result<()>) -> Result<()> {
    let bump = [reserve.bump];
    let seeds: [Seed; 4] =
        [seeds::RESERVE.into(), reserve.config.as_ref().into(), reserve.mint.as_ref().into(), (&bump).into()];
    call(&[Signer::from(&seeds)])
}

/// Creates a reserve's vault. For a Token-2022 mint, the Token-2022 program must be among the instruction's accounts.
pub fn open_vault(payer: &AccountView, vault: &AccountView, bump: u8, mint: &Mint, reserve: &Address) -> Result<()> {
    let Mint { account: mint, program, account_len, .. } = mint;
    create_account_signed(payer, vault, *account_len, program, &[seeds::VAULT, reserve.as_ref(), &[bump]])?;
    InitializeAccount3 { account: vault, mint, owner: reserve, token_program: program }.invoke()
}

/// Creates the mint of a reserve's vouchers. Only the reserve mints them, and nobody can freeze them.
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

/// Returns what a token account of either program holds. The token program checks the account's owner when it moves the
/// tokens.
pub fn balance(account: &AccountView) -> Result<Atoms> {
    const AMOUNT: core::ops::Range<usize> = 64..72;
    let data = account.try_borrow()?;
    let bytes = data.get(AMOUNT).and_then(|bytes| bytes.try_into().ok()).ok_or(BallastError::WrongTokenAccount)?;
    Ok(Atoms(u64::from_le_bytes(bytes)))
}

/// INV-14: a delegate sends tokens only to accounts of the obligation's owner.
pub fn check_destination(actor: Actor, destination: &AccountView, obligation: &Obligation) -> Result<()> {
    match actor {
        Actor::Owner => Ok(()),
        Actor::Delegate => check_owner(destination, &obligation.owner),
    }
}

/// Refuses a token account of either program that somebody else owns.
pub fn check_owner(account: &AccountView, owner: &Address) -> Result<()> {
    const OWNER: core::ops::Range<usize> = 32..64;
    let data = account.try_borrow()?;
    require!(data.get(OWNER).is_some_and(|bytes| bytes == owner.as_ref()), BallastError::NotOwnersAccount);
    Ok(())
}
