//! Gives a queued change up. docs/MODEL.md, "change_cancel". Enforces INV-11.

use crate::error::BallastError;
use crate::event::{ChangeCancelled, emit};
use crate::state::{Change, Config, Stored};
use crate::transaction;
use anchor_lang::prelude::*;

#[derive(Accounts)]
pub struct ChangeCancel {
    /// The market's authority or guardian.
    pub signer: Signer,
    #[account(
        mut,
        constraint = config.may_tighten(signer.address()) @ BallastError::NotGuardian
    )]
    pub config: Stored<Config>,
    /// The market's authority, who gets the rent of the change; may be the signer.
    // `dup`: of an account without data, two names can contradict each other in nothing.
    #[account(mut, unsafe(dup), address = config.authority @ BallastError::NotAuthority)]
    pub authority: UncheckedAccount,
    #[account(
        mut,
        close = authority,
        constraint = change.config == *config.address() @ BallastError::WrongMarket
    )]
    pub change: Stored<Change>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}

impl ChangeCancel {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        let accounts = &mut ctx.accounts;
        // Those of the market that were proposed beside it go with it, so that nobody proposes faster than one is cancelled.
        if accounts.change.target == *accounts.config.address() && accounts.change.epoch == accounts.config.epoch {
            accounts.config.epoch = accounts.config.epoch.saturating_add(1);
        }
        emit(&ChangeCancelled {
            config: *accounts.config.address(),
            change: *accounts.change.address(),
            signer: *accounts.signer.address(),
        });
        Ok(())
    }
}
