//! Interest over a century in any number of steps, held against e to the sum of all rates times their times.
//!
//! docs/MODEL.md bounds one step: the effective rate is at most 1.65e-10 of itself below the nominal, and the debt
//! index is rounded up by at most 2^-64. Over `n` steps with `X = sum(rate * time)` that makes
//!
//! ```text
//! e^(X * (1 - 1.65e-10)) <= index <= e^X * (1 + 2^-64)^n
//! ```
//!
//! so the relative error is below `1.65e-10 * X + n * 2^-64`, whatever the steps are: it grows with the interest
//! itself, and with the number of steps only where a century of one-second steps could add 2e-10.

use crate::model::{Books, Exact, bps, exp, int, pow2, pow10, ratio, trimmed};
use crate::world::{NOW, Q64, YEAR, any_curve, laws, pool_of, settings};
use ballast_core::curve::Curve;
use ballast_core::ledger::Ledger;
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::refresh::refresh;
use ballast_core::pool::Pool;
use ballast_core::settings::Settings;
use ballast_core::units::Wide;
use num_traits::{One, Zero};
use proptest::prelude::*;

/// A step of a reserve's life: seconds, and by how much its cash changes in thousandths, which sets another rate.
type Step = (i64, u64);

/// Steps of a second to decades, 100 years together at most.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let secs = (1i64..=20 * YEAR, 0u32..30).prop_map(|(secs, shift)| (secs >> shift).max(1));
    prop::collection::vec((secs, 500u64..2_000), 1..60).prop_map(|mut steps| {
        let mut left = 100 * YEAR;
        steps.retain(|(secs, _)| {
            left -= secs;
            left >= 0
        });
        steps
    })
}

/// A curve whose rate never reaches 20 % a year: a century is below e^20, and the index below its cap.
fn calm_curve() -> impl Strategy<Value = Curve> {
    any_curve().prop_map(|mut curve| {
        curve.points.iter_mut().for_each(|point| point.rate_bps /= 50);
        curve
    })
}

fn in_debt(curve: Curve, reserve_factor_bps: u16, borrowed: u64, cash: u64) -> Pool {
    let mut settings = Settings { curve, ..settings() };
    settings.risk.reserve_factor_bps = reserve_factor_bps;
    let mut pool = pool_of(1, 6, settings);
    pool.ledger.cash_atoms = cash;
    pool.ledger.debt_shares = Wide::new(u128::from(borrowed) << 32);
    pool.ledger.supply_shares = borrowed / 10 * 9 + cash / 10 * 9;
    pool.settle().expect("sound books");
    pool
}

/// Cash comes to the protocol or, as far as it is its own, goes: another utilization, and so another rate.
fn move_cash(pool: &mut Pool, permille: u64) {
    let cash = u128::from(pool.ledger.cash_atoms) * u128::from(permille) / 1_000;
    let least = pool.ledger.cash_atoms - pool.ledger.equity_floor().unwrap().min(pool.ledger.cash_atoms.into()) as u64;
    pool.ledger.cash_atoms = u64::try_from(cash).unwrap_or(u64::MAX).clamp(least, 1 << 62);
    pool.settle().unwrap();
}

/// A rate in Q64 for a time.
fn exponent(ledger: &Ledger, secs: i64) -> Exact {
    int(ledger.borrow_rate) * int(secs) * pow2(-64)
}

/// The bound of the module's documentation.
fn is_exact(index: u128, sum: &Exact, steps: usize) -> Result<(), TestCaseError> {
    let least = exp(&(sum * (Exact::one() - ratio(165, 1_000_000_000_000u64))));
    let most = exp(sum) * (Exact::one() + pow2(-64)).pow(i32::try_from(steps).unwrap());
    let index = int(index) / int(Q64);
    prop_assert!(index >= least, "too low after {steps} steps");
    // The exact exponential itself is cut off at 2^-200.
    prop_assert!(index <= most * (Exact::one() + pow2(-190)), "too high after {steps} steps");
    Ok(())
}

proptest! {
    #![proptest_config(laws(150))]

    #[test]
    fn a_century_in_any_steps_is_e_to_the_sum_of_its_rates(
        curve in calm_curve(), books in (1u64..1 << 50, 1u64..1 << 50), steps in steps(), reserve_factor in 0u16..=5_000
    ) {
        let mut pool = in_debt(curve, reserve_factor, books.0, books.1);
        let (mut now, mut sum) = (NOW, Exact::zero());
        for (secs, cash) in &steps {
            sum += exponent(&pool.ledger, *secs);
            now += secs;
            refresh(&mut pool, None, now).unwrap();
            move_cash(&mut pool, *cash);
        }
        prop_assert!(pool.ledger.debt_index.get() < Ledger::MAX_INDEX.0);
        is_exact(pool.ledger.debt_index.get(), &sum, steps.len())?;
    }

    /// INV-1: in no step do the suppliers gain more than the borrowers pay, less the reserve factor, nor at a better
    /// rate.
    #[test]
    fn suppliers_never_gain_on_the_debt_side(
        curve in any_curve(), books in (1u64..1 << 50, 1u64..1 << 50), steps in steps(), reserve_factor in 0u16..=5_000
    ) {
        let mut pool = in_debt(curve, reserve_factor, books.0, books.1);
        let mut now = NOW;
        for (secs, cash) in steps {
            let before = Books::of(&pool.ledger);
            let (supply, debt) = (pool.ledger.supply_index.get(), pool.ledger.debt_index.get());
            now += secs;
            pool.ledger.accrue(now);
            let after = Books::of(&pool.ledger);
            let paid = (&after.debt - &before.debt) * (Exact::one() - bps(reserve_factor));
            prop_assert!(&after.claims - &before.claims <= paid);
            let grown = |index: u128, from: u128| ratio(index, from);
            prop_assert!(grown(pool.ledger.supply_index.get(), supply) <= grown(pool.ledger.debt_index.get(), debt));
            pool.settle().unwrap();
            move_cash(&mut pool, cash);
        }
    }

    /// Rates that governance changes on the way: every one of them until the change, none after it.
    #[test]
    fn a_change_of_the_curve_ends_the_old_rate_and_begins_the_new(
        curves in prop::collection::vec((calm_curve(), 1i64..5 * YEAR), 1..12), books in (1u64..1 << 50, 1u64..1 << 50)
    ) {
        let mut pool = in_debt(curves[0].0, 0, books.0, books.1);
        let (mut now, mut sum, steps) = (NOW, Exact::zero(), curves.len());
        for (curve, secs) in curves {
            sum += exponent(&pool.ledger, secs);
            now += secs;
            let to = Settings { curve, ..pool.settings };
            let highest = |curve: &Curve| curve.points[curve.len as usize - 1].rate_bps;
            let allowed = highest(&curve) <= highest(&pool.settings.curve) * 2 + 1_000;
            let changed = change_execute(&mut pool, &to, 86_400, &crate::world::terms(), now);
            prop_assert_eq!(changed.is_ok(), allowed);
            if !allowed {
                refresh(&mut pool, None, now).unwrap();
            }
        }
        is_exact(pool.ledger.debt_index.get(), &sum, steps)?;
    }
}

/// A day of one-second steps at 10 %, and the same for a year in hours: the error grows as stated and no faster.
#[test]
fn many_small_steps_are_as_exact_as_stated() {
    for (secs, steps) in [(1i64, 86_400usize), (3_600, 8_760)] {
        let mut ledger = Ledger { debt_shares: Wide::new(1 << 70), ..Ledger::new(NOW) };
        ledger.borrow_rate = 58_494_241_736;
        for step in 1..=steps {
            ledger.accrue(NOW + secs * i64::try_from(step).unwrap());
        }
        let sum = exponent(&ledger, secs * i64::try_from(steps).unwrap());
        // Of one-second steps the power is `1 + n / 2^64` to all digits that matter.
        let most = exp(&sum) * (Exact::one() + ratio(steps, Q64) * (Exact::one() + pow2(-40)));
        let least = exp(&trimmed(&(sum * (Exact::one() - ratio(165, 1_000_000_000_000u64)))));
        let index = int(ledger.debt_index.get()) / int(Q64);
        assert!(index >= least && index <= most, "{steps} steps");
    }
}

/// Eight corners, in each of the seven lines: the rate of a year is the line's.
#[test]
fn a_year_on_each_line_of_a_curve_of_eight_corners() {
    let corners =
        [(0, 0), (1_000, 100), (2_500, 150), (4_000, 400), (6_000, 450), (8_000, 900), (9_000, 4_000), (10_000, 9_000)];
    let curve = crate::world::curve_of(&corners);
    for line in corners.windows(2) {
        let [(from, low), (to, high)] = line else { unreachable!("two corners") };
        let mut pool = in_debt(curve, 0, u64::from(from + to) << 30, u64::from(20_000 - from - to) << 30);
        pool.ledger.accrue(NOW + YEAR);
        let exact = exp(&bps((low + high) / 2)) * int(Q64);
        let index = int(pool.ledger.debt_index.get());
        // The rate is rounded up from a utilization that is, by 1e-9.
        let steepest = pow10(-8);
        assert!(index >= &exact * (Exact::one() - pow2(-32)), "{line:?}");
        assert!(index <= exact * (Exact::one() + steepest), "{line:?}");
    }
}
