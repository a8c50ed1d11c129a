//! The accounts of instructions that take the same ones: read once in the binary for all of them.

use crate::error::BallastError;
use crate::state::{Config, Obligation, Reserve, Stored};
use anchor_lang::address_eq;
use anchor_lang::prelude::*;

/// Tokens between an owner and one of his positions: deposit, withdraw, borrow.
#[derive(Accounts)]
pub struct OwnPosition {
    /// The obligation's owner or delegate.
    pub owner: Signer,
    #[account(mut)]
    pub obligation: Stored<Obligation>,
    #[account(
        mut,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Stored<Reserve>,
    /// The reserve's price account; not read where the instruction needs no price.
    pub price: UncheckedAccount,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Who pays: the token program checks that the owner may spend it. Who is paid: any account of the mint; of the owner's, if the
    /// delegate signs.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

/// Vouchers between an owner and one of his collaterals: voucher_mint, voucher_burn.
#[derive(Accounts)]
pub struct OwnVouchers {
    /// The obligation's owner or delegate.
    pub owner: Signer,
    #[account(mut)]
    pub obligation: Stored<Obligation>,
    #[account(
        mut,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Stored<Reserve>,
    /// The reserve's price account; not read where the instruction needs no price.
    pub price: UncheckedAccount,
    #[account(mut, address = reserve.voucher_mint @ BallastError::WrongVoucherMint)]
    pub voucher_mint: UncheckedAccount,
    /// Whose vouchers are burned: the token program checks that the owner may spend them. Who gets new ones: any account of the voucher
    /// mint; of the owner's, if the delegate signs.
    #[account(mut)]
    pub vouchers: UncheckedAccount,
    pub token_program: Program<Token>,
}

/// Anybody's tokens into a reserve: flash_repay, insurance_fund.
#[derive(Accounts)]
pub struct Payment {
    /// Whose tokens pay.
    pub payer: Signer,
    #[account(mut)]
    pub reserve: Stored<Reserve>,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from; the token program checks that the payer may spend them.
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl Payment {
    /// Which of the accounts is the reserve: `flash_borrow` looks for it there.
    pub const RESERVE: usize = 1;
}

/// What stops danger at once: pause, reserve_tighten.
#[derive(Accounts)]
pub struct Brake {
    /// The market's authority or guardian.
    pub signer: Signer,
    #[account(constraint = config.may_tighten(signer.address()) @ BallastError::NotGuardian)]
    pub config: Stored<Config>,
    #[account(
        mut,
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Stored<Reserve>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}
