//! Repays debt of an unhealthy obligation for its collateral, up to its target health. docs/MODEL.md, "liquidate".

use crate::call::Call;
use crate::health::{Health, HealthChange, Totals};
use crate::ledger::{Ledger, WriteOff};
use crate::liquidation::{Insurance, Pair, Plan};
use crate::op::Priced;
use crate::pause::Pausable;
use crate::pool::Pool;
use crate::positions::{Holding, Positions, Side};
use crate::price::PriceUse;
use crate::quote::Quote;
use crate::terms::LiquidationTerms;
use crate::units::{Atoms, Bps, DebtShares, SupplyShares};
use crate::{Refusal, Result};

/// The obligation that is liquidated.
pub struct Borrower<'a> {
    pub positions: &'a mut Positions,
    pub call: &'a mut Call,
    /// The totals of its positions in all reserves but the two of the pair.
    pub others: Totals,
    /// The health to restore.
    pub target: Bps,
    /// The slot of the liquidation.
    pub slot: u64,
}

/// What the liquidator offers and insists on.
#[derive(Clone, Copy, Debug)]
pub struct Bid {
    pub max_repay: Atoms,
    pub min_seized: Atoms,
}

/// What a liquidation takes from the liquidator and gives to them, and the debt that it writes off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seizure {
    pub repaid: Atoms,
    /// Paid by the liquidator in addition: the insurance bucket's share of the bonus.
    pub premium: Atoms,
    pub debt_shares: DebtShares,
    pub seized: Atoms,
    pub collateral_shares: SupplyShares,
    pub bonus_bps: u64,
    pub health: HealthChange,
    pub write_off: WriteOff,
}

impl Seizure {
    /// What the liquidator pays: the debt and the premium.
    pub fn paid(&self) -> Atoms {
        self.repaid.saturating_add(self.premium)
    }
}

/// Returns what to take from the liquidator when it may not arrive in full. The liquidation then repays at most what
/// has arrived. Accrues both reserves to `now`, as the liquidation does.
#[cold]
pub fn size(
    collateral: Priced,
    debt: Priced,
    borrower: &Borrower,
    terms: &LiquidationTerms,
    bid: Bid,
    now: i64,
) -> Result<Atoms> {
    collateral.pool.ledger.accrue(now);
    debt.pool.ledger.accrue(now);
    let pair = pair(&collateral, &debt, borrower, terms, now)?;
    let plan = pair.plan(terms, bid.max_repay)?;
    Ok(plan.repay.saturating_add(plan.premium))
}

/// Repays debt of one reserve for collateral of another. With a `taker`, the positions of the liquidator, the seized
/// shares move there: it needs no cash of the collateral's reserve.
///
/// An obligation that has no collateral left only has its debt written off; that costs the liquidator nothing and earns
/// nothing.
///
/// Refuses a healthy obligation, a pair whose swap would make it worse, prices of two times, less collateral than the
/// bid insists on, a taker in debt, and without a taker a seizure that the collateral's reserve has no cash for.
#[inline(never)]
pub fn liquidate(
    collateral: Priced,
    debt: Priced,
    borrower: Borrower,
    taker: Option<&mut Positions>,
    terms: &LiquidationTerms,
    bid: Bid,
    now: i64,
) -> Result<Seizure> {
    if !borrower.positions.has(Side::Collateral) {
        return forgive(debt.pool, borrower.positions, borrower.call, bid, now);
    }
    collateral.pool.check_not_paused(Pausable::Liquidate, now)?;
    debt.pool.check_not_paused(Pausable::Liquidate, now)?;
    collateral.pool.ledger.accrue(now);
    debt.pool.ledger.accrue(now);

    let pair = pair(&collateral, &debt, &borrower, terms, now)?;
    let (collateral, debt) = (collateral.pool, debt.pool);
    let plan = pair.plan(terms, bid.max_repay)?;
    let seized = collateral.ledger.supply_atoms_floor(plan.seize)?;
    check_worth(&pair, &plan, seized, taker.as_deref(), terms, bid)?;
    let (paid_shares, retired_shares) = retired(&pair, &plan, &debt.ledger)?;

    debt.ledger.collect(plan.repay, paid_shares)?;
    debt.ledger.earn(plan.premium)?;
    debt.ledger.insure(plan.premium)?;
    borrower.positions.remove_debt(&debt.id, retired_shares)?;
    borrower.positions.remove_collateral(&collateral.id, plan.seize)?;
    match taker {
        None => collateral.ledger.redeem(seized, plan.seize)?,
        Some(taker) if taker.has(Side::Debt) => return Err(Refusal::TakerInDebt),
        // No position is empty.
        Some(_) if plan.seize.0 == 0 => {}
        Some(taker) => taker.add_collateral(&collateral.id, plan.seize)?,
    }
    let loss = DebtShares(retired_shares.0.saturating_sub(paid_shares.0));
    let write_off = write_off(debt, borrower.positions, loss)?;
    collateral.record_price(&pair.collateral.price);
    debt.record_price(&pair.debt.price);
    collateral.settle()?;
    debt.settle()?;

    let after = borrower
        .others
        .with(Holding::Collateral(borrower.positions.collateral(&collateral.id)), &pair.collateral)?
        .with(Holding::Debt(borrower.positions.debt(&debt.id)), &pair.debt)?;
    *borrower.call = pair.call;
    borrower.call.record(&after, terms, borrower.slot);
    Ok(Seizure {
        repaid: plan.repay,
        premium: plan.premium,
        debt_shares: paid_shares,
        seized,
        collateral_shares: plan.seize,
        bonus_bps: plan.bonus_bps,
        health: HealthChange { before: pair.totals.maintenance, after: after.maintenance },
        write_off,
    })
}

/// Refuses less than the bid insists on, and no tokens for a payment.
fn check_worth(
    pair: &Pair,
    plan: &Plan,
    seized: Atoms,
    taker: Option<&Positions>,
    terms: &LiquidationTerms,
    bid: Bid,
) -> Result<()> {
    // The liquidator takes worthless collateral whole and for nothing, so that the debt behind it can be written off.
    if plan.repay.0 == 0 && plan.seize < pair.collateral_shares {
        return Err(Refusal::AmountTooSmall);
    }
    // A share can be worth less than an atom.
    let is_unpaid =
        taker.is_none() && seized.0 == 0 && pair.debt.spot_atom_floor()?.value_floor(plan.repay.0)? > terms.dust();
    if is_unpaid || seized < bid.min_seized { Err(Refusal::SeizureBelowMinimum) } else { Ok(()) }
}

/// The debt shares that are paid for, and those that go: with a loss more.
fn retired(pair: &Pair, plan: &Plan, ledger: &Ledger) -> Result<(DebtShares, DebtShares)> {
    let shares = |atoms: Atoms| if atoms == pair.owed { Ok(pair.debt_shares) } else { ledger.debt_shares_floor(atoms) };
    let paid = shares(plan.repay)?;
    Ok((paid, if plan.retire == plan.repay { paid } else { shares(plan.retire)?.max(paid) }))
}

/// Books the loss of an obligation without collateral. Its debt of this reserve is left over from a liquidation that
/// took the last collateral for another debt, so there is nothing to seize, to price or to pause, and nothing else
/// moves.
pub fn forgive(debt: &mut Pool, positions: &mut Positions, call: &mut Call, bid: Bid, now: i64) -> Result<Seizure> {
    debt.ledger.accrue(now);
    if positions.debt(&debt.id).0 == 0 {
        return Err(Refusal::InsufficientDebt);
    }
    if bid.min_seized.0 > 0 {
        return Err(Refusal::SeizureBelowMinimum);
    }
    let write_off = write_off(debt, positions, DebtShares(0))?;
    debt.settle()?;
    let after = if positions.is_empty() { Health::default() } else { Health::NOTHING_LEFT };
    call.clear_if_healthy(&after);
    let health = HealthChange { before: Health::NOTHING_LEFT, after };
    Ok(Seizure { health, write_off, ..Seizure::default() })
}

/// Prices the two positions and sums them with the others.
fn pair(collateral: &Priced, debt: &Priced, borrower: &Borrower, terms: &LiquidationTerms, now: i64) -> Result<Pair> {
    let collateral_shares = borrower.positions.collateral(&collateral.pool.id);
    let debt_shares = borrower.positions.debt(&debt.pool.id);
    if collateral_shares.0 == 0 {
        return Err(Refusal::InsufficientCollateral);
    }
    if debt_shares.0 == 0 {
        return Err(Refusal::InsufficientDebt);
    }
    check_one_time(collateral, debt)?;
    let window_secs = terms.cure_secs();
    let is_resuming =
        [&collateral.pool, &debt.pool].iter().any(|pool| pool.pause.stopped_liquidations_within(window_secs, now));
    let (ledger, risk) = (&debt.pool.ledger, &debt.pool.settings.risk);
    let owed = ledger.debt_atoms_ceil(debt_shares)?;
    let insurance = match risk.insurance_share() {
        Bps(0) => Insurance::default(),
        share => Insurance { share, room: ledger.uninsured_floor(risk.insurance_target())? },
    };
    let collateral = Quote::new(collateral.pool, &collateral.price, PriceUse::Liquidation, now)?;
    let debt = Quote::new(debt.pool, &debt.price, PriceUse::Liquidation, now)?;
    let totals = borrower
        .others
        .with(Holding::Collateral(collateral_shares), &collateral)?
        .with(Holding::Debt(debt_shares), &debt)?;
    let (mut call, slot, target) = (*borrower.call, borrower.slot, borrower.target);
    call.record(&totals, terms, slot);
    Ok(Pair {
        collateral,
        collateral_shares,
        debt,
        debt_shares,
        owed,
        totals,
        target,
        call,
        slot,
        is_resuming,
        insurance,
    })
}

/// A position that is hedged by another is not liquidated because one of the two prices is left behind.
fn check_one_time(collateral: &Priced, debt: &Priced) -> Result<()> {
    let [a, b] = [collateral, debt].map(|priced| priced.pool.settings.guard.max_age_new_risk_secs);
    let apart = collateral.price.publish_time.abs_diff(debt.price.publish_time);
    if apart > u64::from(a.max(b)) { Err(Refusal::PricesApart) } else { Ok(()) }
}

/// Writes off `loss` and, without collateral, the remaining debt: nobody will pay it.
fn write_off(debt: &mut Pool, positions: &mut Positions, loss: DebtShares) -> Result<WriteOff> {
    let rest = if positions.has(Side::Collateral) { DebtShares(0) } else { positions.debt(&debt.id) };
    if rest.0 != 0 {
        positions.remove_debt(&debt.id, rest)?;
    }
    let shares = DebtShares(loss.0.checked_add(rest.0).ok_or(Refusal::MathOverflow)?);
    if shares.0 == 0 { Ok(WriteOff::default()) } else { debt.ledger.write_off(shares) }
}
