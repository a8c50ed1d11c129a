//! npm, which checks and tests the TypeScript side.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{chromium, run, workspace};

/// Runs npm at the root of the workspace.
pub fn run(args: &[&str]) -> Result<()> {
    run::show(command()?.args(args))
}

/// Runs all tests of the TypeScript side. Unpacks a browser where there is none.
pub fn test() -> Result<()> {
    let mut npm = command()?;
    chromium::provide(&mut npm)?;
    run::show(npm.arg("test"))
}

/// npm at the root of the workspace. It tests the program of this checkout, so `BALLAST_SO` is removed.
fn command() -> Result<Command> {
    for program in ["node", "npm"] {
        run::capture(Command::new(program).arg("--version")).context(
            "the TypeScript client needs Node and npm\nhint: install Node 20.18 or later, from https://nodejs.org",
        )?;
    }
    let mut npm = Command::new("npm");
    npm.env_remove("BALLAST_SO").current_dir(workspace::root());
    Ok(npm)
}
