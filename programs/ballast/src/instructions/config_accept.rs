//! Takes over a market's authority. docs/MODEL.md, "config_accept".

use crate::error::BallastError;
use crate::event::{ConfigAccepted, emit};
use crate::state::{Config, Stored};
use crate::transaction;
use anchor_lang::prelude::*;

#[derive(Accounts)]
pub struct ConfigAccept {
    /// The key that the authority has named.
    pub pending_authority: Signer,
    #[account(
        mut,
        constraint = config.pending_authority == *pending_authority.address() @ BallastError::NotAuthority
    )]
    pub config: Stored<Config>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}

impl ConfigAccept {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        let config = &mut ctx.accounts.config;
        config.authority = config.pending_authority;
        config.pending_authority = Address::default();
        emit(&ConfigAccepted { config: *config.address(), authority: config.authority });
        Ok(())
    }
}
