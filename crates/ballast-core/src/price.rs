//! A price, what makes it acceptable, and which side of it a margin uses. docs/MODEL.md, "Prices".

use crate::math::{mul_exact, narrow_saturating};
use crate::units::BPS_ONE;
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// A published price as it stands in the oracle's account, unchecked. USD per whole token is
/// `spot * 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPrice {
    pub spot: i64,
    pub confidence: u64,
    pub ema: i64,
    pub ema_confidence: u64,
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
    /// The publish time of the update before this one.
    pub previous_publish_time: i64,
}

/// What the price is for. Liquidation accepts an older and less certain price than new risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceUse {
    NewRisk,
    /// A position that a liquidation trades.
    Liquidation,
    /// A position that a liquidation leaves alone, and all positions in a flag. Any price will do, because a dead feed
    /// must not protect an obligation: an old one counts at a discount.
    Maintenance,
}

/// A price that passed its guard: positive, dated, scaled. USD per whole token is `spot * 10^-digits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub spot: u64,
    /// The moving average.
    pub average: u64,
    /// For new risk, the lower end that collateral counts at: `min(spot - k*confidence, ema - k*ema_confidence)`. For
    /// liquidation, the average.
    pub low: u64,
    /// For new risk, the upper end that debt counts at: `max(spot + k*confidence, ema + k*ema_confidence)`. For
    /// liquidation, the average.
    pub high: u64,
    /// Decimals of the price, 0 to 18.
    pub digits: u8,
    /// Whether the feed has just come back after a halt: its last update lies more than a minute before this one, or
    /// the chain's clock does.
    pub is_after_halt: bool,
    /// Unix seconds.
    pub published_at: i64,
}

/// The limits that a reserve sets to its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct PriceGuard {
    /// Largest age for borrow, withdraw, and a debtor's new collateral.
    pub max_age_new_risk_secs: u32,
    /// Largest age for liquidation; not below the other.
    pub max_age_liquidation_secs: u32,
    /// Above this part of the price, spot or average, the confidence stops new risk.
    pub max_confidence_bps: u16,
    /// k: how many confidence intervals the initial margin keeps away from the price.
    pub confidence_multiplier_bps: u16,
    /// The band for new risk: the furthest that the spot may be from the average, as a part of the average.
    pub max_ema_deviation_bps: u16,
    /// The furthest that the spot may be from the last mark, as a part of the mark, for new risk, and for liquidations
    /// until it is confirmed ([`crate::volatility::Volatility`]).
    pub max_move_bps: u16,
}

impl PriceGuard {
    /// How far ahead of the chain's clock a price for new risk may be: that clock is an estimate and lags behind wall
    /// time.
    pub const MAX_AHEAD_SECS: i64 = 60;
    /// After a restart of the cluster its clock lags for hours, and liquidations must not wait for it.
    pub const MAX_AHEAD_LIQUIDATION_SECS: i64 = 86_400;
    /// A longer silence of a feed is a halt.
    pub const HALT_SECS: i64 = 60;
    pub const MAX_AGE_SECS: u32 = 86_400;
    /// A price takes seconds to reach the chain. A lower limit would make `refresh` unusable, and the mark of a live
    /// feed would grow old: INV-11.
    pub const MIN_LIQUIDATION_AGE_SECS: u32 = 60;
    pub const MAX_MULTIPLIER_BPS: u16 = 50_000;
    pub const MAX_BAND_BPS: u16 = 50_000;

    pub fn validate(&self) -> Result<()> {
        let ages = 0 < self.max_age_new_risk_secs
            && self.max_age_new_risk_secs <= self.max_age_liquidation_secs
            && (Self::MIN_LIQUIDATION_AGE_SECS..=Self::MAX_AGE_SECS).contains(&self.max_age_liquidation_secs);
        let confidence = 0 < self.max_confidence_bps
            && u64::from(self.max_confidence_bps) <= BPS_ONE
            && self.confidence_multiplier_bps <= Self::MAX_MULTIPLIER_BPS;
        let band = |bps: u16| (1..=Self::MAX_BAND_BPS).contains(&bps);
        if ages && confidence && band(self.max_ema_deviation_bps) && band(self.max_move_bps) {
            Ok(())
        } else {
            Err(Refusal::InvalidPriceGuard)
        }
    }

    /// Returns the price if this use may have it at `now` (INV-6).
    #[inline(never)]
    pub fn admit(&self, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Price> {
        self.judge(raw, usage, now)
    }

    /// [`PriceGuard::admit`], for the caller on the hot path. The exponent is checked before any arithmetic with it.
    #[inline(always)]
    pub(crate) fn judge(&self, raw: &RawPrice, usage: PriceUse, now: i64) -> Result<Price> {
        let digits = match u8::try_from(raw.exponent.wrapping_neg()) {
            Ok(digits) if digits <= 18 => digits,
            _ => return Err(Refusal::PriceExponent),
        };
        let (Ok(spot), Ok(ema)) = (u64::try_from(raw.spot), u64::try_from(raw.ema)) else {
            return Err(Refusal::PriceNotPositive);
        };
        if spot == 0 || ema == 0 {
            return Err(Refusal::PriceNotPositive);
        }
        self.check_time(raw.publish_time, usage, now)?;
        let published_at = raw.publish_time;
        let is_after_halt = raw.previous_publish_time.min(now) < published_at.wrapping_sub(Self::HALT_SECS);
        let average = ema;
        if usage != PriceUse::NewRisk {
            let (low, high) = (ema, ema);
            return Ok(Price { spot, average, low, high, digits, is_after_halt, published_at });
        }
        let certain = |price, confidence| is_within(confidence, price, self.max_confidence_bps);
        if !certain(spot, raw.confidence) || !certain(ema, raw.ema_confidence) {
            return Err(Refusal::PriceUncertain);
        }
        if !is_within(spot.abs_diff(ema), ema, self.max_ema_deviation_bps) {
            return Err(Refusal::PriceOffAverage);
        }
        let (margin, ema_margin) = (self.margin_ceil(raw.confidence), self.margin_ceil(raw.ema_confidence));
        let low = spot.saturating_sub(margin).min(ema.saturating_sub(ema_margin));
        let high = spot.saturating_add(margin).max(ema.saturating_add(ema_margin));
        Ok(Price { spot, average, low, high, digits, is_after_halt, published_at })
    }

    /// Age counts from the publish time, never from the slot in which somebody posted the price.
    fn check_time(&self, publish_time: i64, usage: PriceUse, now: i64) -> Result<()> {
        let (max_age_secs, max_ahead_secs) = match usage {
            PriceUse::NewRisk => (self.max_age_new_risk_secs, Self::MAX_AHEAD_SECS),
            PriceUse::Liquidation => (self.max_age_liquidation_secs, Self::MAX_AHEAD_LIQUIDATION_SECS),
            PriceUse::Maintenance => (u32::MAX, Self::MAX_AHEAD_LIQUIDATION_SECS),
        };
        let age_secs = now.saturating_sub(publish_time);
        if age_secs > i64::from(max_age_secs) {
            Err(Refusal::PriceStale)
        } else if age_secs < -max_ahead_secs {
            Err(Refusal::PriceFromFuture)
        } else {
            Ok(())
        }
    }

    /// Whether a price lies in the band around a marked one.
    #[inline(always)]
    pub fn is_within_move(&self, mark: u64, spot: u64) -> bool {
        is_within(mark.abs_diff(spot), mark, self.max_move_bps)
    }

    /// `k * confidence`, saturating.
    #[inline(always)]
    fn margin_ceil(&self, confidence: u64) -> u64 {
        let multiplier_bps = u64::from(self.confidence_multiplier_bps);
        if confidence >> 48 == 0 {
            // Below 2^48 times 2^16: a single word does.
            return confidence.wrapping_mul(multiplier_bps).div_ceil(BPS_ONE);
        }
        narrow_saturating(mul_exact(confidence, multiplier_bps).div_ceil(u128::from(BPS_ONE)))
    }
}

/// `part <= limit * whole`
#[inline(always)]
fn is_within(part: u64, whole: u64, limit_bps: u16) -> bool {
    let limit_bps = u64::from(limit_bps);
    if (whole | part) >> 48 == 0 {
        // Below 2^48 times 2^16: single words do.
        return part.wrapping_mul(BPS_ONE) <= whole.wrapping_mul(limit_bps);
    }
    mul_exact(part, BPS_ONE) <= mul_exact(whole, limit_bps)
}
