//! Cancels a queued change. docs/MODEL.md, "change_cancel". Enforces INV-11.

use crate::error::BallastError;
use crate::event::{ChangeCancelled, emit};
use crate::state::{Change, Config, Stored};
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct ChangeCancel {
    /// The market's authority or guardian.
    pub signer: Signer,
    #[account(
        mut,
        constraint = config.may_tighten(signer.address()) @ BallastError::NotGuardian
    )]
    pub config: Stored<Config>,
    /// The market's authority, which gets the rent of the change; may be the signer.
    // `dup` is safe: the account has no data that two mutable views could disagree about.
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
        if accounts.change.target == *accounts.config.address() {
            op::change_cancel::change_cancel(&mut accounts.config.epoch, &accounts.change.notice());
        }
        emit(&ChangeCancelled {
            config: *accounts.config.address(),
            change: *accounts.change.address(),
            signer: *accounts.signer.address(),
        });
        Ok(())
    }
}
