//! `cargo xtask <command>`: every automation of this repository.
//!
//! One file per command, named as the command. What it takes to compile for the chain lives in [`chain`].

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

mod build;
mod chain;
mod idl;
mod run;
mod workspace;

/// Automation of the Ballast repository
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Xtask {
    /// Compile a program for the chain: target/deploy/<program>.so
    Build(build::Args),
    /// Describe the program's interface to clients: target/idl/ballast.json
    Idl(idl::Args),
}

impl Xtask {
    fn run(self) -> Result<()> {
        match self {
            Self::Build(args) => build::run(&args),
            Self::Idl(args) => idl::run(&args),
        }
    }
}

fn main() -> ExitCode {
    match Xtask::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
