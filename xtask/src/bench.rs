//! `cargo xtask bench <what>`: measure, and print what was measured.

use anyhow::Result;

use crate::{run, workspace};

#[derive(clap::Args)]
pub struct Args {
    what: What,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Scan, index, memory and cold start of the keeper at a million obligations
    Keeper,
}

pub fn run(args: &Args) -> Result<()> {
    let [package, bench] = match args.what {
        What::Keeper => ["ballast-keeper", "keeper"],
    };
    let mut cargo = workspace::cargo();
    cargo.args(["bench", "--locked", "--ignore-rust-version", "--quiet", "--profile", "host"]);
    cargo.args(["--package", package, "--bench", bench]);
    run::show(&mut cargo)
}
