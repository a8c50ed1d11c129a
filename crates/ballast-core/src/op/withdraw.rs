//! Redeems collateral for tokens. docs/MODEL.md, "withdraw".

use crate::call::Call;
use crate::health::{HealthChange, Totals};
use crate::pause::Pausable;
use crate::pool::Pool;
use crate::positions::{Holding, Positions, Side};
use crate::price::{PriceUse, RawPrice};
use crate::quote::Quote;
use crate::units::{Amount, Atoms, SupplyShares};
use crate::{Refusal, Result};

/// What must hold after a withdrawal.
#[expect(clippy::large_enum_variant, reason = "it is passed by reference, and a box would need a heap")]
pub enum Margin {
    /// Without debt. This needs no price, so a dead oracle cannot lock you in.
    NoDebt,
    /// The initial margin, with the obligation's other positions already summed.
    Initial { price: RawPrice, others: Totals },
}

/// The shares that a withdrawal burns, and what it pays out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// What the shares are worth, rounded down. It is at least the request, and less than one share's worth above.
    pub paid_out: Atoms,
    pub shares: SupplyShares,
    pub health: HealthChange,
}

/// Redeems collateral for `amount` of tokens.
///
/// Refuses a paused reserve, more than the collateral, the reserve's cash or its outflow limit, and whatever would
/// leave the initial margin uncovered.
pub fn withdraw(
    pool: &mut Pool,
    positions: &mut Positions,
    call: &mut Call,
    amount: Amount,
    margin: &Margin,
    now: i64,
) -> Result<Withdrawal> {
    pool.check_not_paused(Pausable::Withdraw, now)?;
    pool.check_no_flash_loan()?;
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
    let claims = pool.settle()?.claims_ceil;
    pool.outflow.leave(paid_out, claims, &pool.settings.limits, now)?;

    let health = margin.check(pool, positions, call, held, now)?;
    Ok(Withdrawal { paid_out, shares, health })
}

impl Margin {
    /// The maintenance health before and after, once the initial margin has been found to hold for what is left of
    /// `held` shares.
    pub fn check(
        &self,
        pool: &mut Pool,
        positions: &Positions,
        call: &mut Call,
        held: SupplyShares,
        now: i64,
    ) -> Result<HealthChange> {
        match self {
            Self::NoDebt if positions.has(Side::Debt) => Err(Refusal::InvariantBroken),
            Self::NoDebt => Ok(HealthChange::default()),
            Self::Initial { price, others } => {
                let quote = Quote::new(pool, price, PriceUse::NewRisk, now)?;
                let before = others.with(Holding::Collateral(held), &quote)?.maintenance;
                let after = others.with(Holding::Collateral(positions.collateral(&pool.id)), &quote)?;
                after.check_new_risk()?;
                call.clear_if_healthy(&after.maintenance);
                pool.record_price(&quote.price);
                Ok(HealthChange { before, after: after.maintenance })
            }
        }
    }
}
