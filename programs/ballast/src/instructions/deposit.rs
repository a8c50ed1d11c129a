//! Supplies tokens as collateral. docs/MODEL.md, "deposit". Enforces INV-1, INV-3, INV-4, INV-9, INV-10,
//! INV-14.
//!
//! Remaining accounts: those of `token.rs`; then the reserve's price account, where the obligation is in debt and the collateral is new
//! to it. Else none is read.

use crate::error::{BallastError, refused};
use crate::event::Deposited;
use crate::quotes;
use crate::state::{Obligation, Reserve, Right, VERSION};
use crate::token::{self, Carrier};
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
        let offered = match Amount::from_wire(amount_atoms).map_err(refused)? {
            Amount::Exact(atoms) => atoms,
            Amount::All => token::balance(ctx.accounts.source.account())?,
        };

        let Deposit { reserve, obligation, owner, .. } = &ctx.accounts;
        obligation.authorize(owner.address(), Right::AddCollateral)?;
        let is_free = Entry::is_free(&reserve.pool, &obligation.positions);
        let reads_others = !is_free || Carrier::is_token_2022(reserve);
        let remaining = if reads_others { ctx.remaining_accounts()? } else { Vec::new() };
        let mut others = remaining.as_slice();
        let accounts = &mut ctx.accounts;
        let carrier = Carrier::of(&accounts.reserve, &mut others)?;
        let price = quotes::entry_price(&accounts.reserve, &accounts.obligation.positions, others)?;
        let entry = quotes::entry(&price);

        let (source, vault, owner) = (accounts.source.account(), accounts.vault.account(), accounts.owner.account());
        let (pool, positions) = (&mut accounts.reserve.pool, &mut accounts.obligation.positions);
        let offered = match carrier {
            Carrier::SplToken => offered,
            Carrier::Token2022 { .. } => {
                let asked = deposit::size(pool, offered, now).map_err(refused)?;
                carrier.receive(source, vault, owner, asked)?
            }
        };
        let deposit = deposit::deposit(pool, positions, &entry, offered, now).map_err(refused)?;
        if let Carrier::SplToken = carrier {
            carrier.receive(source, vault, owner, deposit.taken)?;
        }

        emit!(Deposited {
            obligation: *accounts.obligation.address(),
            reserve: *accounts.reserve.address(),
            amount_atoms: deposit.taken.0,
            supply_shares: deposit.shares.0,
        });
        Ok(())
    }
}
