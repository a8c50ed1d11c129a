//! `cargo xtask bench <what>`: measures and prints the figures.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{run, workspace};

#[derive(clap::Args)]
pub struct Args {
    what: What,
    /// Of liquidation: the seed of the borrowers, 1 unless given, and the beginning of the name of one crash
    arguments: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Scan, index, memory, cold start and reaction of the keeper at a million obligations, and the compute units it requests
    Keeper,
    /// Recorded crashes under today's rules of liquidation, the rules before and simplified fixed bonuses. The crashes are the bars in
    /// `prices` of the folder that BALLAST_SHARED_DATA names
    Liquidation,
}

pub fn run(args: &Args) -> Result<()> {
    match args.what {
        What::Keeper => keeper(),
        What::Liquidation => liquidation(&args.arguments),
    }
}

/// First the engine at a million obligations, natively; then the compute units requested and used on the compiled program.
fn keeper() -> Result<()> {
    let mut engine = workspace::cargo();
    engine.args(["bench", "--locked", "--ignore-rust-version", "--quiet", "--profile", "host"]);
    run::show(engine.args(["--package", "ballast-keeper", "--bench", "keeper"]))?;
    build::programs(Toolchain::Own)?;
    println!("compute units requested / used (goal 1.05)");
    let mut units = workspace::cargo();
    units.args([
        "test",
        "--locked",
        "--ignore-rust-version",
        "--quiet",
        "--package",
        "ballast-tests",
        "--test",
        "keeper",
    ]);
    run::show(units.args(["compute", "--", "--nocapture", "--test-threads", "1"]))
}

/// Natively, because the replay calls core and needs no program.
fn liquidation(arguments: &[String]) -> Result<()> {
    let mut replay = workspace::cargo();
    replay.args(["run", "--locked", "--ignore-rust-version", "--quiet", "--profile", "host"]);
    run::show(replay.args(["--package", "ballast-replay", "--"]).args(arguments))
}
