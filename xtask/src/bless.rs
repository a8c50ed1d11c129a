//! `cargo xtask bless`: records what the program costs and looks like now in tests/snapshots. Look at the diff before committing it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Toolchain};
use crate::{chain, idl, run, workspace};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    build::programs(Toolchain::Own)?;
    idl::run(&idl::Args {})?;
    let mut cargo = workspace::cargo();
    cargo.args(["test", "--quiet", "--locked", "--ignore-rust-version", "--package", "ballast-tests", "--test", "it"]);
    fs::write(recorded_toolchain(), chain::identity()?)?;
    run::show(cargo.env("UPDATE_EXPECT", "1"))?;
    run::show(Command::new("git").current_dir(workspace::root()).args([
        "--no-pager",
        "diff",
        "--stat",
        "--",
        "tests/snapshots",
    ]))
}

/// Which toolchain the recorded figures come from.
fn recorded_toolchain() -> PathBuf {
    workspace::root().join("tests/snapshots/toolchain.txt")
}

/// Tells the tests of `cargo` whether compute units and size can be compared with the recorded ones, and the reader if not.
pub fn compare_if_possible(cargo: &mut Command) -> Result<()> {
    let recorded =
        fs::read_to_string(recorded_toolchain()).context("no toolchain is recorded; run `cargo xtask bless`")?;
    let current = chain::identity()?;
    if current != recorded {
        eprintln!(
            "note: compute units and size are NOT compared: they were recorded with another toolchain\n\
             recorded: {}\n\
             here:     {}\n\
             hint: `cargo xtask bless` records them anew",
            recorded.trim().replace('\n', ", "),
            current.trim().replace('\n', ", ")
        );
        cargo.env("BALLAST_OTHER_TOOLCHAIN", "1");
    }
    Ok(())
}
