//! Accounts that several instructions share. The binary contains one copy of the code that reads each struct.

use crate::error::BallastError;
use crate::state::{Config, Obligation, Reserve, Stored};
use crate::token::IncomingTransfer;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;

/// Moves tokens between an owner and one of their positions: `deposit`, `withdraw`, `borrow`.
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
    /// The reserve's price account. Read only if the instruction needs a price.
    pub price: UncheckedAccount,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from or go to. The token program checks that the signer may spend from it. As a
    /// destination, the owner may name any account of the mint, a delegate only one that the obligation's owner owns.
    #[account(mut)]
    pub tokens: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

/// Moves vouchers between an owner and one of their collateral positions: `voucher_mint`, `voucher_burn`.
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
    /// The reserve's price account. Read only if the instruction needs a price.
    pub price: UncheckedAccount,
    #[account(mut, address = reserve.voucher_mint @ BallastError::WrongVoucherMint)]
    pub voucher_mint: UncheckedAccount,
    /// Where vouchers come from or go to. The token program checks that the signer may spend from it. As a destination,
    /// the owner may name any account of the voucher mint, a delegate only one that the obligation's owner owns.
    #[account(mut)]
    pub vouchers: UncheckedAccount,
    pub token_program: Program<Token>,
}

/// Moves anybody's tokens into a reserve: `flash_repay`, `insurance_fund`.
#[derive(Accounts)]
pub struct Payment {
    /// Pays the tokens; may be anybody.
    pub payer: Signer,
    #[account(mut)]
    pub reserve: Stored<Reserve>,
    #[account(address = reserve.mint @ BallastError::WrongMint)]
    pub mint: UncheckedAccount,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from. The token program checks that the payer may spend them.
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(address = reserve.token_program @ BallastError::WrongTokenProgram)]
    pub token_program: UncheckedAccount,
}

impl Payment {
    /// The slot of the reserve, where `flash_borrow` looks for it.
    pub const RESERVE: usize = 1;

    pub fn transfer(&self) -> IncomingTransfer {
        IncomingTransfer::new([self.mint.account(), self.source.account(), self.vault.account(), self.payer.account()])
    }
}

/// Restricts a reserve at once: `pause`, `reserve_tighten`.
#[derive(Accounts)]
pub struct Restriction {
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
