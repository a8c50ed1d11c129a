//! `cargo xtask bench <what>`: measure, and print what was measured.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{run, workspace};

#[derive(clap::Args)]
pub struct Args {
    what: What,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Scan, index, memory, cold start and reaction of the keeper at a million obligations, and what its transactions ask for
    Keeper,
}

pub fn run(args: &Args) -> Result<()> {
    match args.what {
        What::Keeper => keeper(),
    }
}

/// The heart at a million obligations, natively; then what its transactions ask for and use, on the compiled program.
fn keeper() -> Result<()> {
    let mut heart = workspace::cargo();
    heart.args(["bench", "--locked", "--ignore-rust-version", "--quiet", "--profile", "host"]);
    run::show(heart.args(["--package", "ballast-keeper", "--bench", "keeper"]))?;
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
