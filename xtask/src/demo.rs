//! `cargo xtask demo`: runs a market through a crash on the compiled program.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{web, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// Start a node on this machine, a keeper and the page instead, until Ctrl-C
    #[arg(long)]
    web: bool,
    /// Arguments for the demo; `cargo xtask demo --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    demo: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    if args.web {
        return web::run();
    }
    build::programs(Toolchain::Any)?;
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--quiet", "--locked", "--ignore-rust-version", "--package", "ballast-demo", "--"]);
    let status = cargo.args(&args.demo).status()?;
    // The demo has printed why. Its exit code: 1 for books that do not balance, 2 for bad input.
    std::process::exit(status.code().unwrap_or(1))
}
