//! Repays debt of an unhealthy obligation for its collateral, up to its target health. docs/MODEL.md, "liquidate".
//! Enforces INV-1, INV-3, INV-4, INV-6, INV-7, INV-12.
//!
//! Remaining accounts: as `quotes.rs` says, without the two named reserves. Without collateral the instruction only
//! books a loss and reads neither these accounts nor the two price accounts.

use crate::error::{BallastError, refused};
use crate::event::{Liquidated, emit, spot_and_digits};
use crate::oracle;
use crate::quotes;
use crate::state::{Config, Obligation, Reserve, Stored, VERSION};
use crate::token::{self, IncomingTransfer};
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::math::words;
use ballast_core::op::Priced;
use ballast_core::op::liquidate::{Bid, Borrower, Seizure, forgive, liquidate, size};
use ballast_core::positions::Side;
use ballast_core::price::PriceUse;
use ballast_core::units::{Atoms, Bps};

#[derive(Accounts)]
pub struct Liquidate {
    /// Pays the debt and takes the collateral; may be anybody.
    pub liquidator: Signer,
    #[account(
        address = obligation.config @ BallastError::WrongMarket
    )]
    pub config: Stored<Config>,
    #[account(mut)]
    pub obligation: Stored<Obligation>,
    #[account(
        mut,
        constraint = address_eq(&collateral_reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub collateral_reserve: Stored<Reserve>,
    #[account(
        mut,
        constraint = address_eq(&debt_reserve.config, &obligation.config) @ BallastError::WrongMarket
    )]
    pub debt_reserve: Stored<Reserve>,
    /// The collateral reserve's price account.
    pub collateral_price: UncheckedAccount,
    /// The debt reserve's price account.
    pub debt_price: UncheckedAccount,
    #[account(address = collateral_reserve.mint @ BallastError::WrongMint)]
    pub collateral_mint: UncheckedAccount,
    #[account(address = debt_reserve.mint @ BallastError::WrongMint)]
    pub debt_mint: UncheckedAccount,
    #[account(mut, address = collateral_reserve.vault @ BallastError::WrongVault)]
    pub collateral_vault: UncheckedAccount,
    #[account(mut, address = debt_reserve.vault @ BallastError::WrongVault)]
    pub debt_vault: UncheckedAccount,
    /// Where the debt tokens come from. The token program checks that the liquidator may spend them.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// Where the collateral goes: any token account of its mint, or an obligation of the liquidator without debt. The
    /// obligation takes the supply shares as they are, so that the liquidation needs no cash of the collateral's
    /// reserve.
    #[account(mut)]
    pub destination: UncheckedAccount,
    #[account(address = collateral_reserve.token_program @ BallastError::WrongTokenProgram)]
    pub collateral_token_program: UncheckedAccount,
    #[account(address = debt_reserve.token_program @ BallastError::WrongTokenProgram)]
    pub debt_token_program: UncheckedAccount,
}

impl Liquidate {
    pub fn run(ctx: &mut Context<Self>, max_repay_atoms: u64, min_seized_atoms: u64) -> Result<()> {
        let clock = Clock::get()?;
        let now = clock.unix_timestamp;
        let bid = Bid { max_repay: Atoms(max_repay_atoms), min_seized: Atoms(min_seized_atoms) };

        let (seizure, [collateral_price, debt_price]) = if ctx.accounts.obligation.positions.has(Side::Collateral) {
            let remaining = ctx.remaining_accounts()?;
            swap(&mut ctx.accounts, &remaining, bid, &clock)?
        } else {
            // Nothing is left to price, so a dead feed must not block the write-off. No tokens move.
            let Liquidate { debt_reserve, obligation, .. } = &mut ctx.accounts;
            let Obligation { positions, call, .. } = &mut **obligation;
            (forgive(&mut debt_reserve.pool, positions, call, bid, now).map_err(refused)?, [(0, 0); 2])
        };

        let accounts = &ctx.accounts;
        emit(&Liquidated {
            obligation: *accounts.obligation.address(),
            collateral_reserve: *accounts.collateral_reserve.address(),
            debt_reserve: *accounts.debt_reserve.address(),
            liquidator: *accounts.liquidator.address(),
            destination: *accounts.destination.address(),
            in_shares: u64::from(accounts.destination.account().owned_by(&crate::ID)),
            repaid_atoms: seizure.repaid.0,
            premium_atoms: seizure.premium.0,
            debt_shares: words(seizure.debt_shares.0),
            seized_atoms: seizure.seized.0,
            supply_shares: seizure.collateral_shares.0,
            bonus_bps: seizure.bonus_bps,
            collateral_spot: collateral_price.0,
            collateral_digits: collateral_price.1,
            debt_spot: debt_price.0,
            debt_digits: debt_price.1,
            health_before_bps: seizure.health.before.factor_bps_floor(),
            health_after_bps: seizure.health.after.factor_bps_floor(),
            loss_debt_shares: words(seizure.write_off.shares.0),
            loss_insurance_atoms: seizure.write_off.insurance.0,
            loss_fees_atoms: seizure.write_off.fees.0,
            loss_suppliers_atoms: seizure.write_off.suppliers.0,
        });
        Ok(())
    }
}

/// Takes debt tokens and gives the collateral to the liquidator. Returns the prices of both, too.
fn swap(
    accounts: &mut Liquidate,
    remaining: &[AccountView],
    mut bid: Bid,
    clock: &Clock,
) -> Result<(Seizure, [(u64, u64); 2])> {
    let now = clock.unix_timestamp;
    let (collateral, debt) = (&mut accounts.collateral_reserve, &mut accounts.debt_reserve);
    let collateral_price = oracle::read(accounts.collateral_price.account(), &collateral.source)?;
    let debt_price = oracle::read(accounts.debt_price.account(), &debt.source)?;
    let prices = [spot_and_digits(&collateral_price), spot_and_digits(&debt_price)];
    let target = Bps(accounts.obligation.target_health_bps);
    let Obligation { positions, call, .. } = &mut *accounts.obligation;
    let others = quotes::totals(positions, &[&collateral.pool, &debt.pool], remaining, PriceUse::Maintenance, now)?;

    let borrower = Borrower { positions, call, others, target, slot: clock.slot };
    let terms = &accounts.config.market.terms;
    let (mint, vault) = (accounts.debt_mint.account(), accounts.debt_vault.account());
    let transfer = IncomingTransfer::new([mint, accounts.source.account(), vault, accounts.liquidator.account()]);
    let arrived = transfer.take_first(debt, |pool| {
        let collateral = Priced { pool: &mut collateral.pool, price: collateral_price };
        let debt = Priced { pool, price: debt_price };
        size(collateral, debt, &borrower, terms, bid, now)
    })?;
    bid.max_repay = arrived.unwrap_or(bid.max_repay);

    let priced = Priced { pool: &mut collateral.pool, price: collateral_price };
    let priced_debt = Priced { pool: &mut debt.pool, price: debt_price };
    let mut destination = *accounts.destination.account();
    if destination.owned_by(&crate::ID) {
        let mut data = destination.try_borrow_mut()?;
        let taker = taker(&mut data, accounts.liquidator.address(), accounts.config.address())?;
        let seizure =
            liquidate(priced, priced_debt, borrower, Some(&mut taker.positions), terms, bid, now).map_err(refused)?;
        transfer.take_rest(debt, arrived, seizure.paid())?;
        return Ok((seizure, prices));
    }
    let seizure = liquidate(priced, priced_debt, borrower, None, terms, bid, now).map_err(refused)?;
    transfer.take_rest(debt, arrived, seizure.paid())?;
    let (mint, vault) = (accounts.collateral_mint.account(), accounts.collateral_vault.account());
    token::pay_out(collateral, mint, vault, &destination, seizure.seized)?;
    Ok((seizure, prices))
}

/// The obligation of the liquidator that takes the seized shares.
fn taker<'a>(data: &'a mut [u8], liquidator: &Address, config: &Address) -> Result<&'a mut Obligation> {
    let (discriminator, rest) =
        data.split_at_mut_checked(Obligation::DISCRIMINATOR.len()).ok_or(BallastError::WrongTaker)?;
    require!(discriminator == Obligation::DISCRIMINATOR, BallastError::WrongTaker);
    let taker: &mut Obligation = rest
        .get_mut(..size_of::<Obligation>())
        .and_then(|bytes| bytemuck::try_from_bytes_mut(bytes).ok())
        .ok_or(BallastError::WrongTaker)?;
    require!(taker.version == VERSION, BallastError::UnknownVersion);
    require!(address_eq(&taker.owner, liquidator), BallastError::NotOwner);
    require!(address_eq(&taker.config, config), BallastError::WrongMarket);
    Ok(taker)
}
