//! Records that an obligation has crossed its warning line or the call line. Anybody may call it.
//! docs/MODEL.md, "flag". Enforces INV-6, INV-12.
//!
//! Remaining accounts: as `quotes.rs` says, for every position.

use crate::error::refused;
use crate::event::{HealthWarned, MarginCallCleared, MarginCalled, WarningRearmed, emit};
use crate::quotes;
use crate::state::{Obligation, Stored};
use anchor_lang::prelude::*;
use ballast_core::call::Crossing;
use ballast_core::op;
use ballast_core::price::PriceUse;
use ballast_core::units::Bps;

#[derive(Accounts)]
pub struct Flag {
    #[account(mut)]
    pub obligation: Stored<Obligation>,
}

impl Flag {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let Clock { slot, unix_timestamp: now, .. } = Clock::get()?;
        let remaining = ctx.remaining_accounts()?;
        let obligation = &mut ctx.accounts.obligation;
        let totals = quotes::totals(&obligation.positions, &[], &remaining, PriceUse::Liquidation, now)?;

        let warning = Bps(obligation.warning_bps);
        let flag = op::flag::flag(&mut obligation.call, &totals, warning, slot).map_err(refused)?;

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
            Crossing::None => {}
        }
        Ok(())
    }
}
