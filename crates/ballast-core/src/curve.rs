//! The interest curve: how expensive borrowing is at a given utilization. docs/MODEL.md, "Interest".

use crate::math::{div_ceil, mul_bounded, mul_exact, narrow};
use crate::units::{BPS_ONE, Bps};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// Utilization, the borrowed part of a reserve's assets, in units of 1e-9; 0 to [`Utilization::FULL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utilization(pub u64);

/// The interest rate per second in Q64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RatePerSecond(pub u64);

/// A corner of the curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct CurvePoint {
    /// Utilization, 0 to 10,000, growing from point to point.
    pub utilization_bps: u32,
    /// Nominal yearly rate, continuously compounded, 0 to [`Curve::MAX_RATE_BPS`], never falling from point to point.
    pub rate_bps: u32,
}

/// Piecewise-linear: 2 to 8 points, the first at 0 and the last at 100 % utilization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[cfg_attr(feature = "wire", derive(wincode::SchemaRead, wincode::SchemaWrite))]
#[repr(C)]
pub struct Curve {
    /// The points in use come first.
    pub points: [CurvePoint; 8],
    pub len: u64,
}

/// The utilization unit of [`Utilization`] per basis point.
pub(crate) const UTILIZATION_PER_BPS: u64 = 100_000;

/// Seconds of the 365-day year that yearly rates refer to.
pub const SECONDS_PER_YEAR: u64 = 31_536_000;

impl Utilization {
    pub const FULL: u64 = 1_000_000_000;

    /// `borrowed / (cash + borrowed)`, rounded up; 0 for an empty reserve.
    pub fn of_ceil(borrowed: u128, cash: u64) -> Result<Self> {
        if borrowed == 0 {
            return Ok(Self(0));
        }
        // Beyond 2^96 atoms of debt (a token's whole supply is below 2^64) the cash no longer matters.
        let scaled = borrowed.min(1 << 96);
        narrow(div_ceil(mul_bounded(scaled, Self::FULL), scaled + u128::from(cash))?).map(Self)
    }
}

impl Curve {
    /// 1,000 % a year.
    pub const MAX_RATE_BPS: u32 = 100_000;

    /// From 2 to 8 points; refused with [`Refusal::InvalidCurve`] when they are not a curve.
    pub fn new(points: &[CurvePoint]) -> Result<Self> {
        let mut curve = Self { points: [CurvePoint::default(); 8], len: 0 };
        for (slot, point) in curve.points.iter_mut().zip(points) {
            *slot = *point;
        }
        curve.len = u64::try_from(points.len()).map_err(|_| Refusal::InvalidCurve)?;
        curve.validate().map(|()| curve)
    }

    /// The corners in use.
    fn corners(&self) -> &[CurvePoint] {
        usize::try_from(self.len).ok().and_then(|len| self.points.get(..len)).unwrap_or(&[])
    }

    pub fn validate(&self) -> Result<()> {
        let corners = self.corners();
        let (Some(first), Some(last)) = (corners.first(), corners.last()) else { return Err(Refusal::InvalidCurve) };
        let rising = corners.windows(2).all(|pair| {
            let [a, b] = pair else { return false };
            a.utilization_bps < b.utilization_bps && a.rate_bps <= b.rate_bps
        });
        let spans = first.utilization_bps == 0 && u64::from(last.utilization_bps) == BPS_ONE;
        if corners.len() >= 2 && rising && spans && last.rate_bps <= Self::MAX_RATE_BPS {
            Ok(())
        } else {
            Err(Refusal::InvalidCurve)
        }
    }

    /// The rate at full utilization.
    pub fn max_rate_bps(&self) -> u32 {
        self.corners().last().map_or(0, |last| last.rate_bps)
    }

    /// The borrow rate at a utilization, rounded up.
    pub fn rate_ceil(&self, utilization: Utilization) -> Result<RatePerSecond> {
        let mut left = CurvePoint::default();
        for right in self.corners() {
            let right_at = u64::from(right.utilization_bps) * UTILIZATION_PER_BPS;
            if utilization.0 <= right_at {
                return per_second_ceil(interpolate_ceil(left, *right, utilization)?);
            }
            left = *right;
        }
        Err(Refusal::InvalidCurve)
    }
}

/// The yearly rate between two corners, in bps times 1e9.
fn interpolate_ceil(left: CurvePoint, right: CurvePoint, at: Utilization) -> Result<u64> {
    let scale = Utilization::FULL;
    let base = u64::from(left.rate_bps) * scale;
    let width = u64::from(right.utilization_bps.saturating_sub(left.utilization_bps)) * UTILIZATION_PER_BPS;
    if width == 0 {
        // Utilization 0, at the first corner.
        return Ok(u64::from(right.rate_bps) * scale);
    }
    let rise = u64::from(right.rate_bps.saturating_sub(left.rate_bps)) * scale;
    let along = at.0.saturating_sub(u64::from(left.utilization_bps) * UTILIZATION_PER_BPS);
    Ok(base + narrow(div_ceil(mul_exact(rise, along), u128::from(width))?)?)
}

/// Yearly bps times 1e9 to a rate per second in Q64.
fn per_second_ceil(yearly: u64) -> Result<RatePerSecond> {
    // SECONDS_PER_YEAR * 10,000 * 1e9, both sides of the fraction divided by 2^5 so that the divisor has 64 bits.
    const PER_YEAR_AND_UNIT: u128 = (31_536_000 * 10_000 * 1_000_000_000) >> 5;
    narrow(div_ceil(u128::from(yearly) << (64 - 5), PER_YEAR_AND_UNIT)?).map(RatePerSecond)
}

/// The basis points of a utilization, rounded down; for people, not for margins.
impl From<Utilization> for Bps {
    fn from(utilization: Utilization) -> Self {
        Self(u16::try_from(utilization.0 / UTILIZATION_PER_BPS).unwrap_or(u16::MAX))
    }
}
