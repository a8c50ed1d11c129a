//! `cargo xtask bench liquidation [seed [crash]]`: recorded crashes, and a table of what each set of rules made of them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use ballast_prices::error::PriceFileError;
use ballast_replay::crash::Crash;
use ballast_replay::replay::{Crowd, replay};
use ballast_replay::{market, rules, scenario, tally};

const BORROWERS: u64 = 2_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}\nhint: {}", error.problem, error.hint);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), PriceFileError> {
    let shared = std::env::var_os("BALLAST_SHARED_DATA").map(PathBuf::from).ok_or_else(|| {
        let hint = "set BALLAST_SHARED_DATA to the folder that holds `prices`; the bars may not be redistributed";
        PriceFileError::new("the recorded bars are not part of this repository", hint)
    })?;
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().map_or(Ok(1), |seed| {
        seed.parse().map_err(|_| PriceFileError::new(format!("`{seed}` is not a seed"), "pass a whole number"))
    })?;
    let wanted = arguments.next().unwrap_or_default();
    let mut crashes = Crash::read_all(&shared.join("prices"))?;
    let names = crashes.iter().map(|crash| crash.name.as_str()).collect::<Vec<_>>().join(", ");
    crashes.retain(|crash| crash.name.starts_with(&wanted));
    if crashes.is_empty() {
        return Err(PriceFileError::new(format!("no crash is called {wanted}"), format!("choose one of {names}")));
    }
    for crash in &crashes {
        let symbols = crash.feeds.iter().map(|feed| feed.symbol.as_str()).collect::<Vec<_>>();
        let hours = crash.bar_count() as i64 * crash.bar_secs / 3_600;
        println!("{:<12} {hours:>4} h in bars of {:>2} min  {}", crash.name, crash.bar_secs / 60, symbols.join(" "));
    }
    println!("{BORROWERS} borrowers in each, seed {seed}, steps of {} s\n", market::STEP_SECS);
    let start = Instant::now();
    let rules = rules::all();
    let tallies = replay(&crashes, &scenario::ALL, &rules, Crowd { borrowers: BORROWERS, seed });
    print!("{}", tally::table(&scenario::ALL, &rules, &tallies));
    eprintln!("\n{} s", start.elapsed().as_secs());
    Ok(())
}
