//! Take collateral back. docs/MODEL.md, "withdraw".

use crate::health::{Health, Totals};
use crate::pool::Pool;
use crate::positions::{Holding, Positions, Side};
use crate::price::{PriceUse, RawPrice};
use crate::quote::Quote;
use crate::units::{Amount, Atoms, SupplyShares};
use crate::{Refusal, Result};

/// What must hold after collateral has left.
pub enum Margin<'a> {
    /// The obligation owes nothing: no price is needed, so none can stand in the way.
    NoDebt,
    /// The initial margin, with the obligation's other positions already summed.
    Initial { price: &'a RawPrice, others: &'a Totals },
}

/// Shares burned, tokens out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// What the shares are worth, rounded down: at least what was asked for, less than a share's worth above it.
    pub paid_out: Atoms,
    pub shares: SupplyShares,
    pub before: Health,
    pub after: Health,
}

/// Redeems collateral for `amount` of tokens.
///
/// Refuses more than the collateral or the reserve's cash, and whatever would leave the initial margin uncovered.
pub fn withdraw(
    pool: &mut Pool,
    positions: &mut Positions,
    amount: Amount,
    margin: &Margin,
    now: i64,
) -> Result<Withdrawal> {
    pool.ledger.accrue(now);

    let held = positions.collateral(&pool.id);
    let shares = match amount {
        Amount::All => held,
        Amount::Exact(atoms) => pool.ledger.supply_shares_ceil(atoms)?,
    };
    if shares.0 == 0 || shares > held {
        return Err(Refusal::InsufficientCollateral);
    }
    let paid_out = pool.ledger.supply_atoms_floor(shares)?;

    pool.ledger.redeem(paid_out, shares)?;
    positions.remove_collateral(&pool.id, shares)?;
    pool.settle()?;

    let rest = SupplyShares(held.0 - shares.0);
    let (before, after) = check(pool, positions, held, rest, margin, now)?;
    Ok(Withdrawal { paid_out, shares, before, after })
}

/// The maintenance health before and after, once the initial margin has been found to hold.
fn check(
    pool: &mut Pool,
    positions: &Positions,
    held: SupplyShares,
    rest: SupplyShares,
    margin: &Margin,
    now: i64,
) -> Result<(Health, Health)> {
    match margin {
        Margin::NoDebt if positions.has(Side::Debt) => Err(Refusal::InvariantBroken),
        Margin::NoDebt => Ok((Health::default(), Health::default())),
        Margin::Initial { price, others } => {
            let quote = Quote::new(pool, price, PriceUse::NewRisk, now)?;
            let before = others.with(Holding::Collateral(held), &quote)?;
            let after = others.with(Holding::Collateral(rest), &quote)?;
            if !after.initial.covers_debt() {
                return Err(Refusal::HealthTooLow);
            }
            pool.record_price(price);
            Ok((before.maintenance, after.maintenance))
        }
    }
}
