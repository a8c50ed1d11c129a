//! What a reserve's shares are worth at one moment: its indices and its price together. docs/MODEL.md, "Unit value".

use crate::Result;
use crate::ledger::{DEBT_SHARE_BITS, Indices};
use crate::math::{div_floor, mul_q64_floor, narrow_saturating};
use crate::pool::Pool;
use crate::price::{Price, PriceUse, RawPrice};
use crate::risk::Weights;
use crate::unit_value::UnitValue;
use crate::units::{DebtShares, SupplyShares, Usd};

/// A reserve, priced.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    pub weights: Weights,
    pub price: Price,
    /// What collateral and debt count at in the maintenance margin.
    pub collateral_price: u64,
    pub debt_price: u64,
    pub usage: PriceUse,
    /// The debts that this asset as collateral forbids, and the bit of this asset as a debt. Only for
    /// [`PriceUse::NewRisk`].
    pub barred_debts: u64,
    pub debt_bit: u64,
    /// Whether the feed has halted lately.
    pub is_halted: bool,
    indices: Indices,
    /// The collateral cap, only for [`PriceUse::NewRisk`], and the supply that shares it.
    cap: Usd,
    supply: SupplyShares,
    /// Decimals of token and price together: one atom at a price of 1 is `10^-decimals` USD.
    decimals: usize,
}

impl Quote {
    /// Prices a pool for a use, with interest up to `now`; the pool itself is not changed.
    #[inline(always)]
    pub fn new(pool: &Pool, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Self> {
        // One function for each use: each leaves out what the others need.
        match usage {
            PriceUse::NewRisk => Self::for_new_risk(pool, raw, now),
            PriceUse::Liquidation => Self::for_liquidation(pool, raw, now),
            PriceUse::Maintenance => Self::for_maintenance(pool, raw, now),
        }
    }

    #[inline(never)]
    fn for_new_risk(pool: &Pool, raw: &RawPrice, now: i64) -> Result<Self> {
        Self::priced(pool, raw, PriceUse::NewRisk, now)
    }

    #[inline(never)]
    fn for_liquidation(pool: &Pool, raw: &RawPrice, now: i64) -> Result<Self> {
        Self::priced(pool, raw, PriceUse::Liquidation, now)
    }

    #[inline(never)]
    fn for_maintenance(pool: &Pool, raw: &RawPrice, now: i64) -> Result<Self> {
        Self::priced(pool, raw, PriceUse::Maintenance, now)
    }

    #[inline(always)]
    fn priced(pool: &Pool, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Self> {
        let price = pool.admit(raw, usage, now)?;
        let [collateral_price, debt_price] = pool.maintenance_prices(&price, usage);
        // Only new risk asks for these.
        let (barred_debts, debt_bit, cap) = match usage {
            PriceUse::NewRisk => {
                let debt_bit = 1u64.checked_shl(u32::from(pool.listing_number)).unwrap_or(0);
                (!pool.settings.limits.allowed_debts, debt_bit, pool.collateral_cap(now))
            }
            PriceUse::Liquidation | PriceUse::Maintenance => (0, 0, Usd(0)),
        };
        Ok(Self {
            weights: weights(pool, &price, usage, now),
            price,
            collateral_price,
            debt_price,
            usage,
            barred_debts,
            debt_bit,
            is_halted: usage != PriceUse::NewRisk && pool.is_halted(&price, usage, now),
            indices: pool.ledger.indices_at(now),
            cap,
            supply: SupplyShares(pool.ledger.supply_shares),
            decimals: usize::from(pool.decimals) + usize::from(price.digits),
        })
    }

    /// Collateral at a price of 1, rounded down: times a price it is a value.
    #[inline(always)]
    pub fn supply_floor(&self, shares: SupplyShares) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_floor(self.indices.supply).mul_floor(UnitValue::ten_to_minus_floor(self.decimals)?);
        Ok(share.mul_floor(UnitValue::from_integer(shares.0)))
    }

    /// What collateral worth `value` counts for in a borrow limit, rounded down: at most its part of the cap on the
    /// whole supply.
    #[inline(always)]
    pub fn capped_floor(&self, value: Usd, shares: SupplyShares) -> Result<Usd> {
        if self.cap.0 >= Usd::POSITION_LIMIT {
            return Ok(value);
        }
        // The last supplier has left: there is no supply of which to have a part.
        let part = narrow_saturating(div_floor(u128::from(shares.0) << 64, u128::from(self.supply.0.max(1)))?);
        Ok(value.min(Usd(mul_q64_floor(self.cap.0, part))))
    }

    /// Debt at a price of 1, rounded up: times a price it is a value.
    #[inline(always)]
    pub fn debt_ceil(&self, shares: DebtShares) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_ceil(self.indices.debt).mul_ceil(UnitValue::ten_to_minus_ceil(self.decimals)?);
        Ok(share.divided_by_power(DEBT_SHARE_BITS.cast_signed()).mul_ceil(UnitValue::from_wide_ceil(shares.0)))
    }

    /// A supply share at the spot price, rounded up: it values what a liquidator receives.
    pub fn spot_share_ceil(&self) -> Result<UnitValue> {
        let share =
            UnitValue::from_index_ceil(self.indices.supply).mul_ceil(UnitValue::ten_to_minus_ceil(self.decimals)?);
        Ok(share.mul_ceil(UnitValue::from_integer(self.price.spot)))
    }

    /// An atom at the spot price, rounded down: it values what a liquidator pays.
    pub fn spot_atom_floor(&self) -> Result<UnitValue> {
        Ok(UnitValue::ten_to_minus_floor(self.decimals)?.mul_floor(UnitValue::from_integer(self.price.spot)))
    }
}

/// The weights for a use. An old price of a position that nobody trades counts at a discount (INV-15).
#[inline(always)]
fn weights(pool: &Pool, price: &Price, usage: PriceUse, now: i64) -> Weights {
    let guard = &pool.settings.guard;
    if usage == PriceUse::NewRisk {
        return pool.weights_at(pool.volatility.haircut_with(price, guard, &pool.settings.margin), now);
    }
    let weights = pool.ramp.weights_at(&pool.settings.risk, now);
    // The guard has bounded the publish time.
    let age_secs = now.wrapping_sub(price.published_at);
    if age_secs <= i64::from(guard.max_age_liquidation_secs) {
        return weights;
    }
    weights.discounted(pool.volatility.aging_ceil(age_secs.unsigned_abs(), guard.max_age_liquidation_secs))
}
