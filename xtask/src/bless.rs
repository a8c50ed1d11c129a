//! `cargo xtask bless`: records the program's current costs, layout and interface in tests/snapshots. Read the diff before you commit it.

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

/// The file that names the toolchain of the recorded figures.
fn recorded_toolchain() -> PathBuf {
    workspace::root().join("tests/snapshots/toolchain.txt")
}

/// Lets the tests of `cargo` compare compute units and size only if the recorded toolchain is the current one; else prints a note.
pub fn compare_if_possible(cargo: &mut Command) -> Result<()> {
    let recorded =
        fs::read_to_string(recorded_toolchain()).context("no toolchain is recorded; run `cargo xtask bless`")?;
    let current = chain::identity()?;
    if current != recorded {
        eprintln!(
            "note: compute units and size are NOT compared: they were recorded with another toolchain\n\
             recorded: {}\n\
             here:     {}\n\
             hint: `cargo xtask bless` records them again",
            recorded.trim().replace('\n', ", "),
            current.trim().replace('\n', ", ")
        );
        cargo.env("BALLAST_OTHER_TOOLCHAIN", "1");
    }
    Ok(())
}
