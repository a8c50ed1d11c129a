//! The structs that the module returns, with their fields in the order of the client's decoders. Values are in 2^-40
//! USD, weighted ones in 2^-40 USD / 10,000.

use ballast_core::health::Health;
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::{Price, RawPrice};
use ballast_core::units::Wide;
use bytemuck::{Pod, Zeroable};

#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct HealthNumbers {
    pub limit: Wide,
    pub debt: Wide,
    /// HF, rounded down; 2^64 - 1 without debt.
    pub factor_bps: u64,
}

impl From<Health> for HealthNumbers {
    fn from(health: Health) -> Self {
        let (limit, debt) = (Wide::new(health.limit.0), Wide::new(health.debt.0));
        Self { limit, debt, factor_bps: health.factor_bps_floor() }
    }
}

#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Numbers {
    pub initial: HealthNumbers,
    pub average: HealthNumbers,
    pub maintenance: HealthNumbers,
    pub collateral: Wide,
    pub debt: Wide,
    pub positions: [PositionNumbers; Positions::MAX],
}

#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct PositionNumbers {
    /// At the spot price: a collateral rounded down, a debt rounded up.
    pub value: Wide,
    /// In the feed's unit, 10^exponent USD.
    pub spot: u64,
    pub low: u64,
    pub high: u64,
    pub loan_to_value_bps: u64,
    pub liquidation_threshold_bps: u64,
    pub borrow_factor_bps: u64,
    pub price_state: PriceState,
}

/// What a liquidation of other positions makes of a position's price. The numbers are those of the client.
#[derive(Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct PriceState(pub u64);

impl PriceState {
    pub const GOOD: Self = Self(0);
    /// A jump that no later price has confirmed: the better of mark and price counts for the borrower.
    pub const UNCONFIRMED: Self = Self(1);
    /// Older than liquidations accept: it counts at a discount.
    pub const OLD: Self = Self(2);
    /// The account holds no usable price: the mark counts, at a discount if it is old.
    pub const MISSING: Self = Self(3);

    /// `raw` is what the account holds, and `used` what core makes of it for maintenance.
    pub fn of(pool: &Pool, raw: &RawPrice, used: &Price, now: i64) -> Self {
        let guard = &pool.settings.guard;
        if used.published_at != raw.publish_time {
            Self::MISSING
        } else if now.saturating_sub(used.published_at) > i64::from(guard.max_age_liquidation_secs) {
            Self::OLD
        } else if pool.volatility.is_unconfirmed(used, guard) {
            Self::UNCONFIRMED
        } else {
            Self::GOOD
        }
    }
}

#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct ReserveNumbers {
    /// Atoms, rounded down.
    pub debt: Wide,
    /// Atoms, rounded up.
    pub claims: Wide,
    /// Atoms, rounded down.
    pub equity: Wide,
    pub collateral_cap: Wide,
    /// Q64 atoms per share.
    pub supply_index: Wide,
    /// Q64 atoms per 2^32 shares.
    pub debt_index: Wide,
    /// In 1e-9.
    pub utilization: u64,
    /// Q64 per second, in force until the next change.
    pub borrow_rate: u64,
    /// Q64: the part of the debt's growth that the suppliers get.
    pub pass_through: u64,
    pub loan_to_value_bps: u64,
    pub liquidation_threshold_bps: u64,
    pub borrow_factor_bps: u64,
    /// Atoms: the outflow level, drained up to now. A negative level is credit.
    pub outflow_net: i64,
    /// Atoms that may leave now by the outflow limit alone; 2^64 - 1 without a limit.
    pub outflow_room: u64,
}

/// In the units of [`ReserveNumbers`].
#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Rate {
    pub borrow_rate: u64,
    pub pass_through: u64,
}

#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct SeizureNumbers {
    /// Atoms of the debt.
    pub repaid: u64,
    pub premium: u64,
    /// Atoms of the collateral.
    pub seized: u64,
    pub bonus_bps: u64,
    /// What repayment and premium are worth, and what is seized.
    pub paid: Wide,
    pub taken: Wide,
    pub before: HealthNumbers,
    pub after: HealthNumbers,
    /// Atoms of the debt that the liquidation writes off.
    pub loss: Wide,
}
