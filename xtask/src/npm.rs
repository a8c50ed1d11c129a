//! Node's package manager, which checks and tests the TypeScript side.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{run, workspace};

/// Runs npm at the root of the workspace, on the program that this checkout compiles to.
pub fn run(args: &[&str]) -> Result<()> {
    for program in ["node", "npm"] {
        run::capture(Command::new(program).arg("--version")).context(
            "the TypeScript client needs Node and npm\nhint: install Node 20.18 or later, from https://nodejs.org",
        )?;
    }
    run::show(Command::new("npm").args(args).env_remove("BALLAST_SO").current_dir(workspace::root()))
}
