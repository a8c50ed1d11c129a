//! Lists an asset: its reserve, its vault and its voucher mint. docs/MODEL.md, "reserve_init". Enforces INV-11.
//!
//! Remaining accounts: the Token-2022 program for a mint of that program; otherwise the instruction reads none.

use crate::clock;
use crate::error::{BallastError, refused};
use crate::event::{ReserveInitialized, emit};
use crate::mint;
use crate::oracle;
use crate::seeds;
use crate::state::{Config, PriceSource, Reserve, Stored, VERSION};
use crate::symbol::{Symbol, check_symbol};
use crate::token::{self, Mint};
use crate::transaction;
use anchor_lang::prelude::*;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::price::PriceUse;

/// The Pyth feed that prices the asset. The program derives the account from it.
#[derive(Clone, Copy, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct PriceFeed {
    pub feed_id: [u8; 32],
    /// The push oracle's shard; sponsored feeds use 0.
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
        mut,
        constraint = config.authority == *authority.address() @ BallastError::NotAuthority
    )]
    pub config: Stored<Config>,
    /// A mint of SPL Token or Token-2022, which `mint.rs` judges.
    pub mint: UncheckedAccount,
    #[account(
        init,
        payer = authority,
        seeds = [seeds::RESERVE, config.address().as_ref(), mint.address().as_ref()],
        bump
    )]
    pub reserve: Account<Reserve>,
    /// Becomes a token account of the mint's program that the reserve owns.
    #[account(mut, seeds = [seeds::VAULT, reserve.address().as_ref()], bump)]
    pub vault: UncheckedAccount,
    /// Becomes an SPL Token mint with the token's decimals and the reserve as its authority.
    #[account(mut, seeds = [seeds::VOUCHER, reserve.address().as_ref()], bump)]
    pub voucher_mint: UncheckedAccount,
    /// The feed's account, derived on chain and read once, so that a listing with a dead or wrong feed fails.
    pub price: UncheckedAccount,
    /// The instructions sysvar.
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl ReserveInit {
    pub fn run(ctx: &mut Context<Self>, feed: PriceFeed, accepted_powers: u64, symbol: Symbol) -> Result<()> {
        check_symbol(&symbol)?;
        let source = price_source(feed)?;
        let now = clock::now()?;
        let price = oracle::read(ctx.accounts.price.account(), &source)?;
        let mint = mint::inspect(ctx.accounts.mint.account(), accepted_powers)?;

        let id = ReserveId { bytes: ctx.accounts.reserve.address().to_bytes() };
        let index = ctx.accounts.config.reserve_count;
        let mut pool = Pool::new(id, index, mint.decimals, now).map_err(refused)?;
        let listed = pool.admit(&price, PriceUse::NewRisk, now).map_err(refused)?;
        pool.record_price(&listed);
        open_token_accounts(ctx, &mint)?;
        transaction::refuse_durable_nonce(ctx.accounts.instructions.account())?;
        ctx.accounts.config.reserve_count = index.saturating_add(1);
        let config = *ctx.accounts.config.address();
        let reserve = &mut ctx.accounts.reserve;
        reserve.version = VERSION;
        reserve.bump = ctx.bumps.reserve;
        reserve.config = config;
        reserve.mint = *mint.account.address();
        reserve.vault = *ctx.accounts.vault.address();
        reserve.token_program = *mint.program;
        reserve.voucher_mint = *ctx.accounts.voucher_mint.address();
        reserve.accepted_powers = accepted_powers;
        reserve.symbol = symbol;
        reserve.source = source;
        reserve.pool = pool;

        emit(&ReserveInitialized {
            config,
            reserve: *ctx.accounts.reserve.address(),
            mint: *mint.account.address(),
            price_account: source.account,
            symbol,
            decimals: u64::from(mint.decimals),
        });
        Ok(())
    }
}

fn open_token_accounts(ctx: &Context<ReserveInit>, mint: &Mint) -> Result<()> {
    let ReserveInit { authority, reserve, vault, voucher_mint, .. } = &ctx.accounts;
    let (payer, reserve) = (authority.account(), reserve.address());
    token::open_vault(payer, vault.account(), ctx.bumps.vault, mint, reserve)?;
    token::open_voucher_mint(payer, voucher_mint.account(), ctx.bumps.voucher_mint, mint.decimals, reserve)
}

/// Derives the account at which Pyth keeps the feed current.
#[inline(never)]
pub fn price_source(feed: PriceFeed) -> Result<PriceSource> {
    let receiver = u64::from(feed.receiver);
    let account = oracle::feed_address(oracle::receiver(receiver)?, feed.shard, &feed.feed_id);
    Ok(PriceSource { account, feed_id: feed.feed_id, receiver })
}
