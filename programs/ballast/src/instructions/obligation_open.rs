//! Opens an obligation that the signer owns. docs/MODEL.md, "obligation_open".
#![expect(unused_variables, reason = "Anchor's derive binds `number` once without using it")]

use crate::event::{ObligationOpened, emit};
use crate::seeds;
use crate::state::{Config, Obligation, Stored, VERSION};
use anchor_lang::prelude::*;

#[derive(Accounts)]
#[instruction(number: u16)]
pub struct ObligationOpen {
    /// Pays the rent and gets it back when the obligation closes.
    #[account(mut)]
    pub owner: Signer,
    pub config: Stored<Config>,
    #[account(
        init,
        payer = owner,
        seeds = [
            seeds::OBLIGATION,
            config.address().as_ref(),
            owner.address().as_ref(),
            &number.to_le_bytes()
        ],
        bump
    )]
    pub obligation: Account<Obligation>,
    pub system_program: Program<System>,
}

impl ObligationOpen {
    pub fn run(ctx: &mut Context<Self>, number: u16) -> Result<()> {
        let config = *ctx.accounts.config.address();
        let owner = *ctx.accounts.owner.address();
        let terms = ctx.accounts.config.market.terms;
        let obligation = &mut ctx.accounts.obligation;
        obligation.version = VERSION;
        obligation.bump = ctx.bumps.obligation;
        obligation.number = number;
        obligation.target_health_bps = terms.target_health_bps;
        obligation.warning_bps = terms.warning_bps;
        obligation.config = config;
        obligation.owner = owner;

        emit(&ObligationOpened { config, obligation: *ctx.accounts.obligation.address(), owner });
        Ok(())
    }
}
