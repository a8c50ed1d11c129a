//! Opens a market: its config, with the signer as authority. docs/MODEL.md, "config_init".

use crate::event::{ConfigInitialized, emit};
use crate::seeds;
use crate::state::{Config, MarketSettings, VERSION};
use anchor_lang::prelude::*;

#[derive(Accounts)]
pub struct ConfigInit {
    /// Pays the rent and becomes the authority. One market per creator.
    #[account(mut)]
    pub creator: Signer,
    #[account(init, payer = creator, seeds = [seeds::CONFIG, creator.address().as_ref()], bump)]
    pub config: Account<Config>,
    pub system_program: Program<System>,
}

impl ConfigInit {
    pub fn run(ctx: &mut Context<Self>, market: MarketSettings) -> Result<()> {
        market.validate()?;

        let creator = *ctx.accounts.creator.address();
        let config = &mut ctx.accounts.config;
        config.version = VERSION;
        config.bump = ctx.bumps.config;
        config.creator = creator;
        config.authority = creator;
        config.market = market;

        emit(&ConfigInitialized { config: *ctx.accounts.config.address(), authority: creator });
        Ok(())
    }
}
