//! Volatility: marks a minute apart, their averages, what jumps, and the margin that it all asks for; against the
//! formulas in `f64`.

use crate::model::{bps, int, ratio};
use crate::world::{NOW, amount, any_margin, dollars, guard, laws, pool};
use ballast_core::Refusal::*;
use ballast_core::pool::Pool;
use ballast_core::price::{Price, PriceGuard, PriceUse, RawPrice};
use ballast_core::units::Wide;
use ballast_core::volatility::{MarginModel, Volatility};
use num_traits::ToPrimitive;
use proptest::prelude::*;

const Q64: f64 = 18_446_744_073_709_551_616.0;

fn price(spot: u64) -> Price {
    let (is_after_halt, published_at) = (false, NOW);
    Price { spot, average: spot, low: spot, high: spot, digits: 8, is_after_halt, published_at }
}

fn published(price: Price, published_at: i64) -> Price {
    Price { published_at, ..price }
}

/// Averages with memories of a second and of an hour.
fn model() -> MarginModel {
    MarginModel { fast_secs: 1, slow_secs: 3_600, ..MarginModel::OFF }
}

fn marked_at(spot: u64, at: i64) -> Volatility {
    Volatility { spot, digits: 8, marked_at: at, ..Volatility::default() }
}

fn marked(before: Volatility, price: Price, at: i64, model: &MarginModel) -> Volatility {
    let (mut after, price) = (before, published(price, at));
    after.mark(&price, &guard(), model);
    if after.unconfirmed_at == at {
        // As if it had been noted half a minute before.
        after.unconfirmed_at -= 30;
        after.mark(&price, &guard(), model);
    }
    after
}

/// The squared return from one mark to the next, a minute later: of a memory of a second, 61 times the average, rounded
/// up before.
fn squared(from: u64, to: u64) -> u64 {
    let after = marked(marked_at(from, NOW), price(to), NOW + 60, &model());
    after.fast.saturating_mul(61)
}

#[test]
fn models_are_accepted_up_to_their_bounds() {
    let refused = |change: fn(&mut MarginModel)| {
        let mut model = model();
        change(&mut model);
        model.validate().err()
    };
    assert_eq!(refused(|model| *model = MarginModel::OFF), None);
    assert_eq!(refused(|model| (model.fast_secs, model.slow_secs) = (2_592_000, 2_592_000)), None);
    assert_eq!(refused(|model| (model.horizon_secs, model.stress_bps) = (2_592_000, 100_000)), None);
    assert_eq!(refused(|model| (model.cost_bps, model.z_bps) = (10_000, u16::MAX)), None);
    let wrong: [fn(&mut MarginModel); 7] = [
        |model| model.fast_secs = 0,
        |model| (model.fast_secs, model.slow_secs) = (3_601, 3_600),
        |model| model.slow_secs = 2_592_001,
        |model| model.horizon_secs = 2_592_001,
        |model| model.stress_bps = 100_001,
        |model| model.cost_bps = 10_001,
        |model| model.reserved = 1,
    ];
    assert_eq!(wrong.map(refused), [Some(InvalidMarginModel); 7]);
}

/// The rows: seconds since the mark, and whether the price becomes the next.
#[test]
fn marks_are_at_least_a_minute_apart() {
    for (later, expected) in [(-60, false), (0, false), (59, false), (60, true), (61, true), (i64::MAX - NOW, true)] {
        let before = marked_at(100, NOW);
        let after = marked(before, price(101), NOW + later, &model());
        assert_eq!(after.marked_at == NOW + later && after.spot == 101, expected, "after {later} seconds");
        assert_eq!(after == before, !expected, "after {later} seconds");
    }
}

#[test]
fn the_first_mark_is_not_a_move() {
    let first = marked(Volatility::default(), price(100), NOW, &model());
    assert_eq!(first, Volatility { haircut_bps: first.haircut_bps, ..marked_at(100, NOW) });
    assert_eq!((first.fast, first.jumped_at), (0, 0));
}

/// A band of 10 %.
fn narrow() -> PriceGuard {
    PriceGuard { max_move_bps: 1_000, ..guard() }
}

/// The rows: seconds since the mark, the price, and whether it has jumped. Its average is itself, so after an hour
/// without a mark nothing has.
#[test]
fn beyond_the_band_around_a_mark_of_the_last_hour_a_price_has_jumped() {
    let rows = [
        (0, 11_000, false),
        (0, 11_001, true),
        (0, 9_000, false),
        (0, 8_999, true),
        (3_600, 11_001, true),
        (3_601, 11_001, false),
        (3_601, u64::MAX, false),
        (-1, 11_001, true),
        (60, u64::MAX, true),
    ];
    for (later, spot, expected) in rows {
        let (before, price) = (marked_at(10_000, NOW), published(price(spot), NOW + later));
        let refused = before.check_move(&price, &narrow()).err();
        assert_eq!(refused, expected.then_some(PriceJumped), "{spot} after {later} seconds");
        assert_eq!(before.check_confirmed(&price, &narrow()).is_err(), expected, "{spot} after {later} seconds");
        let mut after = before;
        after.mark(&price, &narrow(), &model());
        assert_eq!(after.unconfirmed_at, if expected { NOW + later } else { 0 }, "{spot} after {later} seconds");
        assert_eq!(
            (after.jumped_at, after.spot == 10_000),
            (0, expected || later < 60),
            "{spot} after {later} seconds"
        );
    }
}

/// Without a mark of the last hour the price's own average is what it is compared with.
#[test]
fn after_an_hour_the_average_takes_the_place_of_the_mark() {
    let late = |spot, average| Price { average, ..published(price(spot), NOW + 3_601) };
    let refused = |price: Price| marked_at(10_000, NOW).check_confirmed(&price, &narrow()).is_err();
    assert!(!refused(late(22_000, 20_000)) && refused(late(22_001, 20_000)));
    assert!(!refused(late(18_000, 20_000)) && refused(late(17_999, 20_000)));
}

/// The rows: seconds since the first print, the price, and whether it liquidates.
#[test]
fn a_jump_is_confirmed_by_a_later_price_on_the_same_side() {
    let mut noted = marked_at(10_000, NOW);
    noted.mark(&published(price(12_000), NOW + 100), &narrow(), &model());
    let rows = [
        (0, 12_000, false),
        (29, 12_000, false),
        (30, 12_000, true),
        (30, 11_001, true),
        (30, 50_000, true),
        (30, 8_999, false),
        (300, 12_000, true),
        (301, 12_000, false),
    ];
    for (later, spot, expected) in rows {
        let price = published(price(spot), NOW + 100 + later);
        assert_eq!(noted.check_confirmed(&price, &narrow()).is_ok(), expected, "{spot} after {later} seconds");
        let mut after = noted;
        after.mark(&price, &narrow(), &model());
        assert_eq!(
            (after.spot, after.jumped_at) == (spot, price.published_at),
            expected,
            "{spot} after {later} seconds"
        );
    }
}

/// Going further out restarts nothing, a change of sides or five minutes do, and a price inside ends it.
#[test]
fn the_wait_for_a_confirmation_begins_anew_and_ends() {
    let mut noted = marked_at(10_000, NOW);
    let mut then = |spot, later| {
        noted.mark(&published(price(spot), NOW + later), &narrow(), &model());
        (noted.unconfirmed_at - NOW, noted.unconfirmed_up, noted.spot)
    };
    assert_eq!(then(12_000, 10), (10, 1, 10_000));
    assert_eq!(then(13_000, 20), (10, 1, 10_000), "further out");
    assert_eq!(then(8_000, 30), (30, 0, 10_000), "the other side");
    assert_eq!(then(8_000, 331), (331, 0, 10_000), "too late");
    assert_eq!(then(9_500, 340), (-NOW, 0, 9_500), "inside, which marks it");
    assert_eq!(then(12_000, 345), (345, 1, 9_500));
    assert_eq!(then(9_500, 350), (-NOW, 0, 9_500), "inside, too early for a mark");
}

/// Ten minutes, counted in publish times, whatever the price is.
#[test]
fn after_a_jump_new_risk_waits_until_the_market_has_cooled_off() {
    let mut jumped = marked_at(10_000, NOW - 60);
    let mut jump = |spot, at| {
        jumped.mark(&published(price(spot), at - 30), &narrow(), &model());
        jumped.mark(&published(price(spot), at), &narrow(), &model());
        jumped
    };
    let first = jump(12_000, NOW);
    let refused = |later| first.check_move(&published(price(12_000), NOW + later), &narrow()).err();
    assert_eq!([refused(0), refused(599), refused(600)], [Some(PriceJumped), Some(PriceJumped), None]);
    assert_eq!(refused(-1), Some(PriceJumped));
    // Another jump begins it again.
    let second = jump(14_000, NOW + 500);
    let again = |later| second.check_move(&published(price(14_000), NOW + later), &narrow()).err();
    assert_eq!([again(1_099), again(1_100)], [Some(PriceJumped), None]);
}

/// INV-18: what a reserve does with a print beyond the band: it refuses new risk and liquidations, and a position that
/// nobody trades counts at the better price for the borrower.
#[test]
fn a_single_print_serves_neither_new_risk_nor_a_liquidation() {
    let mut reserve = pool(1);
    reserve.settings.guard.max_move_bps = 1_000;
    let calm = reserve.admit(&dollars(100), PriceUse::Liquidation, NOW).unwrap();
    reserve.record_price(&published(calm, NOW - 60));
    let use_of = |spot, usage| reserve.admit(&dollars(spot), usage, NOW).err();
    assert_eq!([use_of(110, PriceUse::NewRisk), use_of(111, PriceUse::NewRisk)], [None, Some(PriceJumped)]);
    let liquidation = [use_of(110, PriceUse::Liquidation), use_of(111, PriceUse::Liquidation)];
    assert_eq!(liquidation, [None, Some(PriceUnconfirmed)]);
    let counted = |spot| {
        let price = reserve.admit(&dollars(spot), PriceUse::Maintenance, NOW).unwrap();
        reserve.maintenance_prices(&price, PriceUse::Maintenance).map(|price| price / 100_000_000)
    };
    assert_eq!([counted(110), counted(111), counted(90), counted(89)], [[110; 2], [111, 100], [90; 2], [100, 89]]);
}

/// INV-6: where the account holds nothing usable, the mark counts.
#[test]
fn maintenance_falls_back_to_the_mark() {
    let mut reserve = pool(1);
    let seven = reserve.admit(&dollars(7), PriceUse::Liquidation, NOW).unwrap();
    reserve.record_price(&published(seven, NOW - 60));
    reserve.newest_publish_time = NOW - 50;
    let unusable = [
        RawPrice { spot: 0, ..dollars(9) },
        RawPrice { ema: -1, ..dollars(9) },
        RawPrice { exponent: 1, ..dollars(9) },
        RawPrice { publish_time: NOW - 51, ..dollars(9) },
        RawPrice { publish_time: NOW + 86_401, ..dollars(9) },
        reserve.marked_price(),
    ];
    for raw in unusable {
        let price = reserve.admit(&raw, PriceUse::Maintenance, NOW).unwrap();
        assert_eq!((price.spot, price.average, price.published_at), (700_000_000, 700_000_000, NOW - 60), "{raw:?}");
    }
    let old = reserve.admit(&RawPrice { publish_time: NOW - 50, ..dollars(9) }, PriceUse::Maintenance, NOW + 900_000);
    assert_eq!(old.map(|price| price.spot), Ok(900_000_000), "of any age");
}

/// A mark of another scale cannot be compared: the price's own average takes its place, and there is no return.
#[test]
fn another_scale_leaves_the_averages() {
    let before = Volatility { fast: 77, slow: 5, ..marked_at(1_000, NOW) };
    let rescaled = published(Price { digits: 7, ..price(100) }, NOW + 60);
    assert_eq!(before.check_move(&rescaled, &guard()), Ok(()));
    assert_eq!(before.check_move(&Price { average: 10, ..rescaled }, &narrow()), Err(PriceJumped));
    let after = marked(before, rescaled, NOW + 60, &model());
    assert_eq!((after.jumped_at, after.fast, after.slow), (0, 77, 5));
    assert_eq!((after.spot, after.digits, after.marked_at), (100, 7, NOW + 60));
}

/// A doubling within a minute: 0.48 in the square, of which a memory of a minute takes the 120th part.
#[test]
fn a_doubling_by_hand() {
    let model = MarginModel { fast_secs: 60, ..model() };
    let after = marked(marked_at(1_000_000, NOW), price(2_000_000), NOW + 60, &model);
    let square = after.fast as f64 / Q64 * 120.0;
    assert!((square - 0.477_97).abs() < 0.000_01, "{square}");
    assert!((square.sqrt() / 2f64.ln() - 0.997_4).abs() < 0.000_1);
    // The margin follows with the mark: 0.063 a second, over the 8 that the square root of a minute is rounded up to.
    let asking = MarginModel { z_bps: 10_000, horizon_secs: 60, ..model };
    let haircut = marked(marked_at(1_000_000, NOW), price(2_000_000), NOW + 60, &asking).haircut_bps;
    assert_eq!((after.haircut_bps, haircut), (0, 5_049));
}

/// A year's volatility of 80 %, twice it over an hour, and a cost of 1 %.
#[test]
fn a_haircut_by_hand() {
    let model = MarginModel { z_bps: 20_000, cost_bps: 100, horizon_secs: 3_600, ..model() };
    let variance = (0.64 / 31_536_000.0 * Q64) as u64;
    let mut volatility = Volatility { fast: variance, slow: variance / 2, ..Volatility::default() };
    volatility.apply(&model);
    // 2 * 0.8 * sqrt(3,600 / 31,536,000) = 171 bps.
    assert_eq!(volatility.haircut_bps, 100 + 171);
    volatility.apply(&MarginModel { stress_bps: 40_000, ..model });
    // 0.75 * 0.8 + 0.25 * 4 = 1.6 a year.
    assert_eq!(volatility.haircut_bps, 100 + 342);
    volatility.apply(&MarginModel { z_bps: 0, ..model });
    assert_eq!(volatility.haircut_bps, 0, "without z there is no margin, and no cost either");
}

/// The rows: the new feed's price and digits, seconds since the mark, and whether it may take over from one that said
/// 100.00. INV-11.
#[test]
fn a_new_feed_may_differ_by_a_fifth_for_every_day_since_the_mark() {
    let rows = [
        (12_000_000_000, 8, 0, true),
        (12_000_000_001, 8, 0, false),
        (8_000_000_000, 8, 0, true),
        (7_999_999_999, 8, 0, false),
        (100, 0, 0, true),
        (121, 0, 0, false),
        (10_000_000_000, 7, 0, false),
        (12_000_000_001, 8, 86_400, false),
        (12_000_000_001, 8, 86_401, true),
        (14_000_000_000, 8, 86_401, true),
        (14_000_000_001, 8, 172_800, false),
        (6_000_000_000, 8, 86_401, true),
        (5_999_999_999, 8, 172_800, false),
        (1, 18, 345_600, false),
        (1, 18, 345_601, true),
        (u64::MAX, 0, 86_400, false),
        (u64::MAX, 0, 31_536_000, false),
        (1, 18, -5, false),
    ];
    for (spot, digits, later, expected) in rows {
        let next = Price { digits, ..price(spot) };
        let refused = marked_at(10_000_000_000, NOW).check_successor(&next, NOW + later).err();
        assert_eq!(refused, (!expected).then_some(FeedImplausible), "{spot} {digits} {later}");
    }
}

/// Whether anybody could be hurt decides, whatever the mark says: a listing with a wrong feed can be mended while it is
/// empty.
#[test]
fn any_feed_may_take_over_an_empty_reserve() {
    let of = |supply_shares, debt_shares| {
        let mut reserve = Pool { volatility: marked_at(10_000_000_000, NOW), ..pool(1) };
        (reserve.ledger.supply_shares, reserve.ledger.debt_shares) = (supply_shares, Wide::new(debt_shares));
        reserve.check_successor(&price(1), NOW).err()
    };
    assert_eq!([of(0, 0), of(1, 0), of(0, 1)], [None, Some(FeedImplausible), Some(FeedImplausible)]);
}

/// Its first price is the newest and the mark, at any time, and no return; what is known of the volatility stays.
#[test]
fn a_new_feed_starts_from_its_own_price() {
    let mut reserve = Pool { newest_publish_time: NOW, epoch: 7, ..pool(1) };
    let known = Volatility { fast: 5, slow: 6, haircut_bps: 9, jumped_at: 3, ..marked_at(100, NOW) };
    reserve.volatility = known;
    let before = reserve;
    reserve.restart_price(&published(Price { digits: 5, ..price(70) }, NOW - 30));
    let volatility = Volatility { spot: 70, digits: 5, marked_at: NOW - 30, ..known };
    assert_eq!(reserve, Pool { volatility, newest_publish_time: NOW - 30, epoch: 8, ..before });
}

/// Two prices up to a factor of `e` apart, of any magnitude.
fn near() -> impl Strategy<Value = (u64, u64)> {
    (amount(), -1_000i64..=1_000, 0u32..40).prop_map(|(from, log, shift)| {
        let log = log as f64 / 1_000.0 / f64::from(1u32 << shift.min(25));
        let to = (from as f64 * log.exp()).round();
        (from, if to >= Q64 { u64::MAX } else { (to as u64).max(1) })
    })
}

fn log(from: u64, to: u64) -> f64 {
    (to as f64 / from as f64).ln().abs()
}

proptest! {
    #![proptest_config(laws(3_000))]

    /// Against the logarithm: short by at most 0.3 % up to a doubling and by 1 % up to a factor of e, and both ends cut
    /// to 31 bits.
    #[test]
    fn a_squared_return_is_that_of_the_logarithm((from, to) in near()) {
        let (exact, shown) = (log(from, to), (squared(from, to) as f64 / Q64).sqrt());
        let cut = 2f64.powi(-28);
        prop_assert!(shown <= exact + cut, "{shown} {exact}");
        let short = if exact <= 2f64.ln() { 0.003 } else { 0.0102 };
        prop_assert!(shown >= exact * (1.0 - short) - cut, "{shown} {exact}");
    }

    /// Both directions are the same distance.
    #[test]
    fn a_return_equals_the_return_back(from in amount(), to in amount()) {
        prop_assert_eq!(squared(from, to), squared(to, from));
    }

    /// Beyond a factor of 2.75 the square is 1: whatever the prices, the digits and the averages before, nothing
    /// overflows.
    #[test]
    fn extreme_prices_are_capped_and_never_panic(
        from in amount(), to in amount(), digits in 0u64..=18, averages in (any::<u64>(), any::<u64>()), model in any_margin(), later in any::<i64>()
    ) {
        let exact = log(from, to);
        let capped = squared(from, to) == u64::MAX;
        prop_assert!(capped && exact > 1.0098 || !capped && exact < 1.0101);
        let (fast, slow) = averages;
        let mut volatility = Volatility { fast, slow, digits, ..marked_at(from, NOW) };
        let at = NOW.saturating_add(later);
        volatility.mark(&published(price(to), at), &guard(), &model);
        let _ = volatility.check_move(&published(price(from), at.wrapping_sub(1)), &guard());
        prop_assert!(volatility.haircut_bps <= 10_000);
    }

    /// (average * memory + square) / (memory + elapsed), rounded up, and so between the two.
    #[test]
    fn an_average_moves_towards_the_square_per_second(
        before in any::<u64>(), shift in 0u32..64, (from, to) in near(), model in any_margin(), elapsed in 60u64..1_000_000
    ) {
        let before = before >> shift;
        let at = NOW + elapsed as i64;
        let start = Volatility { fast: before, slow: before, ..marked_at(from, NOW) };
        let after = marked(start, price(to), at, &model);
        // The square itself is known to 61 units.
        let most = squared(from, to);
        let average = |square: u64, memory: u32| {
            let sum = int(before) * int(memory) + int(square);
            (sum / int(u64::from(memory) + elapsed)).ceil().to_integer().to_u64().unwrap()
        };
        for (average_after, memory) in [(after.fast, model.fast_secs), (after.slow, model.slow_secs)] {
            prop_assert!(average_after <= average(most, memory) && average_after >= average(most.saturating_sub(61), memory));
            let per_second = most.div_ceil(elapsed);
            prop_assert!(average_after <= before.max(per_second) && average_after >= before.min(most.saturating_sub(61) / elapsed));
        }
    }

    /// Between marks the average is exact: it fades by memory / (memory + elapsed), rounded up.
    #[test]
    fn volatility_decays_in_a_calm_market(before in any::<u64>(), model in any_margin(), elapsed in 60u64..10_000_000) {
        let start = Volatility { fast: before, slow: before, ..marked_at(1_000, NOW) };
        let after = marked(start, price(1_000), NOW + elapsed as i64, &model);
        let faded = |memory: u32| (int(before) * ratio(memory, u64::from(memory) + elapsed)).ceil().to_integer();
        prop_assert_eq!(int(after.fast), int(faded(model.fast_secs)));
        prop_assert_eq!(int(after.slow), int(faded(model.slow_secs)));
        prop_assert!(after.fast <= after.slow, "the shorter memory forgets more");
    }

    /// z * max(fast, slow, 3/4 fast + 1/4 stress) * sqrt(horizon) + cost: never below, and above by a basis point, the
    /// rounding of each square root to the next 2^-32 (of the horizon, to the next whole one), and 1.3e-4 of the
    /// stress.
    #[test]
    fn the_haircut_is_z_standard_deviations_of_the_horizon_and_the_cost(
        fast in amount(), slow in amount(), model in any_margin()
    ) {
        let mut volatility = Volatility { fast, slow, ..Volatility::default() };
        volatility.apply(&model);
        let haircut = volatility.haircut_bps as f64;
        if model.z_bps == 0 {
            prop_assert_eq!(volatility.haircut_bps, 0);
            return Ok(());
        }
        let (fast, slow) = ((fast as f64 / Q64).sqrt(), (slow as f64 / Q64).sqrt());
        let stress = f64::from(model.stress_bps) / 10_000.0 / 31_536_000f64.sqrt();
        let sigma = |unit: f64| (fast + unit).max(slow + unit).max(0.75 * (fast + unit) + 0.25 * (stress * (1.0 + 1.3e-4) + unit));
        let z = f64::from(model.z_bps);
        let horizon = f64::from(model.horizon_secs).sqrt();
        let cost = f64::from(model.cost_bps);
        let exact = fast.max(slow).max(0.75 * fast + 0.25 * stress) * horizon * z + cost;
        let most = (sigma(2f64.powi(-31)) * horizon.ceil() * z + cost) * (1.0 + 1e-9) + 1.0;
        prop_assert!(haircut >= (exact * (1.0 - 1e-9)).floor().min(10_000.0), "{haircut} {exact}");
        prop_assert!(haircut <= most.min(10_000.0), "{haircut} {most}");
    }

    /// The higher any of them, the higher the haircut.
    #[test]
    fn the_haircut_rises_with_everything_that_it_depends_on(fast in amount(), slow in amount(), model in any_margin(), more in 1u32..1_000) {
        let haircut = |fast: u64, slow: u64, model: &MarginModel| {
            let mut volatility = Volatility { fast, slow, ..Volatility::default() };
            volatility.apply(model);
            volatility.haircut_bps
        };
        let base = haircut(fast, slow, &model);
        prop_assert!(haircut(fast.saturating_add(more.into()), slow, &model) >= base);
        prop_assert!(haircut(fast, slow.saturating_add(more.into()), &model) >= base);
        let changed = [
            MarginModel { stress_bps: model.stress_bps + more, ..model },
            MarginModel { horizon_secs: model.horizon_secs + more, ..model },
            MarginModel { cost_bps: model.cost_bps + 1, ..model },
            MarginModel { z_bps: model.z_bps.saturating_add(1), ..model },
        ];
        prop_assert!(changed.iter().all(|model| haircut(fast, slow, model) >= base));
    }

    /// A jump is what lies beyond the band in exact numbers.
    #[test]
    fn the_band_is_exact(mark in amount(), spot in amount(), near in 0u64..3, max_move_bps in 1u16..=50_000) {
        let edge = (int(mark) * (int(1) + bps(max_move_bps))).floor().to_integer().to_u64();
        let spot = edge.and_then(|edge| edge.checked_add(near)).map_or(spot, |spot| spot.saturating_sub(1));
        let guard = PriceGuard { max_move_bps, ..guard() };
        let beyond = int(mark.abs_diff(spot)) > int(mark) * bps(max_move_bps);
        let refused = marked_at(mark, NOW).check_move(&published(price(spot), NOW), &guard).is_err();
        prop_assert_eq!(refused, beyond);
    }
}

/// Without a mark there is nothing to jump from.
#[test]
fn a_reserve_that_was_never_marked_takes_any_price() {
    let never = Volatility::default();
    assert_eq!(never.check_move(&published(price(u64::MAX), NOW), &guard()), Ok(()));
    let raw = RawPrice { spot: i64::MAX, ema: i64::MAX, ..dollars(1) };
    assert!(pool(1).admit(&raw, PriceUse::NewRisk, NOW).is_ok());
}

/// By hand: at 100 % a year, 4 * (sqrt(3,600) - sqrt(120)) / sqrt(31,536,000) is 3.49 %. The roots have 8 fractional bits
/// and a year's root is rounded down.
#[test]
fn an_old_price_has_moved_by_four_deviations_of_the_time_beyond_its_limit() {
    let yearly = |sigma: f64| Volatility { slow: slow(sigma), ..Volatility::default() };
    assert_eq!(yearly(1.0).aging_ceil(3_600, 120), 350);
    assert_eq!(yearly(1.0).aging_ceil(120, 120), 0);
    // At least 20 % and at most 200 % a year.
    assert_eq!(Volatility::default().aging_ceil(86_400, 120), yearly(0.2).aging_ceil(86_400, 120));
    assert_eq!(yearly(9.0).aging_ceil(3_600, 120), yearly(2.0).aging_ceil(3_600, 120));
    assert_eq!(yearly(2.0).aging_ceil(u64::MAX, 120), 10_000);
    assert_eq!(yearly(0.2).aging_ceil(u64::MAX, u32::MAX), 10_000);
}

/// The square of a yearly deviation per second, in Q64.
fn slow(sigma: f64) -> u64 {
    (sigma * sigma / 31_536_000.0 * Q64) as u64
}

proptest! {
    #![proptest_config(laws(2_000))]

    /// Nothing up to the limit; beyond it the formula, to the basis point by which it is rounded up and the bits of the
    /// roots.
    #[test]
    fn an_age_discount_is_zero_up_to_the_limit_and_the_formula_beyond(
        sigma in 0.0f64..4.0, age in 0u64..2_000_000, max_age in 60u32..=86_400
    ) {
        let discount = Volatility { slow: slow(sigma), ..Volatility::default() }.aging_ceil(age, max_age);
        prop_assert!(age > u64::from(max_age) || discount == 0);
        let roots = ((age as f64).sqrt() - f64::from(max_age).sqrt()).max(0.0);
        let deviation = 4.0 * (sigma / 31_536_000f64.sqrt()).clamp(0.2 / 5_615.0, 2.0 / 5_615.0) * 1e4;
        let exact = (deviation * roots).min(10_000.0);
        prop_assert!((discount as f64 - exact).abs() <= 1.01 + deviation * 2.0 / 256.0, "{} {}", discount, exact);
    }

    /// A minute more never lowers the discount, and raises it by no more than a minute at the limit does: with a limit
    /// of a minute and 200 % a year that is 46 bps, and at ten minutes 17.
    #[test]
    fn an_age_discount_grows_without_a_step(slow in any::<u64>(), shift in 0u32..64, age in 60u64..2_000_000, max_age in 60u32..=86_400) {
        let volatility = Volatility { slow: slow >> shift, ..Volatility::default() };
        let [now, later] = [age, age + 60].map(|age| volatility.aging_ceil(age, max_age));
        let steepest = 4.0 * 2.0 / 5_615.0 * 1e4 * (((age + 60) as f64).sqrt() - (age as f64).sqrt());
        prop_assert!(now <= later && (later - now) as f64 <= steepest + 1.2, "{} {} {}", now, later, steepest);
    }

    #[test]
    fn an_age_discount_never_grows_with_the_limit(slow in any::<u64>(), age in any::<u64>(), a in any::<u32>(), b in any::<u32>()) {
        let volatility = Volatility { slow, ..Volatility::default() };
        prop_assert!(volatility.aging_ceil(age, a.max(b)) <= volatility.aging_ceil(age, a.min(b)));
    }
}
