//! `cargo xtask test`: every check that a change must pass. `.ci/run` runs it.

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
    // The demo's page and the localnet's tests need the packages. Types and lint are quick, so they fail early.
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
        // CI reports only once, so it runs on after a failure and reports all of them.
        run::show(cargo("test").arg("--no-fail-fast").args(OPERATING))
    })?;
    step("128-bit arithmetic of the toolchain", || {
        run::show(workspace::cargo().args(["test", "--locked", "--manifest-path", "toolchain/builtins/Cargo.toml"]))
    })?;
    step("TypeScript client and page", npm::test)
}

/// The packages that talk to a node, and the tests that run their commands. The feature compiles the client's examples.
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

/// Names a step and says how long it took.
fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("\n== {name}");
    let start = Instant::now();
    work()?;
    eprintln!("== {name}: ok, {} s", start.elapsed().as_secs());
    Ok(())
}
