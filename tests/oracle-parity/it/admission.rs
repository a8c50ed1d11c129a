//! Core admits the prices that the parser reads from mainnet, under the limits of a typical reserve.

use ballast::oracle::parse;
use ballast_core::Refusal;
use ballast_core::pool::Pool;
use ballast_core::price::{Price, PriceGuard, PriceUse, RawPrice};
use bytemuck::Zeroable;
use oracle_parity::fixtures::{Captured, captured};

const GUARD: PriceGuard = PriceGuard {
    max_age_new_risk_secs: 30,
    max_age_liquidation_secs: 120,
    max_confidence_bps: 100,
    confidence_multiplier_bps: 10_000,
    max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
    max_move_bps: PriceGuard::MAX_BAND_BPS,
};

/// Oldest first.
fn prices() -> Vec<RawPrice> {
    let accounts = captured();
    let read = |account: &Captured| parse(&account.bytes, &account.documented.feed_id).expect("a price");
    let mut prices: Vec<_> = accounts.iter().map(read).collect();
    prices.sort_by_key(|price| price.publish_time);
    prices
}

#[test]
fn a_price_five_seconds_old_serves_every_use() {
    GUARD.validate().expect("sound limits");
    for raw in prices() {
        let (spot, ema) = (raw.spot.unsigned_abs(), raw.ema.unsigned_abs());
        let expected = Price {
            spot,
            low: (spot - raw.confidence).min(ema - raw.ema_confidence),
            high: (spot + raw.confidence).max(ema + raw.ema_confidence),
            average: ema,
            digits: 8,
            is_after_halt: false,
            published_at: raw.publish_time,
        };
        let now = raw.publish_time + 5;
        assert_eq!(GUARD.admit(&raw, PriceUse::NewRisk, now), Ok(expected));
        // Liquidation uses the spot price, and compares it with the average.
        assert_eq!(GUARD.admit(&raw, PriceUse::Liquidation, now), Ok(Price { low: ema, high: ema, ..expected }));
    }
}

#[test]
fn an_old_price_refuses_new_risk_before_it_refuses_liquidation() {
    for raw in prices() {
        let admit = |usage, age_secs| GUARD.admit(&raw, usage, raw.publish_time + age_secs).map(|_| ());
        assert_eq!(admit(PriceUse::NewRisk, 30), Ok(()));
        assert_eq!(admit(PriceUse::NewRisk, 31), Err(Refusal::PriceStale));
        assert_eq!(admit(PriceUse::Liquidation, 120), Ok(()));
        assert_eq!(admit(PriceUse::Liquidation, 121), Err(Refusal::PriceStale));
    }
}

#[test]
fn the_chains_clock_may_lag_by_a_minute_for_new_risk_and_by_a_day_for_liquidation() {
    for raw in prices() {
        for (usage, most) in [(PriceUse::NewRisk, 60), (PriceUse::Liquidation, 86_400)] {
            let admit = |ahead_secs| GUARD.admit(&raw, usage, raw.publish_time - ahead_secs).map(|_| ());
            assert_eq!(admit(most), Ok(()));
            assert_eq!(admit(most + 1), Err(Refusal::PriceFromFuture));
        }
    }
}

#[test]
fn a_confidence_above_one_percent_refuses_new_risk() {
    for raw in prices() {
        let (limit, ema_limit) = (raw.spot.unsigned_abs() / 100, raw.ema.unsigned_abs() / 100);
        let admit = |confidence, ema_confidence, usage| {
            let raw = RawPrice { confidence, ema_confidence, ..raw };
            GUARD.admit(&raw, usage, raw.publish_time + 5).map(|_| ())
        };
        assert_eq!(admit(limit, ema_limit, PriceUse::NewRisk), Ok(()));
        for (confidence, ema_confidence) in [(limit + 1, 0), (0, ema_limit + 1)] {
            assert_eq!(admit(confidence, ema_confidence, PriceUse::NewRisk), Err(Refusal::PriceUncertain));
            assert_eq!(admit(confidence, ema_confidence, PriceUse::Liquidation), Ok(()));
        }
    }
}

#[test]
fn a_pool_that_used_a_price_refuses_every_older_one() {
    let prices = prices();
    let mut pool = Pool::zeroed();
    pool.settings.guard = GUARD;
    for (index, raw) in prices.iter().enumerate() {
        // The price jumps from one feed to the next, which `refresh` does not refuse.
        let price = pool.observe(raw, raw.publish_time + 5).expect("a good price");
        pool.record_price(&price);
        for older in prices[..index].iter().filter(|older| older.publish_time < raw.publish_time) {
            let refused = pool.observe(older, older.publish_time + 5);
            assert_eq!(refused, Err(Refusal::PriceReplayed));
        }
    }
}
