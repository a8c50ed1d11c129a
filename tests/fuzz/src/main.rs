//! `cargo xtask fuzz`: two worlds at once, and a table of what happened in them.

use ballast_fuzz::campaign::{Campaign, Tally};
use clap::Parser;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Random actions on the compiled program, each compared with core
#[derive(Parser)]
#[command(name = "cargo xtask fuzz", max_term_width = 100)]
struct Args {
    /// How many actions, all worlds together
    #[arg(long, default_value_t = 100_000)]
    actions: u64,
    /// The seed of the first world; every further world has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many worlds live at the same time
    #[arg(long, default_value_t = 2)]
    worlds: u64,
}

/// The least percentage of each kind of action that must succeed. With less, the campaign would only test refusals.
const LEAST_PERCENT: u64 = 20;
/// How many liquidations the search for blocked ones must try on the program, as a percentage of the actions.
const LEAST_OPEN_PERCENT: u64 = 2;
/// With fewer actions than this, the percentages say nothing.
const ENOUGH: u64 = 20_000;

/// What the worlds share.
#[derive(Default)]
struct Progress {
    done: AtomicU64,
    stop: AtomicBool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let (start, progress) = (Instant::now(), Progress::default());
    let worlds = args.worlds.max(1);
    let per_world = args.actions.div_ceil(worlds);
    let results: Vec<_> = std::thread::scope(|scope| {
        let lives = (0..worlds).map(|n| {
            let (progress, seed) = (&progress, args.seed + n);
            scope.spawn(move || live(seed, per_world, progress))
        });
        let lives: Vec<_> = lives.collect();
        report_progress(&progress, per_world * worlds, start, || lives.iter().all(|life| life.is_finished()));
        lives.into_iter().map(|life| life.join().expect("panics are caught within")).collect()
    });
    let (mut tally, mut open) = (Tally::new(), 0);
    let mut violations = Vec::new();
    for result in results {
        let Life { tally: counts, open: accepted, violation } = result;
        violations.extend(violation);
        open += accepted;
        for (kind, [refused, succeeded]) in counts {
            let entry = tally.entry(kind).or_default();
            *entry = [entry[0] + refused, entry[1] + succeeded];
        }
    }
    print(&tally, start.elapsed());
    println!("{open} liquidations by anybody below the hard line, none of them blocked");
    violations.extend(idle(&tally, args.actions));
    if args.actions >= ENOUGH && open * 100 < args.actions * LEAST_OPEN_PERCENT {
        violations.push(format!("the search for blocked liquidations has tried only {open}"));
    }
    for violation in &violations {
        eprintln!("\n{violation}");
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What has happened in one world.
struct Life {
    tally: Tally,
    open: u64,
    violation: Option<String>,
}

/// One world to its end, or to its first violation.
fn live(seed: u64, actions: u64, progress: &Progress) -> Life {
    let mut campaign = Campaign::new(seed);
    let run = |campaign: &mut Campaign| {
        while campaign.done < actions && !progress.stop.load(Ordering::Relaxed) {
            campaign.act()?;
            progress.done.fetch_add(1, Ordering::Relaxed);
        }
        campaign.look()
    };
    // Assertions of the harness panic; the report must still name the seed.
    let verdict = catch_unwind(AssertUnwindSafe(|| run(&mut campaign)));
    let violation = match verdict {
        Ok(Ok(())) => None,
        Ok(Err(violation)) => Some(violation),
        Err(_) => Some("a panic, see above".to_owned()),
    };
    let violation = violation.map(|violation| {
        progress.stop.store(true, Ordering::Relaxed);
        let action = campaign.done + 1;
        format!(
            "violation at action {action} of seed {seed}: {violation}\nthe last actions:\n{}\nagain: cargo xtask fuzz \
             --worlds 1 --seed {seed} --actions {action}",
            campaign.story()
        )
    });
    Life { open: campaign.open, tally: campaign.tally, violation }
}

fn report_progress(progress: &Progress, actions: u64, start: Instant, finished: impl Fn() -> bool) {
    let mut next = Instant::now() + Duration::from_secs(10);
    while !finished() {
        std::thread::sleep(Duration::from_millis(50));
        if Instant::now() >= next {
            next += Duration::from_secs(10);
            let done = progress.done.load(Ordering::Relaxed);
            let rate = done as f64 / start.elapsed().as_secs_f64();
            eprintln!("{done} of {actions} actions, {rate:.0} a second");
        }
    }
}

fn print(tally: &Tally, elapsed: Duration) {
    println!("{:<20} {:>9} {:>9} {:>7}", "action", "attempts", "successes", "share");
    for (kind, [refused, succeeded]) in tally {
        let attempts = refused + succeeded;
        println!("{:<20} {attempts:>9} {succeeded:>9} {:>5} %", format!("{kind:?}"), 100 * succeeded / attempts);
    }
    let done: u64 = tally.values().flatten().sum();
    let secs = elapsed.as_secs_f64();
    println!("{done} actions in {secs:.0} s, {:.0} a second", done as f64 / secs);
}

/// Kinds that hardly ever succeed, or never come up.
fn idle(tally: &Tally, actions: u64) -> Vec<String> {
    if actions < ENOUGH {
        return Vec::new();
    }
    let kinds = ballast_fuzz::actions::WEIGHTS.iter().map(|(kind, _)| kind);
    let share = |kind| tally.get(kind).map_or(0, |[refused, succeeded]| 100 * succeeded / (refused + succeeded));
    let idle = kinds.filter(|kind| share(*kind) < LEAST_PERCENT);
    idle.map(|kind| format!("{kind:?} succeeds in {} % of its attempts only", share(kind))).collect()
}
