//! What a reserve's shares are worth at one moment: its indices and its price together. docs/MODEL.md, "Unit value".

use crate::Result;
use crate::ledger::Indices;
use crate::pool::Pool;
use crate::price::{Price, PriceUse, RawPrice};
use crate::risk::RiskParams;
use crate::unit_value::UnitValue;
use crate::units::{Atoms, DebtShares, SupplyShares, Usd};

/// A reserve, priced. Collateral is worth less than a share's exact value, debt more, each by at most one unit of [`Usd`].
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    pub risk: RiskParams,
    pub price: Price,
    pub usage: PriceUse,
    indices: Indices,
    /// Decimals of token and price together: a price of 1 for one atom is `10^-scale` USD.
    scale: usize,
}

impl Quote {
    /// Prices a pool for a use, with interest up to `now`; the pool itself is not changed.
    #[inline(always)]
    pub fn new(pool: &Pool, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Self> {
        let price = pool.admit(raw, usage, now)?;
        let scale = usize::try_from(pool.decimals + u64::from(price.digits)).unwrap_or(usize::MAX);
        Ok(Self { risk: pool.risk, price, usage, indices: pool.ledger.indices_at(now), scale })
    }

    /// USD per supply share for a price of 1, rounded down.
    #[inline(always)]
    pub fn supply_scale_floor(&self) -> Result<UnitValue> {
        Ok(UnitValue::from_index_floor(self.indices.supply).mul_floor(UnitValue::ten_to_minus_floor(self.scale)?))
    }

    /// USD per debt share for a price of 1, rounded up.
    #[inline(always)]
    pub fn debt_scale_ceil(&self) -> Result<UnitValue> {
        let per_2_32 =
            UnitValue::from_index_ceil(self.indices.debt).mul_ceil(UnitValue::ten_to_minus_ceil(self.scale)?);
        Ok(per_2_32.per_2_32())
    }

    /// A collateral at the spot price, rounded up: what a liquidator is counted as having received.
    pub fn spot_supply_ceil(&self) -> Result<UnitValue> {
        let scale = UnitValue::from_index_ceil(self.indices.supply).mul_ceil(UnitValue::ten_to_minus_ceil(self.scale)?);
        Ok(scale.mul_ceil(UnitValue::from_integer(self.price.spot)))
    }

    /// An atom at the spot price, rounded down: what a liquidator is counted as having paid.
    pub fn spot_atom_floor(&self) -> Result<UnitValue> {
        Ok(UnitValue::ten_to_minus_floor(self.scale)?.mul_floor(UnitValue::from_integer(self.price.spot)))
    }

    /// A collateral at the spot price, rounded down.
    pub fn collateral_floor(&self, shares: SupplyShares) -> Result<Usd> {
        self.supply_scale_floor()?.mul_floor(UnitValue::from_integer(self.price.spot)).value_floor(shares.0)
    }

    /// A debt at the spot price, rounded up.
    pub fn debt_ceil(&self, shares: DebtShares) -> Result<Usd> {
        self.debt_scale_ceil()?.mul_ceil(UnitValue::from_integer(self.price.spot)).value_ceil(shares.0)
    }

    /// Atoms at the spot price, rounded down.
    pub fn atoms_floor(&self, atoms: Atoms) -> Result<Usd> {
        self.spot_atom_floor()?.value_floor(atoms.0)
    }
}
