//! The sender of a refresh chooses the mark: of all signed prices of a minute, the one nearest to the last mark. The
//! averages that lower the loan-to-value then see less than half of the variance. With the furthest price they see more
//! than twice as much.

use crate::scene::{SOL, Scene, listings};
use ballast_core::volatility::MarginModel;
use ballast_testkit::dice::Dice;

/// A random walk with one price a second and a standard deviation of 1 bp: sums of twelve uniform numbers.
fn path(seconds: usize) -> Vec<f64> {
    let mut dice = Dice::new(7);
    let mut uniform = move || dice.roll(1 << 52) as f64 / (1u64 << 52) as f64;
    let mut price = 100.0;
    (0..seconds)
        .map(|_| {
            let normal: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            price *= 1.0 + normal / 10_000.0;
            price
        })
        .collect()
}

/// Returns the fast average after marks at the seconds that `pick` chooses, each from the second minute after the last
/// mark.
fn variance(path: &[f64], pick: impl Fn(&[f64], f64) -> usize) -> u64 {
    let mut listings = listings();
    let day =
        MarginModel { z_bps: 40_000, horizon_secs: 3_600, fast_secs: 14_400, slow_secs: 86_400, ..MarginModel::OFF };
    listings[SOL].settings.margin = day;
    let mut scene = Scene::with(&listings);
    scene.set_price(SOL, path[0]);
    scene.market.refresh_with_price(&mut scene.world, SOL).expect("the first mark");
    let (start, mut at) = (scene.world.now(), 0);
    while at + 120 <= path.len() {
        let window = &path[at + 60..at + 120];
        let next = at + 60 + pick(window, path[at]);
        scene.world.set_time(start + next as i64);
        scene.set_price(SOL, path[next]);
        scene.market.refresh_with_price(&mut scene.world, SOL).expect("a mark");
        at = next;
    }
    scene.pool(SOL).volatility.fast
}

/// Today's behavior; a planned change turns it around.
#[test]
fn the_sender_of_a_refresh_chooses_the_volatility() {
    let path = path(20_000);
    let distance = |price: &f64, mark: f64| (price - mark).abs();
    let ranked = |window: &[f64], mark: f64, sign: f64| {
        let order = |a: &usize, b: &usize| {
            (sign * distance(&window[*a], mark)).total_cmp(&(sign * distance(&window[*b], mark)))
        };
        (0..window.len()).min_by(order).expect("a second")
    };
    let honest = variance(&path, |_, _| 0);
    let calm = variance(&path, |window, mark| ranked(window, mark, 1.0));
    let wild = variance(&path, |window, mark| ranked(window, mark, -1.0));
    assert!(calm * 10 < honest * 7, "{calm} of {honest}");
    assert!(wild * 10 > honest * 15, "{wild} of {honest}");
}
