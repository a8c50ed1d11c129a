//! Names the key that may take over a market's authority. docs/MODEL.md, "config_update".

use crate::error::BallastError;
use crate::event::{ConfigUpdated, emit};
use crate::state::{Config, Stored};
use crate::transaction;
use anchor_lang::prelude::*;

#[derive(Accounts)]
pub struct ConfigUpdate {
    pub authority: Signer,
    #[account(
        mut,
        constraint = config.authority == *authority.address() @ BallastError::NotAuthority
    )]
    pub config: Stored<Config>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}

impl ConfigUpdate {
    pub fn run(ctx: &mut Context<Self>, pending_authority: Address) -> Result<()> {
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        let config = &mut ctx.accounts.config;
        config.pending_authority = pending_authority;
        emit(&ConfigUpdated { config: *config.address(), pending_authority });
        Ok(())
    }
}
