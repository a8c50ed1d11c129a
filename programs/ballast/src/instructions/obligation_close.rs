//! Closes an empty obligation; its rent returns to the owner. docs/MODEL.md, "obligation_close".

use crate::error::BallastError;
use crate::event::{ObligationClosed, emit};
use crate::state::{Obligation, Stored};
use anchor_lang::address_eq;
use anchor_lang::prelude::*;

#[derive(Accounts)]
pub struct ObligationClose {
    #[account(mut)]
    pub owner: Signer,
    #[account(
        mut,
        close = owner,
        constraint = address_eq(&obligation.owner, owner.address()) @ BallastError::NotOwner,
        constraint = obligation.positions.is_empty() @ BallastError::ObligationNotEmpty
    )]
    pub obligation: Stored<Obligation>,
}

impl ObligationClose {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &ctx.accounts;
        emit(&ObligationClosed { obligation: *accounts.obligation.address(), owner: *accounts.owner.address() });
        Ok(())
    }
}
