//! `cargo xtask test`: everything that must hold before a change lands; what `.ci/run` runs.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::build::{self, Toolchain};
use crate::{bless, fuzz, idl, npm, run, tidy, tools, workspace};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    step("programs for the chain", || build::programs(Toolchain::Own))?;
    step("interface", || idl::run(&idl::Args {}))?;
    step("tidy", || tidy::run(&tidy::Args {}))?;
    step("format", || run::show(workspace::cargo().args(["fmt", "--all", "--check"])))?;
    step("clippy", || run::show(cargo("clippy").args(["--all-targets", "--", "--deny", "warnings"])))?;
    // The page of the demo and a client of the localnet are the TypeScript side's. What is wrong at a glance is told before what takes long.
    step("packages, types and lint of the TypeScript side", || {
        npm::run(&["ci"])?;
        npm::run(&["run", "types"])?;
        npm::run(&["run", "lint"])
    })?;
    step("tests", || {
        let mut tests = cargo("test");
        bless::compare_if_possible(&mut tests)?;
        run::show(&mut tests)
    })?;
    step("random campaign", || fuzz::campaign(&["--actions", fuzz::ACTIONS]))?;
    step("parity with Pyth's SDKs", || run::show(cargo("test").args(["--package", "oracle-parity"])))?;
    step("lifecycle on the real bank", || run::show(cargo("test").args(["--package", "bank-tests"])))?;
    step("command line, localnet, keeper", || {
        run::show(cargo("clippy").args(OPERATING).args(["--all-targets", "--", "--deny", "warnings"]))?;
        tools::build()?;
        // A machine that only reports back once tells of every failure.
        run::show(cargo("test").arg("--no-fail-fast").args(OPERATING))
    })?;
    step("128-bit arithmetic of the toolchain", || {
        run::show(workspace::cargo().args(["test", "--locked", "--manifest-path", "toolchain/builtins/Cargo.toml"]))
    })?;
    step("TypeScript client and page", npm::test)
}

/// What stands beside the chain, and what types its commands.
/// With the client's node, which its examples ask.
const OPERATING: [&str; 12] = [
    "--package",
    "ballast-cli",
    "--package",
    "ballast-client",
    "--package",
    "ballast-keeperd",
    "--package",
    "ballast-localnet",
    "--package",
    "operate-tests",
    "--features",
    "ballast-client/rpc",
];

fn cargo(subcommand: &str) -> Command {
    let mut cargo = workspace::cargo();
    cargo.args([subcommand, "--locked", "--ignore-rust-version"]);
    cargo
}

/// Says what is being done, and how long it took.
fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("\n== {name}");
    let start = Instant::now();
    work()?;
    eprintln!("== {name}: ok, {} s", start.elapsed().as_secs());
    Ok(())
}
