//! What a reserve's shares are worth at one moment: its indices and its price together. docs/MODEL.md, "Unit value".

use crate::Result;
use crate::ledger::{DEBT_SHARE_BITS, Indices};
use crate::pool::Pool;
use crate::price::{Price, PriceUse, RawPrice};
use crate::risk::RiskParams;
use crate::unit_value::UnitValue;
use crate::units::{DebtShares, SupplyShares};

/// A reserve, priced.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    pub risk: RiskParams,
    pub price: Price,
    pub usage: PriceUse,
    indices: Indices,
    /// Decimals of token and price together: one atom at a price of 1 is `10^-decimals` USD.
    decimals: usize,
}

impl Quote {
    /// Prices a pool for a use, with interest up to `now`; the pool itself is not changed.
    #[inline(never)]
    pub fn new(pool: &Pool, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Self> {
        let price = pool.admit(raw, usage, now)?;
        let decimals = usize::try_from(pool.decimals + u64::from(price.digits)).unwrap_or(usize::MAX);
        Ok(Self { risk: pool.risk, price, usage, indices: pool.ledger.indices_at(now), decimals })
    }

    /// Collateral at a price of 1, rounded down: times a price it is a value.
    #[inline(always)]
    pub fn supply_floor(&self, shares: SupplyShares) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_floor(self.indices.supply).mul_floor(UnitValue::ten_to_minus_floor(self.decimals)?);
        Ok(share.mul_floor(UnitValue::from_integer(shares.0)))
    }

    /// Debt at a price of 1, rounded up: times a price it is a value.
    #[inline(always)]
    pub fn debt_ceil(&self, shares: DebtShares) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_ceil(self.indices.debt).mul_ceil(UnitValue::ten_to_minus_ceil(self.decimals)?);
        Ok(share.divided_by_power(DEBT_SHARE_BITS.cast_signed()).mul_ceil(UnitValue::from_wide_ceil(shares.0)))
    }

    /// A supply share at the spot price, rounded up: what a liquidator is counted as having received.
    pub fn spot_share_ceil(&self) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_ceil(self.indices.supply).mul_ceil(UnitValue::ten_to_minus_ceil(self.decimals)?);
        Ok(share.mul_ceil(UnitValue::from_integer(self.price.spot)))
    }

    /// An atom at the spot price, rounded down: what a liquidator is counted as having paid.
    pub fn spot_atom_floor(&self) -> Result<UnitValue> {
        Ok(UnitValue::ten_to_minus_floor(self.decimals)?.mul_floor(UnitValue::from_integer(self.price.spot)))
    }
}
