//! Supplies tokens as collateral. docs/MODEL.md, "deposit". Enforces INV-1, INV-3, INV-4, INV-9, INV-10,
//! INV-14.
//!
//! Remaining accounts: those of `token.rs`; then the reserve's price account, where the obligation is in debt and the collateral is new
//! to it. Else none is read.

use crate::error::{BallastError, refused};
use crate::event::{Deposited, tell};
use crate::quotes;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token;
use alloc::vec::Vec;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::op::deposit::{self, Entry};
use ballast_core::units::Amount;

#[derive(Accounts)]
pub struct Deposit {
    /// The obligation's owner or delegate, whose tokens are supplied.
    pub owner: Signer,
    #[account(mut, constraint = obligation.version == VERSION @ BallastError::UnknownVersion)]
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
        let now = Clock::get()?.unix_timestamp;
        let mut offered = match Amount::from_wire(amount_atoms).map_err(refused)? {
            Amount::Exact(atoms) => atoms,
            Amount::All => token::balance(ctx.accounts.source.account())?,
        };

        let Deposit { reserve, obligation, owner, .. } = &ctx.accounts;
        obligation.authorize(owner.address(), Right::AddCollateral)?;
        let is_token_2022 = token::is_token_2022(reserve);
        let is_free = Entry::is_free(&reserve.pool, &obligation.positions);
        let remaining = if is_free && !is_token_2022 { Vec::new() } else { ctx.remaining_accounts()? };
        let Deposit { reserve, obligation, source, vault, owner, .. } = &mut ctx.accounts;
        let price = if is_free { None } else { Some(quotes::only_price(reserve, token::behind(reserve, &remaining))?) };
        let entry = price.as_ref().map_or(Entry::Free, Entry::Priced);
        if is_token_2022 {
            let asked = deposit::size(&reserve.pool, offered, now).map_err(refused)?;
            let route = [*source.account(), *vault.account(), *owner.account()];
            offered = token::receive_2022(reserve, &remaining, route, asked)?;
        }

        let deposit =
            deposit::deposit(&mut reserve.pool, &mut obligation.positions, &entry, offered, now).map_err(refused)?;

        if !is_token_2022 {
            token::receive(source.account(), vault.account(), owner.account(), deposit.taken)?;
        }

        let accounts = &ctx.accounts;
        tell(&Deposited {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: deposit.taken.0,
            supply_shares: deposit.shares.0,
        });
        Ok(())
    }
}
