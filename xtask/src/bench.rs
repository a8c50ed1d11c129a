//! `cargo xtask bench <what>`: measures and prints the figures.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{run, workspace};

#[derive(clap::Args)]
pub struct Args {
    what: What,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Scan, index, memory, cold start and reaction of the keeper at a million obligations, and the compute units it requests
    Keeper,
}

pub fn run(args: &Args) -> Result<()> {
    match args.what {
        What::Keeper => keeper(),
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
