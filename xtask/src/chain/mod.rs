//! Compiles for the chain without Solana's platform-tools, which cannot be downloaded everywhere.
//!
//! The pieces: a `rustc` with the sources of its standard library, LLVM 23 and `sbpf-linker`, installed once into a
//! cache outside the checkout and started by the scripts in toolchain/wrappers; the 128-bit arithmetic of
//! toolchain/builtins, compiled per checkout.
//! docs/decisions/0001-build.md says why each is there.

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::{self, Program};
use cache::Cache;

mod builtins;
mod cache;
mod cargo;
mod compiler;
mod debian;
mod linker;

/// Names the cache folder, so that a checkout of another age finds its own pieces. Raise it when a piece changes.
const RECIPE: &str = "recipe-2";

/// Compiles `program` and returns its `.so`.
pub fn build(program: &Program) -> Result<PathBuf> {
    let cache = Cache::open(RECIPE)?;
    compiler::install(&cache)?;
    linker::install(&cache)?;
    let builtins = builtins::build(&cache)?;
    cargo::build_program(&cache, &builtins, program)
}

/// What is compiled for the chain stays apart from the host's builds, which would otherwise wait for its lock.
fn target_dir() -> PathBuf {
    workspace::root().join("target/sbpf")
}
