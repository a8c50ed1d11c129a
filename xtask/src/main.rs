//! `cargo xtask <command>`: every automation of this repository.
//!
//! One file per command, with the command's name. [`chain`] compiles for the chain.

use std::process::ExitCode;

use anyhow::{Error, Result};
use clap::Parser;

mod artifact;
mod bench;
mod bless;
mod build;
mod cache;
mod chain;
mod chromium;
mod debian;
mod demo;
mod deploy;
mod fuzz;
mod idl;
mod localnet;
mod npm;
mod run;
mod test;
mod tidy;
mod tools;
mod wasm;
mod web;
mod workspace;

/// Automation of the Ballast repository
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Xtask {
    /// Run a market through a crash on the compiled program
    #[command(disable_help_flag = true)]
    Demo(demo::Args),
    /// Run a Solana node on this machine with the program, a market and moving prices
    #[command(disable_help_flag = true)]
    Localnet(localnet::Args),
    /// Bring a cluster to what its file in migrations/config says: program, market, verification
    Deploy(deploy::Args),
    /// Run random actions on the compiled program and compare each with core
    #[command(disable_help_flag = true)]
    Fuzz(fuzz::Args),
    /// Run every check that must pass before a change lands
    Test(test::Args),
    /// Measure the software beside the chain
    Bench(bench::Args),
    /// Record the current compute units, binary size, account layout and interface
    Bless(bless::Args),
    /// Check the laws of ARCHITECTURE.md
    Tidy(tidy::Args),
    /// Compile the programs for the chain: target/deploy/<program>.so
    Build(build::Args),
    /// Compile the command line, the keeper and the localnet
    Tools(tools::Args),
    /// Describe the program's interface to clients: target/idl/ballast.json
    Idl(idl::Args),
    /// Compile core for the TypeScript client; `npm run core` also copies it there
    Wasm(wasm::Args),
}

impl Xtask {
    fn run(self) -> Result<()> {
        match self {
            Self::Demo(args) => demo::run(&args),
            Self::Localnet(args) => localnet::run(&args),
            Self::Deploy(args) => deploy::run(&args),
            Self::Fuzz(args) => fuzz::run(&args),
            Self::Test(args) => test::run(&args),
            Self::Bench(args) => bench::run(&args),
            Self::Bless(args) => bless::run(&args),
            Self::Tidy(args) => tidy::run(&args),
            Self::Build(args) => build::run(&args),
            Self::Tools(args) => tools::run(&args),
            Self::Idl(args) => idl::run(&args),
            Self::Wasm(args) => wasm::run(&args),
        }
    }
}

fn main() -> ExitCode {
    match Xtask::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints what failed and why on one line, and the next step below: the part of a message after "hint: ".
fn report(error: &Error) {
    let messages = error.chain().map(ToString::to_string).collect::<Vec<_>>();
    let parts = messages.iter().map(|message| message.split_once("\nhint: ").unwrap_or((message, "")));
    let (causes, hints): (Vec<_>, Vec<_>) = parts.unzip();
    eprintln!("error: {}", causes.join(": "));
    for hint in hints.iter().filter(|hint| !hint.is_empty()) {
        eprintln!("hint: {hint}");
    }
}
