//! Records that an obligation has crossed its warning line or the call line, and runs the clocks of its auction. Anybody
//! may call it.
//! docs/MODEL.md, "flag". Enforces INV-6, INV-12.
//!
//! Remaining accounts: as `quotes.rs` says, for every position.

use crate::error::{BallastError, refused};
use crate::event::{CallUpdated, HealthWarned, MarginCallCleared, MarginCalled, WarningRearmed, emit};
use crate::quotes;
use crate::state::{Config, Obligation, Stored};
use anchor_lang::prelude::*;
use ballast_core::call::{Call, Crossing};
use ballast_core::op;
use ballast_core::price::PriceUse;
use ballast_core::units::Bps;

#[derive(Accounts)]
pub struct Flag {
    #[account(
        address = obligation.config @ BallastError::WrongMarket
    )]
    pub config: Stored<Config>,
    #[account(mut)]
    pub obligation: Stored<Obligation>,
}

impl Flag {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let Clock { slot, unix_timestamp: now, .. } = Clock::get()?;
        let remaining = ctx.remaining_accounts()?;
        let Flag { config, obligation } = &mut ctx.accounts;
        let totals = quotes::totals(&obligation.positions, &[], &remaining, PriceUse::Maintenance, now)?;

        let warning = Bps(obligation.warning_bps);
        let flag =
            op::flag::flag(&mut obligation.call, &totals, &config.market.terms, warning, slot).map_err(refused)?;

        let Call { called_at, turn_at, deep_at, deep_agreed_at, .. } = obligation.call;
        let (obligation, owner) = (*obligation.address(), obligation.owner);
        let health_bps = flag.health.factor_bps_floor();
        match flag.crossings.warning {
            Crossing::Down => emit(&HealthWarned { obligation, owner, health_bps }),
            Crossing::Up => emit(&WarningRearmed { obligation, owner, health_bps }),
            Crossing::None => {}
        }
        match flag.crossings.call {
            Crossing::Down => emit(&MarginCalled { obligation, owner, health_bps, slot }),
            Crossing::Up => emit(&MarginCallCleared { obligation, owner, health_bps }),
            Crossing::None if flag.crossings.clocks => {
                emit(&CallUpdated { obligation, owner, health_bps, slot, called_at, turn_at, deep_at, deep_agreed_at });
            }
            Crossing::None => {}
        }
        Ok(())
    }
}
