//! Puts a queued change in force after its notice. docs/MODEL.md, "change_execute". Enforces INV-1, INV-8, INV-11.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{ChangeExecuted, emit};
use crate::oracle;
use crate::state::{Change, Config, PriceSource, Reserve, Stored};
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::op;

#[derive(Accounts)]
pub struct ChangeExecute {
    /// The market's authority; gets the rent of the change.
    #[account(mut)]
    pub authority: Signer,
    #[account(
        mut,
        constraint = config.authority == *authority.address() @ BallastError::NotAuthority
    )]
    pub config: Stored<Config>,
    /// The reserve to change; none for a change of the market.
    #[account(
        mut,
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Option<Stored<Reserve>>,
    #[account(
        mut,
        close = authority,
        constraint = change.config == *config.address() @ BallastError::WrongMarket
    )]
    pub change: Stored<Change>,
    /// The new price account for a change of the feed, otherwise none.
    pub price: Option<UncheckedAccount>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
}

impl ChangeExecute {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        let now = clock::now()?;
        let ChangeExecute { config, reserve, change, price, .. } = &mut ctx.accounts;
        match reserve {
            None => execute_market(config, change, now)?,
            Some(reserve) => execute_reserve(config, reserve, change, price, now)?,
        }

        emit(&ChangeExecuted {
            config: change.config,
            change: *change.address(),
            target: change.target,
            kind: u64::from(change.kind),
        });
        Ok(())
    }
}

fn execute_market(config: &mut Stored<Config>, change: &Change, now: i64) -> Result<()> {
    change.check_executable(config.address(), config.epoch, now)?;
    require!(change.kind == Change::MARKET, BallastError::WrongChange);
    config.market = change.market;
    config.epoch = config.epoch.saturating_add(1);
    Ok(())
}

fn execute_reserve(
    config: &Config,
    reserve: &mut Stored<Reserve>,
    change: &Change,
    price: &Option<UncheckedAccount>,
    now: i64,
) -> Result<()> {
    change.check_executable(reserve.address(), reserve.pool.epoch, now)?;
    if change.kind == Change::FEED {
        return replace_feed(reserve, change.source, price, now);
    }
    let ramp_secs = u32::try_from(change.ramp_secs).unwrap_or(u32::MAX);
    op::change_execute::change_execute(&mut reserve.pool, &change.settings, ramp_secs, &config.market.terms, now)
        .map_err(refused)
}

fn replace_feed(reserve: &mut Reserve, source: PriceSource, price: &Option<UncheckedAccount>, now: i64) -> Result<()> {
    let Some(price) = price else { return Err(BallastError::PriceRequired.into()) };
    let raw = oracle::read(price.account(), &source)?;
    op::change_execute::replace_feed(&mut reserve.pool, &raw, now).map_err(refused)?;
    reserve.source = source;
    Ok(())
}
