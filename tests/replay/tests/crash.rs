//! A generated crash through all rules, because the recorded ones are not part of this repository.

use std::process::Command;

use ballast_core::units::BPS_ONE;
use ballast_prices::bar::Bar;
use ballast_replay::crash::Crash;
use ballast_replay::dice::Dice;
use ballast_replay::market::TERMS;
use ballast_replay::path::{Motion, price_at};
use ballast_replay::replay::{Crowd, replay};
use ballast_replay::scenario::Scenario;
use ballast_replay::tally::{Tally, table};
use ballast_replay::{rules, scenario};

const HOURS: i64 = 36;
/// The bar after which all prices open lower.
const GAP_HOUR: i64 = 18;
const BAR_SECS: i64 = 3_600;
const CROWD: Crowd = Crowd { borrowers: 150, seed: 7 };
/// Places in [`rules::all`].
const BALLAST: usize = 0;
const AT_ONCE: usize = 1;
const BEFORE: usize = 2;

/// Falls over twelve hours, with wicks and one gap, and recovers a part.
fn bars(first: f64, hours: i64, fall: f64, dice: &mut Dice) -> Vec<Bar> {
    let (mut bars, mut open) = (Vec::new(), first);
    for hour in 0..hours {
        let drift = match hour {
            12..24 => 1.0 - fall / 12.0,
            24.. => 1.005,
            _ => 1.0,
        };
        let close = open * drift * dice.between(0.98, 1.02);
        let [low, high] = [open.min(close) * dice.between(0.9, 1.0), open.max(close) * dice.between(1.0, 1.02)];
        bars.push(Bar { starts_at: 1_700_000_000 + hour * BAR_SECS, open, high, low, close });
        open = if hour == GAP_HOUR { close * (1.0 - fall) } else { close };
    }
    bars
}

/// Three assets that fall and a dollar coin that loses its peg. One of the three is halted before the gap, so that
/// some borrowers have only collateral left that lowers their health when it is seized.
fn generated() -> Crash {
    let mut dice = Dice(7);
    let mut feed = |symbol: &str, first, hours, fall| (symbol.to_owned(), bars(first, hours, fall, &mut dice));
    let feeds = vec![
        feed("BTC", 60_000.0, HOURS, 0.3),
        feed("SOL", 150.0, HOURS, 0.4),
        feed("LUNA", 80.0, GAP_HOUR, 0.5),
        feed("UST", 1.0, HOURS, 0.1),
    ];
    Crash::new("generated", BAR_SECS, feeds)
}

fn tallies(crash: Crash, scenarios: &[Scenario]) -> Vec<Vec<Tally>> {
    let tallies = replay(&[crash], scenarios, &rules::all(), CROWD);
    println!("{}", table(scenarios, &rules::all(), &tallies));
    tallies
}

#[test]
fn nothing_stays_blocked_and_borrowers_lose_less_than_before() {
    let [_, orderly, _, stressed, ..] = scenario::ALL;
    for (scenario, tallies) in [orderly, stressed].iter().zip(tallies(generated(), &[orderly, stressed])) {
        let [ballast, before] = [BALLAST, BEFORE].map(|rules| &tallies[rules]);
        assert!(ballast.calls > 100 && before.calls > 50, "{}: too few liquidations", scenario.name);
        assert_eq!(ballast.blocked_minutes, 0.0, "{}", scenario.name);
        // Ten minutes, and as long as the confirmation of a jump may take.
        assert!(ballast.longest_refused_minutes <= 15.0, "{}: {ballast:?}", scenario.name);
        assert!(ballast.loss_bps() < before.loss_bps(), "{}: {ballast:?}\n{before:?}", scenario.name);
    }
}

#[test]
fn only_the_confirmation_of_jumps_protects_healthy_borrowers_from_false_prints() {
    let mut crash = generated();
    // A halted feed counts at a discount, which is another reason to liquidate a borrower of unmoved prices.
    crash.feeds.retain(|feed| feed.symbol != "LUNA");
    let [.., prints] = scenario::ALL;
    let tallies = &tallies(crash, &[prints])[0];
    assert_eq!(tallies[BALLAST].lost_by_healthy, 0.0);
    assert!(tallies[AT_ONCE].lost_by_healthy > 0.0);
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let few = |seed| replay(&[generated()], &scenario::ALL, &rules::all(), Crowd { borrowers: 5, seed });
    assert_eq!(few(1), few(1));
    assert_ne!(few(1), few(2));
}

#[test]
fn a_path_goes_through_all_four_prices_of_its_bar() {
    let [rising, falling] = [(10.0, 11.0), (11.0, 10.0)];
    for (open, close) in [rising, falling] {
        let bar = Bar { starts_at: 0, open, high: 14.0, low: 5.0, close };
        let [first, second] = if close < open { [bar.high, bar.low] } else { [bar.low, bar.high] };
        for motion in [Motion::Steady, Motion::Jumps, Motion::Spikes] {
            let path = (1..=900).map(|step| price_at(&bar, motion, f64::from(step) / 900.0)).collect::<Vec<_>>();
            let at = |price: f64| path.iter().position(|at| (at - price).abs() < 1e-9).expect("reached");
            assert!(at(first) < at(second), "{motion:?}: {bar:?}");
            assert_eq!(path.last(), Some(&close));
        }
    }
}

#[test]
fn a_feed_that_begins_late_stands_still_and_one_that_ends_is_dead() {
    let bar = |hour: i64, open| Bar { starts_at: hour * BAR_SECS, open, high: open, low: open, close: open };
    let long = (0..5).map(|hour| bar(hour, 100.0)).collect();
    let crash = Crash::new("c", BAR_SECS, vec![("BTC".into(), long), ("USDC".into(), vec![bar(2, 0.9), bar(3, 0.95)])]);
    let prices = crash.feeds[1].bars.iter().map(|bar| bar.map(|bar| bar.open)).collect::<Vec<_>>();
    assert_eq!(prices, [Some(0.9), Some(0.9), Some(0.9), Some(0.95), None]);
}

#[test]
fn the_terms_are_those_of_the_localnet() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/config/localnet.toml");
    let text = std::fs::read_to_string(file).expect("the market of the localnet").replace('_', "");
    let terms = [
        ("base_bonus_bps", u64::from(TERMS.base_bonus_bps)),
        ("health_slope_bps", u64::from(TERMS.health_slope_bps)),
        ("slot_step_centibps", u64::from(TERMS.slot_step_centibps)),
        ("max_bonus_bps", u64::from(TERMS.max_bonus_bps)),
        ("deep_step_centibps", u64::from(TERMS.deep_step_centibps)),
        ("max_deep_bonus_bps", u64::from(TERMS.max_deep_bonus_bps)),
        ("deep_line_bps", u64::from(TERMS.deep_line_bps)),
        ("target_health_bps", u64::from(TERMS.target_health_bps)),
        ("hard_line_bps", u64::from(TERMS.hard_line_bps)),
        ("cure_slots", u64::from(TERMS.cure_slots)),
        ("relax_slots", u64::from(TERMS.relax_slots)),
        ("dust_cents", TERMS.dust_cents),
    ];
    for (name, value) in terms {
        let line = format!("\n{} = {value}\n", name.replace('_', ""));
        assert!(text.contains(&line), "{name} is not {value} in {file}");
    }
    assert!(u64::from(TERMS.target_health_bps) > BPS_ONE);
}

#[test]
fn without_the_recorded_bars_it_says_what_to_do() {
    let bench = || Command::new(env!("CARGO_BIN_EXE_ballast-replay"));
    let missing = bench().env_remove("BALLAST_SHARED_DATA").output().expect("it starts");
    let elsewhere = bench().env("BALLAST_SHARED_DATA", "/nowhere").output().expect("it starts");
    for output in [missing, elsewhere] {
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(text.starts_with("error: ") && text.contains("\nhint: set BALLAST_SHARED_DATA"), "{text}");
        assert_eq!(output.status.code(), Some(1));
    }
}
