//! `cargo xtask tools`: compiles the command line, the keeper and the localnet into target/debug. One build for all three, because cargo
//! compiles their shared dependencies again for each set of packages that it builds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{run, workspace};

pub const PACKAGES: [&str; 6] =
    ["--package", "ballast-cli", "--package", "ballast-keeperd", "--package", "ballast-localnet"];

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    build()?;
    for tool in ["ballast", "ballast-keeper", "ballast-localnet"] {
        println!("{}", path(tool).strip_prefix(workspace::root())?.display());
    }
    Ok(())
}

/// Shows cargo's progress: the first time it compiles a whole node.
pub fn build() -> Result<()> {
    run::show(workspace::cargo().args(["build", "--locked", "--ignore-rust-version"]).args(PACKAGES))
}

/// One of the tools, started at the root of the workspace.
pub fn command(tool: &str) -> Command {
    let mut command = Command::new(path(tool));
    command.current_dir(workspace::root());
    command
}

fn path(tool: &str) -> PathBuf {
    workspace::root().join("target/debug").join(tool)
}
