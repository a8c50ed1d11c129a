//! A price is admitted exactly when its guard says so, and the margins take its cautious ends.

use crate::model::{bps, int, pow10};
use crate::world::{NOW, dollars, guard, laws, pool_of, settings};
use ballast_core::Refusal::{self, *};
use ballast_core::pool::Pool;
use ballast_core::price::{Price, PriceGuard, PriceUse, RawPrice};
use ballast_core::settings::Settings;
use proptest::prelude::*;

/// A pool with any limits, which has used prices before.
fn guarded() -> impl Strategy<Value = Pool> {
    (1u32..=1_000, 0u32..=1_000, 1u16..=10_000, 0u16..=50_000, 1u16..=600, -200i64..=100).prop_map(
        |(age, more, max_confidence_bps, confidence_multiplier_bps, max_ema_deviation_bps, newest)| {
            let guard = PriceGuard {
                max_age_new_risk_secs: age,
                max_age_liquidation_secs: age + more,
                max_confidence_bps,
                confidence_multiplier_bps,
                max_ema_deviation_bps,
                max_move_bps: PriceGuard::MAX_BAND_BPS,
            };
            let settings = Settings { guard, ..settings() };
            Pool { newest_publish_time: NOW + newest, ..pool_of(1, 6, settings) }
        },
    )
}

fn mantissa() -> impl Strategy<Value = i64> {
    prop_oneof![20 => (any::<i64>(), 0u32..63).prop_map(|(x, shift)| (x >> shift).saturating_abs().max(1)), 1 => -1i64..=1, 1 => Just(i64::MIN)]
}

fn any_raw() -> impl Strategy<Value = RawPrice> {
    let confidence = || prop_oneof![3 => 0u64..=11_000, 1 => Just(u64::MAX)];
    let exponent = prop_oneof![20 => -18i32..=0, 1 => any::<i32>(), 1 => Just(i32::MIN)];
    let age = prop_oneof![20 => -70i64..=300, 4 => 0i64..=2_100, 1 => -86_402i64..=-86_398, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    (mantissa(), confidence(), -500i64..=500, confidence(), exponent, age).prop_map(
        |(spot, confidence, drift, ema_confidence, exponent, age)| {
            let ema = spot.saturating_add((i128::from(spot) * i128::from(drift) / 10_000) as i64);
            let part = |of: i64, bps: u64| {
                if bps == u64::MAX { bps } else { (u128::from(of.unsigned_abs()) * u128::from(bps) / 10_000) as u64 }
            };
            RawPrice {
                spot,
                confidence: part(spot, confidence),
                ema,
                ema_confidence: part(ema, ema_confidence),
                exponent,
                publish_time: NOW.saturating_sub(age),
                previous_publish_time: NOW.saturating_sub(age).saturating_sub(1),
            }
        },
    )
}

/// The first reason not to use a price.
fn reason(pool: &Pool, raw: &RawPrice, usage: PriceUse) -> Option<Refusal> {
    let guard = &pool.settings.guard;
    let age = i128::from(NOW) - i128::from(raw.publish_time);
    let (max_age, max_ahead) = match usage {
        PriceUse::NewRisk => (guard.max_age_new_risk_secs, 60),
        PriceUse::Liquidation => (guard.max_age_liquidation_secs, 86_400),
        PriceUse::Maintenance => return None,
    };
    let wide = |price: i64, confidence: u64| int(confidence) > int(price) * bps(guard.max_confidence_bps);
    let deviation = (i128::from(raw.spot) - i128::from(raw.ema)).abs();
    let off_average = int(deviation) > int(raw.ema) * bps(guard.max_ema_deviation_bps);
    let too_wide = wide(raw.spot, raw.confidence) || wide(raw.ema, raw.ema_confidence);
    [
        (raw.publish_time < pool.newest_publish_time, PriceReplayed),
        (!(-18..=0).contains(&raw.exponent), PriceExponent),
        (raw.spot <= 0 || raw.ema <= 0, PriceNotPositive),
        (age > i128::from(max_age), PriceStale),
        (age < -max_ahead, PriceFromFuture),
        (usage == PriceUse::NewRisk && too_wide, PriceUncertain),
        (usage == PriceUse::NewRisk && off_average, PriceOffAverage),
    ]
    .into_iter()
    .find_map(|(holds, refusal)| holds.then_some(refusal))
}

fn band() -> impl Strategy<Value = u16> {
    prop_oneof![5 => 1u16..=50_000, 1 => prop::sample::select(&[0u16, 1, 50_000, 50_001, u16::MAX][..])]
}

fn usage() -> impl Strategy<Value = PriceUse> {
    prop_oneof![Just(PriceUse::NewRisk), Just(PriceUse::Liquidation)]
}

proptest! {
    #![proptest_config(laws(3_000))]

    /// INV-6.
    #[test]
    fn a_price_is_admitted_unless_there_is_a_reason_not_to(pool in guarded(), raw in any_raw(), usage in usage()) {
        prop_assert_eq!(pool.admit(&raw, usage, NOW).err(), reason(&pool, &raw, usage));
    }

    #[test]
    fn the_ends_are_k_confidences_away_rounded_outwards_within_a_tick_and_1e_10(pool in guarded(), raw in any_raw()) {
        let Ok(price) = pool.settings.guard.admit(&raw, PriceUse::NewRisk, NOW) else { return Ok(()) };
        let k = bps(pool.settings.guard.confidence_multiplier_bps);
        let low = (int(raw.spot) - &k * int(raw.confidence)).min(int(raw.ema) - &k * int(raw.ema_confidence));
        let high = (int(raw.spot) + &k * int(raw.confidence)).max(int(raw.ema) + &k * int(raw.ema_confidence));
        let most = int(u64::MAX);
        let tick = int(1) + &k * int(raw.confidence.max(raw.ema_confidence)) * pow10(-10);
        prop_assert_eq!(int(price.spot), int(raw.spot));
        prop_assert!(int(price.low) <= low.clone().max(int(0)) && int(price.low) > low - &tick);
        prop_assert!(int(price.high) >= high.clone().min(most) && int(price.high) < high + tick);
        prop_assert!(price.low <= price.spot && price.spot <= price.high);
        prop_assert_eq!(i32::from(price.digits), -raw.exponent);
    }

    /// For a liquidation neither confidence nor band: the spot decides, and the average is the second opinion.
    #[test]
    fn a_liquidation_sees_the_spot_and_the_average(pool in guarded(), raw in any_raw()) {
        let Ok(price) = pool.admit(&raw, PriceUse::Liquidation, NOW) else { return Ok(()) };
        prop_assert_eq!((int(price.spot), int(price.low), int(price.high)), (int(raw.spot), int(raw.ema), int(raw.ema)));
        prop_assert_eq!(i32::from(price.digits), -raw.exponent);
    }

    /// The spot may be as far from the average as the band says, in exact numbers, above and below.
    #[test]
    fn the_band_around_the_average_is_exact(ema in 1i64..=i64::MAX, shift in 0u32..62, band_bps in 1u16..=50_000, near in 0i64..3, above in any::<bool>()) {
        let ema = (ema >> shift).max(1);
        let edge = (int(ema) * bps(band_bps)).floor().to_integer();
        let Ok(edge) = i64::try_from(edge) else { return Ok(()) };
        let Some(far) = edge.checked_add(near - 1) else { return Ok(()) };
        let spot = if above { ema.checked_add(far) } else { ema.checked_sub(far) };
        let Some(spot) = spot.filter(|spot| *spot > 0) else { return Ok(()) };
        let guard = PriceGuard { max_ema_deviation_bps: band_bps, ..guard() };
        let raw = RawPrice { spot, ema, ..dollars(1) };
        let refused = guard.admit(&raw, PriceUse::NewRisk, NOW).err();
        let beyond = int((spot - ema).abs()) > int(ema) * bps(band_bps);
        prop_assert_eq!(refused, beyond.then_some(PriceOffAverage));
        prop_assert!(guard.admit(&raw, PriceUse::Liquidation, NOW).is_ok());
    }

    #[test]
    fn new_risk_accepts_no_price_that_liquidation_refuses(pool in guarded(), raw in any_raw()) {
        let spot = |usage| pool.admit(&raw, usage, NOW).map(|price| price.spot);
        let risky = spot(PriceUse::NewRisk);
        prop_assert!(risky.is_err() || risky == spot(PriceUse::Liquidation));
    }

    /// INV-6.
    #[test]
    fn no_price_older_than_a_recorded_one_is_accepted_again(before in guarded(), used in any_raw(), next in any_raw()) {
        let mut after = before;
        let (is_after_halt, published_at) = (false, used.publish_time);
        let price = Price { spot: 1, average: 1, low: 1, high: 1, digits: 0, is_after_halt, published_at };
        after.record_price(&price);
        prop_assert_eq!(after.newest_publish_time, before.newest_publish_time.max(used.publish_time));
        if next.publish_time < used.publish_time {
            prop_assert_eq!(after.admit(&next, PriceUse::Liquidation, NOW), Err(PriceReplayed));
        }
    }

    #[test]
    fn limits_are_accepted_unless_they_contradict_each_other(
        ages in (0u32..3, prop_oneof![0u32..120, 0u32..86_402]), shares in (0u16..=10_001, 0u16..=50_001), bands in (band(), band())
    ) {
        let guard = PriceGuard {
            max_age_new_risk_secs: ages.0,
            max_age_liquidation_secs: ages.1,
            max_confidence_bps: shares.0,
            confidence_multiplier_bps: shares.1,
            max_ema_deviation_bps: bands.0,
            max_move_bps: bands.1,
        };
        let sound = ages.0 > 0 && ages.0 <= ages.1 && (60..=86_400).contains(&ages.1)
            && (1..=10_000).contains(&shares.0) && shares.1 <= 50_000
            && (1..=50_000).contains(&bands.0) && (1..=50_000).contains(&bands.1);
        prop_assert_eq!(guard.validate(), if sound { Ok(()) } else { Err(InvalidPriceGuard) });
    }
}

/// INV-6: the last second that is accepted and the first that is not, at both ends and for both uses.
#[test]
fn age_limits_are_inclusive() {
    let guard = guard();
    let at = |publish_time, usage| guard.admit(&RawPrice { publish_time, ..dollars(1) }, usage, NOW).err();
    assert_eq!(at(NOW - 60, PriceUse::NewRisk), None);
    assert_eq!(at(NOW - 61, PriceUse::NewRisk), Some(PriceStale));
    assert_eq!(at(NOW - 61, PriceUse::Liquidation), None);
    assert_eq!(at(NOW - 120, PriceUse::Liquidation), None);
    assert_eq!(at(NOW - 121, PriceUse::Liquidation), Some(PriceStale));
    assert_eq!(at(NOW + 60, PriceUse::NewRisk), None);
    assert_eq!(at(NOW + 61, PriceUse::NewRisk), Some(PriceFromFuture));
    assert_eq!(at(NOW + 86_400, PriceUse::Liquidation), None);
    assert_eq!(at(NOW + 86_401, PriceUse::Liquidation), Some(PriceFromFuture));
}

#[test]
fn the_exponent_is_refused_before_anything_else() {
    let raw = RawPrice { spot: -1, exponent: 1, publish_time: 0, ..dollars(1) };
    assert_eq!(guard().admit(&raw, PriceUse::NewRisk, NOW).err(), Some(PriceExponent));
}

#[test]
fn limits_at_their_bounds_are_sound() {
    let mut guard = PriceGuard { max_age_liquidation_secs: PriceGuard::MAX_AGE_SECS, ..guard() };
    guard.confidence_multiplier_bps = PriceGuard::MAX_MULTIPLIER_BPS;
    guard.max_confidence_bps = 10_000;
    assert_eq!(guard.validate(), Ok(()));
    guard.max_age_liquidation_secs += 1;
    assert_eq!(guard.validate(), Err(InvalidPriceGuard));
    (guard.max_age_new_risk_secs, guard.max_age_liquidation_secs) = (1, PriceGuard::MIN_LIQUIDATION_AGE_SECS);
    assert_eq!(guard.validate(), Ok(()));
    guard.max_age_liquidation_secs -= 1;
    assert_eq!(guard.validate(), Err(InvalidPriceGuard));
}
