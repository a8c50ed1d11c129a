//! `cargo xtask bless`: records what the program costs and looks like now in tests/snapshots. Look at the diff before committing it.

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{idl, run, workspace};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    build::program("ballast", Toolchain::Own)?;
    idl::run(&idl::Args {})?;
    let mut cargo = workspace::cargo();
    cargo.args(["test", "--quiet", "--locked", "--ignore-rust-version", "--package", "ballast-tests", "--test", "it"]);
    run::show(cargo.env("UPDATE_EXPECT", "1"))?;
    run::show(std::process::Command::new("git").current_dir(workspace::root()).args([
        "--no-pager",
        "diff",
        "--stat",
        "--",
        "tests/snapshots",
    ]))
}
