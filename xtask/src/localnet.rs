//! `cargo xtask localnet`: a node on this machine with the program, a market and moving prices.

use std::os::unix::process::CommandExt;

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::tools;

#[derive(clap::Args)]
pub struct Args {
    /// Arguments for the localnet; `cargo xtask localnet --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    localnet: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    build::programs(Toolchain::Any)?;
    tools::build()?;
    // Replaces this process, so that a signal to it stops the node.
    Err(tools::command("ballast-localnet").args(&args.localnet).exec().into())
}
