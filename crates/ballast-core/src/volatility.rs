//! How much a price moves, and the margin that this requires. docs/MODEL.md, "Dynamic margin".

use crate::math::{mul_exact, narrow_saturating};
use crate::price::{Price, PriceGuard};
use crate::units::BPS_ONE;
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// How a reserve's volatility lowers its loan-to-value: to at most `threshold - z * sigma * sqrt(horizon) - cost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct MarginModel {
    /// z: how many standard deviations of the horizon's return lie between loan-to-value and threshold; 0 switches the
    /// model off.
    pub z_bps: u16,
    /// What closing a position costs.
    pub cost_bps: u16,
    /// The yearly standard deviation of a bad time; a quarter of it always counts.
    pub stress_bps: u32,
    /// How long a liquidation of a position may take.
    pub horizon_secs: u32,
    /// Memory of the fast and of the slow average.
    pub fast_secs: u32,
    pub slow_secs: u32,
    pub reserved: u32,
}

impl MarginModel {
    pub const OFF: Self =
        Self { z_bps: 0, cost_bps: 0, stress_bps: 0, horizon_secs: 0, fast_secs: 1, slow_secs: 1, reserved: 0 };
    /// 30 days.
    pub const MAX_SECS: u32 = 2_592_000;
    /// 1,000 % a year.
    pub const MAX_STRESS_BPS: u32 = 100_000;

    pub fn validate(&self) -> Result<()> {
        let memories = 0 < self.fast_secs && self.fast_secs <= self.slow_secs && self.slow_secs <= Self::MAX_SECS;
        let bounded = self.horizon_secs <= Self::MAX_SECS
            && self.stress_bps <= Self::MAX_STRESS_BPS
            && u64::from(self.cost_bps) <= BPS_ONE;
        if memories && bounded && self.reserved == 0 { Ok(()) } else { Err(Refusal::InvalidMarginModel) }
    }

    /// `z * sigma * sqrt(horizon) + cost` in basis points, rounded up, at most 10,000. Sigma is the largest of the fast
    /// one, the slow one, and three quarters of the fast with a quarter of the stress.
    fn haircut_ceil(&self, fast: u64, slow: u64) -> u64 {
        if self.z_bps == 0 {
            return 0;
        }
        // sqrt(Q64 per second) is Q32 per square root of a second.
        let (fast, slow) = (sqrt_ceil(fast), sqrt_ceil(slow));
        let stress = (u64::from(self.stress_bps) << 32).div_ceil(BPS_ONE * SQRT_YEAR);
        let sigma = fast.max(slow).max((3 * fast + stress).div_ceil(4));
        let spread = sigma.saturating_mul(sqrt_ceil(u64::from(self.horizon_secs)));
        let margin = narrow_saturating((mul_exact(spread, u64::from(self.z_bps)) >> 32) + 1);
        margin.saturating_add(u64::from(self.cost_bps)).min(BPS_ONE)
    }
}

/// Square root of the seconds of a year, rounded down.
const SQRT_YEAR: u64 = 5_615;

/// Newton's iteration: the VM divides as fast as it adds, and the standard library's digit by digit is ten times the
/// code.
fn sqrt_ceil(x: u64) -> u64 {
    if x == 0 {
        return 0;
    }
    // Starts above the root. Every step comes closer, and the first step that does not ends the search.
    let mut floor = 1 << (u64::BITS - x.leading_zeros()).div_ceil(2);
    loop {
        let next = (floor + x / floor) / 2;
        if next >= floor {
            break;
        }
        floor = next;
    }
    if floor * floor == x { floor } else { floor + 1 }
}

/// The last price that was taken as a mark, and the averages of the squared returns between marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Volatility {
    /// The marked spot price and its decimals.
    pub spot: u64,
    pub digits: u64,
    /// Its publish time; 0 before the first mark.
    pub marked_at: i64,
    /// Publish time of the last mark that lay beyond the band; 0 for none.
    pub jumped_at: i64,
    /// Publish time of a price beyond the band that waits for its confirmation; 0 for none.
    pub unconfirmed_at: i64,
    /// 1 if that price lies above the band.
    pub unconfirmed_up: u64,
    /// Averages of squared logarithmic returns per second, in Q64.
    pub fast: u64,
    pub slow: u64,
    /// How far the loan-to-value stays below the threshold.
    pub haircut_bps: u64,
}

/// Where a price lies beside the band around the last mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Band {
    Inside,
    /// Outside, for long enough to be believed.
    Confirmed,
    /// Outside, on the side that is 1 above the band and 0 below it.
    Unconfirmed(u64),
}

impl Volatility {
    /// Marks are at least a minute apart, unless a jump is confirmed.
    pub const MIN_INTERVAL_SECS: i64 = 60;
    /// A mark older than this does not limit how far a price may have moved.
    pub const MARK_LIFE_SECS: i64 = 3_600;
    /// After a jump the reserve takes no new risk for this long.
    pub const COOL_OFF_SECS: i64 = 600;
    /// A price on the same side of the band, published this much later, confirms a jump.
    pub const CONFIRM_SECS: core::ops::RangeInclusive<i64> = 30..=300;
    /// How many standard deviations an old price may have moved.
    const AGING_Z: u64 = 4;
    /// The yearly deviations between which an old price is assumed to move, 20 % and 200 %, per root of a second in Q32.
    const AGING_SIGMA: [u64; 2] = [(1 << 32) / (5 * SQRT_YEAR), (2 << 32) / SQRT_YEAR];

    /// Takes a price as the next mark, unless the last is too recent. A price beyond the band becomes a mark when it is
    /// confirmed. Every instruction that writes the reserve and has its price calls this.
    #[inline(always)]
    pub fn mark(&mut self, price: &Price, guard: &PriceGuard, model: &MarginModel) {
        let elapsed = price.published_at.saturating_sub(self.marked_at);
        if elapsed >= Self::MIN_INTERVAL_SECS || self.unconfirmed_at != 0 || !self.is_inside(price, guard) {
            self.advance(price, guard, model);
        }
    }

    #[inline(never)]
    fn advance(&mut self, price: &Price, guard: &PriceGuard, model: &MarginModel) {
        let elapsed = price.published_at.saturating_sub(self.marked_at);
        match self.band(price, guard) {
            Band::Unconfirmed(up) => {
                let waited = price.published_at.saturating_sub(self.unconfirmed_at);
                // Going further out restarts nothing.
                if self.unconfirmed_at == 0 || self.unconfirmed_up != up || waited > *Self::CONFIRM_SECS.end() {
                    (self.unconfirmed_at, self.unconfirmed_up) = (price.published_at, up);
                }
                return;
            }
            Band::Inside if elapsed < Self::MIN_INTERVAL_SECS => {
                (self.unconfirmed_at, self.unconfirmed_up) = (0, 0);
                return;
            }
            Band::Inside => {}
            Band::Confirmed => self.jumped_at = price.published_at,
        }
        if self.marked_at != 0 && self.digits == u64::from(price.digits) {
            let (square, elapsed) = (squared_return(self.spot, price.spot), elapsed.unsigned_abs());
            self.fast = average_ceil(self.fast, square, elapsed, model.fast_secs);
            self.slow = average_ceil(self.slow, square, elapsed, model.slow_secs);
        }
        self.restart(price);
        self.apply(model);
    }

    /// Begins again with the price of another feed.
    pub fn restart(&mut self, price: &Price) {
        (self.spot, self.digits, self.marked_at) = (price.spot, u64::from(price.digits), price.published_at);
        (self.unconfirmed_at, self.unconfirmed_up) = (0, 0);
    }

    /// Computes the haircut that a model requires.
    pub fn apply(&mut self, model: &MarginModel) {
        self.haircut_bps = model.haircut_ceil(self.fast, self.slow);
    }

    /// The haircut with the mark that a price would make, or a larger one. New risk is judged with it, because reserves
    /// that an instruction only reads keep their old mark.
    #[inline(always)]
    pub fn haircut_with(&self, price: &Price, guard: &PriceGuard, model: &MarginModel) -> u64 {
        if model.z_bps == 0 { self.haircut_bps } else { self.haircut_after(price, guard, model) }
    }

    #[inline(never)]
    fn haircut_after(&self, price: &Price, guard: &PriceGuard, model: &MarginModel) -> u64 {
        let elapsed = u64::try_from(price.published_at.saturating_sub(self.marked_at)).unwrap_or(0);
        // A return that is small beside the averages only lowers them.
        if squared_return(self.spot, price.spot) <= self.fast.min(self.slow).saturating_mul(elapsed) {
            return self.haircut_bps;
        }
        let mut next = *self;
        next.mark(price, guard, model);
        next.haircut_bps
    }

    /// Refuses new risk at a price beyond the band around the mark, and during the cool-off after a mark beyond it.
    #[inline(always)]
    pub fn check_move(&self, price: &Price, guard: &PriceGuard) -> Result<()> {
        let cooling = self.jumped_at != 0 && price.published_at.saturating_sub(self.jumped_at) < Self::COOL_OFF_SECS;
        if cooling || !self.is_inside(price, guard) { Err(Refusal::PriceJumped) } else { Ok(()) }
    }

    /// INV-18: refuses a liquidation at a price beyond the band that has not stood for half a minute. One print is not a
    /// market.
    #[inline(always)]
    pub fn check_confirmed(&self, price: &Price, guard: &PriceGuard) -> Result<()> {
        if self.is_unconfirmed(price, guard) { Err(Refusal::PriceUnconfirmed) } else { Ok(()) }
    }

    /// Whether a price lies beyond the band, confirmed or not.
    pub fn has_jumped(&self, price: &Price, guard: &PriceGuard) -> bool {
        !self.is_inside(price, guard)
    }

    #[inline(always)]
    pub fn is_unconfirmed(&self, price: &Price, guard: &PriceGuard) -> bool {
        !self.is_inside(price, guard) && matches!(self.band(price, guard), Band::Unconfirmed(_))
    }

    #[inline(always)]
    fn is_inside(&self, price: &Price, guard: &PriceGuard) -> bool {
        guard.is_within_move(self.reference(price), price.spot)
    }

    /// Refuses a successor of the marked feed whose price differs too much: by more than a fifth for every day since
    /// the mark, the first day included. So a change can replace a dead feed however far the price has moved. If the
    /// feed is live, somebody refreshes it, and the change moves the price by at most a fifth.
    pub fn check_successor(&self, price: &Price, now: i64) -> Result<()> {
        const DAY_SECS: u64 = 86_400;
        let days = u64::try_from(now.saturating_sub(self.marked_at)).unwrap_or(0).div_ceil(DAY_SECS).max(1);
        let (old, new) = (scaled(self.spot, self.digits), scaled(price.spot, u64::from(price.digits)));
        let within = old.abs_diff(new) <= (old / 5).saturating_mul(u128::from(days));
        if within { Ok(()) } else { Err(Refusal::FeedImplausible) }
    }

    /// What a price is compared with: the mark, or the price's own average if the mark is over an hour old or has
    /// another scale.
    #[inline(always)]
    pub fn reference(&self, price: &Price) -> u64 {
        let age = price.published_at.wrapping_sub(self.marked_at);
        let is_comparable = self.digits == u64::from(price.digits);
        if is_comparable && age <= Self::MARK_LIFE_SECS { self.spot } else { price.average }
    }

    #[inline(never)]
    fn band(&self, price: &Price, guard: &PriceGuard) -> Band {
        if self.is_inside(price, guard) {
            return Band::Inside;
        }
        let up = u64::from(price.spot > self.reference(price));
        let waited = price.published_at.saturating_sub(self.unconfirmed_at);
        let is_confirmed =
            self.unconfirmed_at != 0 && self.unconfirmed_up == up && Self::CONFIRM_SECS.contains(&waited);
        if is_confirmed { Band::Confirmed } else { Band::Unconfirmed(up) }
    }

    /// How far a price of this age may have moved beyond what the age limit allows, in basis points of it, rounded up:
    /// `z * sigma * (sqrt(age) - sqrt(max_age))`, at most 10,000. Sigma is the slow average's root.
    #[cold]
    pub fn aging_ceil(&self, age_secs: u64, max_age_secs: u32) -> u64 {
        let [least, most] = Self::AGING_SIGMA;
        let sigma = sqrt_ceil(self.slow).clamp(least, most);
        // Roots with 8 fractional bits, so that the discount grows every few seconds.
        let root = |secs: u64| sqrt_ceil(secs.min(1 << 40) << 16);
        let roots = root(age_secs).saturating_sub(root(u64::from(max_age_secs)));
        let moved = mul_exact(sigma.saturating_mul(roots), Self::AGING_Z * BPS_ONE) >> 40;
        if roots == 0 { 0 } else { narrow_saturating(moved + 1).min(BPS_ONE) }
    }
}

/// A price in units of 1e-18 USD.
fn scaled(spot: u64, digits: u64) -> u128 {
    let power = u32::try_from(digits).map_or(0, |digits| 18u32.saturating_sub(digits));
    u128::from(spot).saturating_mul(10u128.saturating_pow(power))
}

/// `(average * memory + square) / (memory + elapsed)`, rounded up: the exponential average for steps of any length, to
/// first order, and never above the larger of the two.
fn average_ceil(average: u64, square: u64, elapsed_secs: u64, memory_secs: u32) -> u64 {
    let memory_secs = u64::from(memory_secs);
    let sum = mul_exact(average, memory_secs) + u128::from(square);
    narrow_saturating(sum.div_ceil(u128::from(memory_secs.saturating_add(elapsed_secs))))
}

/// The square of `ln(to / from)` in Q64, capped at 1.
///
/// `ln(q) = 2 * (x + x^3 / 3 + ...)` with `x = (q - 1) / (q + 1)`: short by less than 0.3 % of itself for a doubling,
/// and by less than the cap hides beyond a factor of e.
fn squared_return(from: u64, to: u64) -> u64 {
    // Both to 31 bits, so that the sum has 32 and the quotient is one division.
    let excess = 33u32.saturating_sub((from | to).leading_zeros());
    let (from, to) = (from >> excess, to >> excess);
    let x = ((from.abs_diff(to) << 32) / (from + to).max(1)).min(u64::from(u32::MAX));
    let cube = (((x * x) >> 32) * x) >> 32;
    let log = 2 * (x + cube / 3);
    if log >> 32 != 0 { u64::MAX } else { log * log }
}
