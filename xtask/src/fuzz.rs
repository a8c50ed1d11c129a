//! `cargo xtask fuzz`: random actions on the compiled program, each compared with core.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{run, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to the campaign; `cargo xtask fuzz --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    campaign: Vec<String>,
}

/// How many actions every change must pass before it lands. They take three minutes.
pub const ACTIONS: &str = "100000";

pub fn run(args: &Args) -> Result<()> {
    build::programs(Toolchain::Any)?;
    campaign(&args.campaign)
}

/// On the programs as they are built.
pub fn campaign(args: &[impl AsRef<std::ffi::OsStr>]) -> Result<()> {
    let mut fuzz = workspace::cargo();
    fuzz.args(["run", "--locked", "--ignore-rust-version", "--quiet", "--package", "ballast-fuzz", "--"]);
    run::show(fuzz.args(args))
}
