//! A reserve as core knows it: its books, its settings and their history, without mint, vault or oracle.

use crate::ledger::{Books, Ledger};
use crate::limits::Outflow;
use crate::pause::{Pausable, Pause};
use crate::price::{Price, PriceUse, RawPrice};
use crate::risk::{Ramp, Weights};
use crate::settings::{Settings, StepBase};
use crate::units::{Bps, Usd};
use crate::volatility::Volatility;
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Names a reserve: on chain, the address of its account.
#[derive(Clone, Copy, Debug, Default, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct ReserveId {
    pub bytes: [u8; 32],
}

/// Word by word: on chain, comparing the bytes would call a byte loop.
impl PartialEq for ReserveId {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let [a, b]: [[[u8; 8]; 4]; 2] = [bytemuck::cast(self.bytes), bytemuck::cast(other.bytes)];
        a.iter().zip(&b).all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Pool {
    pub id: ReserveId,
    pub ledger: Ledger,
    pub settings: Settings,
    pub step_base: StepBase,
    pub ramp: Ramp,
    pub pause: Pause,
    pub outflow: Outflow,
    pub volatility: Volatility,
    /// Publish time of the newest price that an instruction which wrote this pool has used.
    pub newest_publish_time: i64,
    /// Publish time of the first price after a halt of the feed, recorded at most once an hour; 0 for none.
    pub halted_at: i64,
    /// What an open flash loan has taken from the vault, within one transaction. The books do not count it.
    pub flash_atoms: u64,
    /// Unix seconds of the first settings; 0 for a reserve that is still closed.
    pub opened_at: i64,
    /// Counts the changes of the settings.
    pub epoch: u64,
    /// The decimals of the token, 0 to 18: one whole token is `10^decimals` atoms.
    pub decimals: u8,
    /// The number under which the market has listed the asset, 0 to 63.
    pub listing_number: u8,
    pub reserved: [u8; 6],
}

impl Pool {
    pub const MAX_DECIMALS: u8 = 18;
    /// A market lists at most as many assets as [`Limits`](crate::limits::Limits) has bits for.
    pub const MAX_LISTING_NUMBER: u8 = 63;

    /// An empty, closed pool at `now`.
    pub fn new(id: ReserveId, listing_number: u8, decimals: u8, now: i64) -> Result<Self> {
        if decimals > Self::MAX_DECIMALS {
            return Err(Refusal::UnsupportedDecimals);
        }
        if listing_number > Self::MAX_LISTING_NUMBER {
            return Err(Refusal::MarketFull);
        }
        let (ledger, settings) = (Ledger::new(now), Settings::CLOSED);
        let mut pool = Self { id, ledger, settings, listing_number, decimals, ..Zeroable::zeroed() };
        pool.settle()?;
        Ok(pool)
    }

    /// Returns the price if it is good for this use at `now` and no newer one was used before (INV-6). For maintenance
    /// any price is good: where the account holds nothing usable, the mark counts.
    #[inline(always)]
    pub fn admit(&self, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Price> {
        let guard = &self.settings.guard;
        let is_replayed = raw.publish_time < self.newest_publish_time;
        match guard.judge(raw, usage, now) {
            Ok(price) if !is_replayed => {
                match usage {
                    PriceUse::NewRisk => self.volatility.check_move(&price, guard)?,
                    PriceUse::Liquidation => self.volatility.check_confirmed(&price, guard)?,
                    PriceUse::Maintenance => {}
                }
                Ok(price)
            }
            _ if usage == PriceUse::Maintenance => guard.admit(&self.marked_price(), usage, now),
            Err(refusal) if !is_replayed => Err(refusal),
            _ => Err(Refusal::PriceReplayed),
        }
    }

    /// What collateral and debt count at in maintenance margins: the spot price. While a jump is not confirmed, the
    /// better of it and what it is compared with for the borrower.
    #[inline(always)]
    pub fn maintenance_prices(&self, price: &Price, usage: PriceUse) -> [u64; 2] {
        if usage == PriceUse::Maintenance && self.volatility.is_unconfirmed(price, &self.settings.guard) {
            let reference = self.volatility.reference(price);
            return [price.spot.max(reference), price.spot.min(reference)];
        }
        [price.spot; 2]
    }

    /// Returns a price that may become a mark, confirmed or not.
    pub fn observe(&self, raw: &RawPrice, now: i64) -> Result<Price> {
        if raw.publish_time < self.newest_publish_time {
            return Err(Refusal::PriceReplayed);
        }
        self.settings.guard.admit(raw, PriceUse::Liquidation, now)
    }

    /// The mark, as a price that an account might hold. It stands in for a price account that cannot be read.
    #[cold]
    pub fn marked_price(&self) -> RawPrice {
        let Volatility { spot, digits, marked_at, .. } = self.volatility;
        let spot = i64::try_from(spot).unwrap_or(i64::MAX);
        let exponent = i32::try_from(digits).map_or(0, i32::wrapping_neg);
        let (confidence, ema, ema_confidence) = (0, spot, 0);
        RawPrice {
            spot,
            confidence,
            ema,
            ema_confidence,
            exponent,
            publish_time: marked_at,
            previous_publish_time: marked_at,
        }
    }

    /// Records a used price. Older ones are refused afterwards, and it may become the next mark.
    #[inline(never)]
    pub fn record_price(&mut self, price: &Price) {
        self.newest_publish_time = self.newest_publish_time.max(price.published_at);
        self.halted_at = self.halted_at_with(price);
        self.volatility.mark(price, &self.settings.guard, &self.settings.margin);
    }

    /// When the feed last came back after a halt, with this price. A feed that halts all the time counts once an hour.
    #[inline(always)]
    fn halted_at_with(&self, price: &Price) -> i64 {
        const HOUR_SECS: i64 = 3_600;
        let is_new = price.is_after_halt && price.published_at.wrapping_sub(self.halted_at) >= HOUR_SECS;
        if is_new { price.published_at } else { self.halted_at }
    }

    /// Whether the feed came back from a halt less than five minutes ago. Outside of a pair only a recorded halt counts:
    /// a feed that has gaps all the time would renew an unrecorded one with every price.
    #[inline(always)]
    pub fn is_halted(&self, price: &Price, usage: PriceUse, now: i64) -> bool {
        const GRACE_SECS: i64 = 300;
        let halted_at = if usage == PriceUse::Maintenance { self.halted_at } else { self.halted_at_with(price) };
        // The clock ends the grace of a feed that has died since, the price that of a chain whose clock lags.
        (0..GRACE_SECS).contains(&now.max(price.published_at).wrapping_sub(halted_at))
    }

    /// Refuses another feed whose price is implausible. Any feed may price a reserve without supply and debt.
    pub fn check_successor(&self, price: &Price, now: i64) -> Result<()> {
        if self.ledger.supply_shares == 0 && self.ledger.debt_shares.get() == 0 {
            return Ok(());
        }
        self.volatility.check_successor(price, now)
    }

    /// Starts over with the price of another feed. The averages of the volatility stay.
    pub fn restart_price(&mut self, price: &Price) {
        self.newest_publish_time = price.published_at;
        self.volatility.restart(price);
        self.epoch = self.epoch.saturating_add(1);
    }

    /// Refuses a paused action.
    #[inline(always)]
    pub fn check_not_paused(&self, action: Pausable, now: i64) -> Result<()> {
        if self.pause.stops(action, now) { Err(Refusal::ActionPaused) } else { Ok(()) }
    }

    /// Refuses while a flash loan is open. Every operation that could use the missing cash calls this; `repay` and
    /// `liquidate` do not.
    #[inline(always)]
    pub fn check_no_flash_loan(&self) -> Result<()> {
        if self.flash_atoms != 0 { Err(Refusal::FlashLoanOpen) } else { Ok(()) }
    }

    /// The weights of the reserve at `now`, with its ramp and a margin for its volatility.
    #[inline(always)]
    pub fn weights_at(&self, haircut_bps: u64, now: i64) -> Weights {
        let weights = self.ramp.weights_at(&self.settings.risk, now);
        let room = u64::from(weights.liquidation_threshold.0).saturating_sub(haircut_bps);
        if room >= weights.loan_to_value.get() {
            return weights;
        }
        Weights { loan_to_value: Bps(u16::try_from(room).unwrap_or(u16::MAX)), ..weights }
    }

    /// The most that the whole supply counts for in borrow limits at `now`.
    #[inline(always)]
    pub fn collateral_cap(&self, now: i64) -> Usd {
        let opened_secs = u64::try_from(now.saturating_sub(self.opened_at)).unwrap_or(0);
        self.settings.limits.collateral_cap(opened_secs)
    }

    /// What a change at `now` is a step from: the settings in force, without tightenings, and with twice the probation
    /// that still counts when it is halved: a change cuts what is left of it in half, not what has passed.
    pub fn steps_from(&self, now: i64) -> Settings {
        let mut from = self.settings;
        self.step_base.restore(&mut from);
        let probation_secs = &mut from.limits.probation_secs;
        let passed_secs = u32::try_from(now.saturating_sub(self.opened_at).max(0)).unwrap_or(u32::MAX);
        *probation_secs = if passed_secs < *probation_secs { probation_secs.saturating_add(passed_secs) } else { 0 };
        from
    }

    /// Ends every change of the books.
    #[inline(never)]
    pub fn settle(&mut self) -> Result<Books> {
        self.ledger.settle(&self.settings.curve, self.settings.risk.reserve_factor())
    }
}
