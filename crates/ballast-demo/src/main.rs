//! The command line of the demo.

use anyhow::Result;
use ballast_demo::live::Live;
use ballast_demo::path::{PricePath, builtin, recorded};
use ballast_demo::report::Report;
use ballast_demo::run::run;
use clap::Parser;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A lending market lives through a crash, on Ballast's compiled program in an embedded Solana VM.
///
/// Three lenders, eight borrowers and a liquidator take part. Only people and prices are scripted;
/// the demo reads everything that it shows from the program's accounts and events. At the end it
/// compares the books with the token accounts.
#[derive(Parser)]
#[command(name = "ballast-demo", version, verbatim_doc_comment, after_long_help = AFTER_HELP)]
struct Args {
    /// Replay recorded prices instead of the built-in path (see below)
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// Wait this many milliseconds at every step, to watch
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pace: u64,

    /// Print one JSON document at the end and nothing else
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Prices:
  The built-in path resembles the evening of 10 October 2025: SOL falls from 207 to 177 in an
  hour, BTC from 121,500 to 108,000, one step a minute. FILE is a CSV with a header:

    time,symbol,price,confidence
    2025-10-10T21:15:00Z,SOL,185.16,0.31
    1760130900,BTC,112137.6,

  time        RFC 3339 or unix seconds, in order; the rows of one time are one step
  symbol      SOL, BTC or USDC; a file without USDC holds it at 1.00
  price       USD per token; stands until the symbol's next row
  confidence  in USD, as Pyth publishes it; an empty one is 2 bps of the price

Exit status:
  0  every check of the books held
  1  a check failed, or the run could not finish
  2  the command line or FILE is wrong";

const INPUT_AT_FAULT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let path = match args.prices.as_deref().map_or_else(|| Ok(builtin()), recorded) {
        Ok(path) => path,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            return ExitCode::from(INPUT_AT_FAULT);
        }
    };
    match show(&args, &path) {
        Ok(report) if report.ok => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // `ballast-demo | head` is not a failure of the demo.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn show(args: &Args, path: &PricePath) -> Result<Report> {
    let mut out = anstream::stdout().lock();
    if args.json {
        let report = run(path, &mut |_| Ok(()))?;
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
        return Ok(report);
    }
    let mut live = Live::new(&mut out, Duration::from_millis(args.pace), path);
    let report = run(path, &mut |moment| live.show(moment))?;
    report.write(&mut out)?;
    Ok(report)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
