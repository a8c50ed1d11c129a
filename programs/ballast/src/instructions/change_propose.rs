//! Queues a change. docs/MODEL.md, "change_propose". Enforces INV-8, INV-11.
#![expect(unused_variables, reason = "Anchor's derive binds `number` once without using it")]

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{ChangeProposed, emit};
use crate::instructions::reserve_init::{PriceFeed, price_source};
use crate::seeds;
use crate::state::{Change, Config, MarketSettings, Reserve, Stored, VERSION};
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::notice::ChangeNotice;
use ballast_core::op;
use ballast_core::settings::Settings;

/// The content of a change.
#[derive(Clone, Copy, AnchorSerialize, AnchorDeserialize, IdlType)]
pub enum Proposal {
    /// All settings of a reserve. What lowers borrowers' health changes over `ramp_secs`, a day to 90 days.
    Settings { settings: Settings, ramp_secs: u32 },
    /// The price feed of a reserve.
    Feed { feed: PriceFeed },
    /// The settings of the market.
    Market { market: MarketSettings },
}

#[derive(Accounts)]
#[instruction(number: u64)]
pub struct ChangePropose {
    /// The market's authority; pays the rent.
    #[account(mut)]
    pub authority: Signer,
    #[account(
        constraint = config.authority == *authority.address() @ BallastError::NotAuthority
    )]
    pub config: Stored<Config>,
    /// The reserve to change; none for a change of the market.
    #[account(
        constraint = reserve.config == *config.address() @ BallastError::WrongMarket
    )]
    pub reserve: Option<Stored<Reserve>>,
    #[account(
        init,
        payer = authority,
        seeds = [seeds::CHANGE, config.address().as_ref(), &number.to_le_bytes()],
        bump
    )]
    pub change: Account<Change>,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
    pub system_program: Program<System>,
}

impl ChangePropose {
    pub fn run(ctx: &mut Context<Self>, _number: u64, proposal: Proposal) -> Result<()> {
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        let now = clock::now()?;
        let bump = ctx.bumps.change;
        let ChangePropose { config, reserve, change, .. } = &mut ctx.accounts;
        record(change, &proposal, config, reserve.as_ref(), now)?;
        change.version = VERSION;
        change.bump = bump;
        change.config = *config.address();
        change.executable_at = ChangeNotice::new(change.epoch, config.market.delay(), now).executable_at;

        emit(&ChangeProposed {
            config: change.config,
            change: *change.address(),
            target: change.target,
            kind: u64::from(change.kind),
            executable_at: change.executable_at,
            ramp_secs: change.ramp_secs,
            settings: change.settings,
            source: change.source,
            market: change.market,
        });
        Ok(())
    }
}

/// Checks a proposal as its execution will, so that a mistake is found before the delay, and stores it.
fn record(
    change: &mut Change,
    proposal: &Proposal,
    config: &Stored<Config>,
    reserve: Option<&Stored<Reserve>>,
    now: i64,
) -> Result<()> {
    (change.target, change.epoch) = match reserve {
        Some(reserve) => (*reserve.address(), reserve.pool.epoch),
        None => (*config.address(), config.epoch),
    };
    match (proposal, reserve) {
        (Proposal::Settings { settings, ramp_secs }, Some(reserve)) => {
            op::change_propose::change_propose(&reserve.pool, settings, *ramp_secs, &config.market.terms, now)
                .map_err(refused)?;
            change.kind = Change::SETTINGS;
            change.settings = *settings;
            change.ramp_secs = u64::from(*ramp_secs);
        }
        (Proposal::Feed { feed }, Some(_)) => {
            change.kind = Change::FEED;
            change.source = price_source(*feed)?;
        }
        (Proposal::Market { market }, None) => {
            market.validate()?;
            market.check_step(&config.market)?;
            change.kind = Change::MARKET;
            change.market = *market;
        }
        _ => return Err(BallastError::WrongChange.into()),
    }
    Ok(())
}
