//! Supply tokens as collateral. Needs no price. docs/MODEL.md, "deposit".

use crate::pool::Pool;
use crate::positions::Positions;
use crate::units::{Atoms, SupplyShares};
use crate::{Refusal, Result};

/// Tokens in, shares for the depositor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// What the shares cost, rounded up: at most what was offered, less than a share's worth below it.
    pub taken: Atoms,
    pub shares: SupplyShares,
}

/// Turns up to `offered` into collateral.
///
/// Refuses an amount below one share, a 17th position, a reserve that the obligation owes to, and a reserve whose supply is lost.
pub fn deposit(pool: &mut Pool, positions: &mut Positions, offered: Atoms, now: i64) -> Result<Deposit> {
    pool.ledger.accrue(now);

    let shares = pool.ledger.supply_shares_floor(offered)?;
    if shares.0 == 0 {
        return Err(Refusal::AmountTooSmall);
    }
    let taken = pool.ledger.supply_atoms_ceil(shares)?;

    pool.ledger.supply(taken, shares)?;
    positions.add_collateral(&pool.id, shares)?;
    pool.settle()?;
    Ok(Deposit { taken, shares })
}
