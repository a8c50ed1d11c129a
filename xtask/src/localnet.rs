//! `cargo xtask localnet`: a node on this machine with the program, a market and moving prices.

use std::os::unix::process::CommandExt;

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::workspace;

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to the localnet; `cargo xtask localnet --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    localnet: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    build::programs(Toolchain::Any)?;
    let mut cargo = workspace::cargo();
    // Not quiet: the first time it compiles a whole node.
    cargo
        .args(["run", "--locked", "--ignore-rust-version", "--package", "ballast-localnet", "--"])
        .args(&args.localnet);
    // In the place of this process, as cargo does it too: whoever signals the one process that there is stops the node.
    Err(cargo.exec().into())
}
