//! Supplies tokens as collateral. docs/MODEL.md, "deposit". Enforces INV-1, INV-3, INV-4.

use crate::error::{BallastError, refused};
use crate::event::Deposited;
use crate::state::{Obligation, Reserve, VERSION};
use crate::token;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct Deposit {
    /// The obligation's owner, whose tokens are supplied.
    pub owner: Signer,
    #[account(
        mut,
        constraint = obligation.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&obligation.owner, owner.address()) @ BallastError::NotOwner
    )]
    pub obligation: Account<Obligation>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = address_eq(&reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    #[account(mut, address = reserve.vault @ BallastError::WrongVault)]
    pub vault: UncheckedAccount,
    /// Where the tokens come from; the token program checks that the owner may spend them and that the mint is the vault's.
    #[account(mut)]
    pub source: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Deposit {
    pub fn run(ctx: &mut Context<Self>, amount_atoms: u64) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let now = Clock::get()?.unix_timestamp;
        let offered = match Amount::from_wire(amount_atoms).map_err(refused)? {
            Amount::Exact(atoms) => atoms,
            Amount::All => token::balance(accounts.source.account())?,
        };

        let deposit =
            op::deposit::deposit(&mut accounts.reserve.pool, &mut accounts.obligation.positions, offered, now)
                .map_err(refused)?;

        token::receive(accounts.source.account(), accounts.vault.account(), accounts.owner.account(), deposit.taken)?;

        emit!(Deposited {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: deposit.taken.0,
            supply_shares: deposit.shares.0,
        });
        Ok(())
    }
}
