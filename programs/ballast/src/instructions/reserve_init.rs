//! Lists an asset: its reserve and its vault. docs/MODEL.md, "reserve_init". Enforces INV-8.

use crate::error::{BallastError, refused};
use crate::event::ReserveInitialized;
use crate::oracle;
use crate::seeds;
use crate::state::{Config, PriceSource, Reserve, VERSION};
use anchor_lang::prelude::*;
use anchor_spl::token::{self, Mint, TokenAccount};
use ballast_core::curve::Curve;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::price::{PriceGuard, PriceUse};
use ballast_core::risk::RiskParams;

/// Which of Pyth's feeds prices the asset. The program derives the account from it.
#[derive(Clone, Copy, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct PriceFeed {
    pub feed_id: [u8; 32],
    /// The push oracle's shard; sponsored feeds stand on 0.
    pub shard: u16,
    /// 0: Pyth Core, 1: Pyth Core Compatible.
    pub receiver: u8,
}

#[derive(Accounts)]
pub struct ReserveInit {
    /// The market's authority; pays the rent.
    #[account(mut)]
    pub authority: Signer,
    #[account(
        constraint = config.version == VERSION @ BallastError::UnknownVersion,
        constraint = config.authority == *authority.address() @ BallastError::NotAuthority
    )]
    pub config: Account<Config>,
    /// A mint of the SPL Token program.
    pub mint: Account<Mint>,
    #[account(
        init,
        payer = authority,
        seeds = [seeds::RESERVE, config.address().as_ref(), mint.address().as_ref()],
        bump
    )]
    pub reserve: Account<Reserve>,
    #[account(
        init,
        payer = authority,
        seeds = [seeds::VAULT, reserve.address().as_ref()],
        bump,
        token::mint = mint,
        token::authority = reserve
    )]
    pub vault: Account<TokenAccount>,
    /// The feed's account, derived on chain and read once, so that a listing with a dead or foreign feed fails here.
    pub price: UncheckedAccount,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl ReserveInit {
    pub fn run(
        ctx: &mut Context<Self>,
        feed: PriceFeed,
        curve: Curve,
        risk: RiskParams,
        guard: PriceGuard,
    ) -> Result<()> {
        curve.validate().map_err(refused)?;
        risk.validate(&ctx.accounts.config.terms).map_err(refused)?;
        guard.validate().map_err(refused)?;
        let source = price_source(feed)?;
        let now = Clock::get()?.unix_timestamp;
        let price = oracle::read(ctx.accounts.price.account(), &source)?;
        guard.admit(&price, PriceUse::NewRisk, now).map_err(refused)?;

        let id = ReserveId { bytes: ctx.accounts.reserve.address().to_bytes() };
        let pool = Pool::new(id, ctx.accounts.mint.decimals(), curve, risk, guard, now).map_err(refused)?;
        let config = *ctx.accounts.config.address();
        let mint = *ctx.accounts.mint.address();
        let reserve = &mut ctx.accounts.reserve;
        reserve.version = VERSION;
        reserve.bump = ctx.bumps.reserve;
        reserve.config = config;
        reserve.mint = mint;
        reserve.vault = *ctx.accounts.vault.address();
        reserve.token_program = *ctx.accounts.token_program.address();
        reserve.source = source;
        reserve.pool = pool;

        emit!(ReserveInitialized {
            config,
            reserve: *ctx.accounts.reserve.address(),
            mint,
            price_account: source.account,
        });
        Ok(())
    }
}

fn price_source(feed: PriceFeed) -> Result<PriceSource> {
    let receiver = u64::from(feed.receiver);
    let account = oracle::feed_address(oracle::receiver(receiver)?, feed.shard, &feed.feed_id);
    Ok(PriceSource { account, feed_id: feed.feed_id, receiver })
}
