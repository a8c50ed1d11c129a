//! The built-in path. It resembles the evening of 10 October 2025, when the market lost in an hour the gains of months.
//! It is made up, not recorded; `--prices` replays recorded data.

use super::{PricePath, Spots};
use ballast_prices::spot::SpotPrice;

/// 2025-10-10T20:50:00Z
const START: i64 = 1_760_129_400;

/// The corners of the price lines: a minute, then prices in the order of `scenario::ASSETS`.
const CORNERS: [(u32, [f64; 3]); 14] = [
    (0, [207.0, 1.0, 121_500.0]),
    (8, [205.6, 0.9999, 121_050.0]),
    (16, [202.1, 0.9998, 119_800.0]),
    (22, [200.4, 0.9998, 119_350.0]),
    (28, [196.9, 0.9996, 118_100.0]),
    (34, [197.6, 0.9997, 118_000.0]),
    (42, [190.3, 0.9994, 115_200.0]),
    (48, [184.6, 0.9991, 112_600.0]),
    (53, [179.5, 0.9988, 109_600.0]),
    (57, [177.0, 0.9986, 108_000.0]),
    (62, [181.8, 0.9990, 109_900.0]),
    (70, [187.9, 0.9995, 111_700.0]),
    (78, [186.2, 0.9997, 111_300.0]),
    (90, [190.4, 0.9999, 112_900.0]),
];

/// How far a minute departs from the straight line between two corners.
const STRAY: [f64; 3] = [8e-4, 2e-5, 5e-4];

/// Returns one step a minute for an hour and a half.
pub fn builtin() -> PricePath {
    let mut spots: Vec<(i64, Spots)> = Vec::new();
    for minute in 0..=90 {
        let dollars = drawn(minute);
        let before = spots.last().map(|(_, spots)| *spots);
        let spots_now = std::array::from_fn(|asset| SpotPrice {
            dollars: dollars[asset],
            confidence: confidence(dollars[asset], before.map(|spots| spots[asset])),
        });
        spots.push((START + i64::from(minute) * 60, spots_now));
    }
    PricePath::new("built in, resembles 10 October 2025".to_owned(), &spots)
}

fn drawn(minute: u32) -> [f64; 3] {
    let next = CORNERS.iter().position(|(at, _)| *at >= minute).unwrap_or(CORNERS.len() - 1);
    let (right_at, right) = CORNERS[next];
    let (left_at, left) = CORNERS[next.saturating_sub(1)];
    if minute == right_at {
        return right;
    }
    let along = f64::from(minute - left_at) / f64::from(right_at - left_at);
    // Two waves whose periods have no common multiple look like noise, and are the same in every run.
    let wave = (f64::from(minute) * 2.3).sin() + (f64::from(minute) * 0.71).sin();
    std::array::from_fn(|asset| (left[asset] + along * (right[asset] - left[asset])) * (1.0 + STRAY[asset] * wave))
}

/// Publishers disagree when the price moves fast: half of the last minute's move is added to the calm confidence, and
/// fades.
fn confidence(dollars: f64, before: Option<SpotPrice>) -> f64 {
    let calm = dollars * SpotPrice::CALM_CONFIDENCE;
    match before {
        Some(before) => (calm + (dollars - before.dollars).abs() / 2.0).max(before.confidence * 0.8),
        None => calm,
    }
}
