//! Supplies tokens as collateral. docs/MODEL.md, "deposit".

use crate::ledger::Ledger;
use crate::pool::Pool;
use crate::positions::{Positions, Side};
use crate::price::{PriceUse, RawPrice};
use crate::quote::Quote;
use crate::units::{Atoms, SupplyShares, Usd};
use crate::{Refusal, Result};

/// The condition on which an obligation takes collateral.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// The deposit changes nobody's risk, see [`Entry::is_free`]. It needs no price, so a dead oracle cannot block it.
    Free,
    /// The collateral is new to an obligation in debt. The feed must be alive, or no liquidation could trade it, and
    /// there must be enough of it that nobody adds dust in front of every liquidation (INV-19).
    Priced(RawPrice),
}

impl Entry {
    /// 10 USD.
    pub const LEAST_CENTS: u64 = 1_000;

    /// Whether the obligation has no debt, or already has this collateral.
    pub fn is_free(pool: &Pool, positions: &Positions) -> bool {
        !positions.has(Side::Debt) || positions.holds(&pool.id)
    }

    /// Lets `shares` of the collateral in, or refuses them. A price that is good enough to liquidate by will do: adding
    /// collateral must stay possible in a crash.
    pub fn admit(&self, pool: &mut Pool, positions: &Positions, shares: SupplyShares, now: i64) -> Result<()> {
        match self {
            Entry::Free if Entry::is_free(pool, positions) => Ok(()),
            Entry::Free => Err(Refusal::PriceRequired),
            Entry::Priced(raw) => {
                let quote = Quote::new(pool, raw, PriceUse::Liquidation, now)?;
                if quote.spot_share_ceil()?.value_ceil(shares.0)? < Usd::from_cents(Self::LEAST_CENTS) {
                    return Err(Refusal::CollateralTooSmall);
                }
                pool.record_price(&quote.price);
                Ok(())
            }
        }
    }
}

/// What a deposit takes, and the shares that it buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// What the shares cost, rounded up. It is at most the offer, and less than one share's worth below it.
    pub taken: Atoms,
    pub shares: SupplyShares,
}

/// Returns what to take from the depositor if less may arrive. The caller then deposits what has arrived.
pub fn size(pool: &Pool, offered: Atoms, now: i64) -> Result<Atoms> {
    let mut ledger = pool.ledger;
    ledger.accrue(now);
    buy(&ledger, offered).map(|deposit| deposit.taken)
}

/// Turns up to `offered` into collateral.
///
/// Refuses an amount below one share, a 17th position, a reserve that the obligation owes to, a reserve whose supply is
/// lost or at its cap, and new collateral of an obligation in debt without a usable price.
pub fn deposit(pool: &mut Pool, positions: &mut Positions, entry: &Entry, offered: Atoms, now: i64) -> Result<Deposit> {
    pool.check_no_flash_loan()?;
    pool.ledger.accrue(now);

    let Deposit { taken, shares } = buy(&pool.ledger, offered)?;

    entry.admit(pool, positions, shares, now)?;

    pool.ledger.supply(taken, shares)?;
    positions.add_collateral(&pool.id, shares)?;
    let books = pool.settle()?;
    pool.settings.limits.check_supply(&books)?;
    pool.outflow.come(taken, &pool.settings.limits, now);
    Ok(Deposit { taken, shares })
}

/// Returns the shares that `offered` buys, and what they cost.
fn buy(ledger: &Ledger, offered: Atoms) -> Result<Deposit> {
    let shares = ledger.supply_shares_floor(offered)?;
    if shares.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    Ok(Deposit { taken: ledger.supply_atoms_ceil(shares)?, shares })
}
