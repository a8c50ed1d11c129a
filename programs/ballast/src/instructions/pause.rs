//! Closes a reserve to some actions, for at most a day. docs/MODEL.md, "pause". Enforces INV-11.

use crate::error::{BallastError, refused};
use crate::event::{Paused, tell};
use crate::state::{Config, Reserve, VERSION};
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;
use ballast_core::pause::Pauser;

#[derive(Accounts)]
pub struct Pause {
    /// The market's authority or guardian.
    pub signer: Signer,
    #[account(
        constraint = config.version == VERSION @ BallastError::UnknownVersion,
        constraint = config.may_tighten(signer.address()) @ BallastError::NotGuardian
    )]
    pub config: Account<Config>,
    #[account(
        mut,
        constraint = reserve.version == VERSION @ BallastError::UnknownVersion,
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Account<Reserve>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}

impl Pause {
    /// `actions`: 1 withdraw, 2 borrow, 4 liquidate, 8 flash_borrow.
    pub fn run(ctx: &mut Context<Self>, actions: u64, secs: u32) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let accounts = &mut ctx.accounts;
        transaction::refuse_durable_nonce(accounts.instructions.account())?;
        let by =
            if accounts.config.authority == *accounts.signer.address() { Pauser::Authority } else { Pauser::Guardian };

        op::pause::pause(&mut accounts.reserve.pool, by, actions, secs, now).map_err(refused)?;

        tell(&Paused {
            reserve: *accounts.reserve.address(),
            signer: *accounts.signer.address(),
            actions: accounts.reserve.pool.pause.actions,
            ends_at: accounts.reserve.pool.pause.ends_at,
        });
        Ok(())
    }
}
