//! Compiles for the chain without Solana's platform-tools, which cannot be downloaded everywhere.
//!
//! The pieces: a `rustc` with the sources of its standard library, LLVM 23 and `sbpf-linker`, installed once into a
//! cache outside the checkout and started by the scripts in toolchain/wrappers; the 128-bit arithmetic of
//! toolchain/builtins, compiled per checkout.
//! docs/decisions/0001-build.md says why each is there.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::workspace::{self, Program};

mod builtins;
mod cargo;
mod compiler;
mod linker;
pub mod wasm;

/// Names the cache folder, so that a checkout of another age finds its own pieces. Raise it when a piece changes.
const RECIPE: &str = "recipe-2";

const INSTEAD: &str = "with Solana's platform-tools (`cargo build-sbf`) on PATH none of this is needed";

/// Compiles `program` and returns its `.so`.
pub fn build(program: &Program) -> Result<PathBuf> {
    let cache = Cache::open(RECIPE)?;
    compiler::install(&cache)?;
    linker::install(&cache)?;
    let builtins = builtins::build(&cache)?;
    cargo::build_program(&cache, &builtins, program)
}

/// What decides about the machine code: Debian moves its packages on, and figures compare only within one compiler.
pub fn identity() -> Result<String> {
    let cache = Cache::open(RECIPE)?;
    let mut identity = format!("{RECIPE}\n");
    for (piece, package) in [("rustc", "rustc-web\t"), ("llvm", "libllvm23\t")] {
        let list = cache.folder().join(piece).join("packages.txt");
        let list = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
        let line = list.lines().find(|line| line.starts_with(package));
        identity += &format!("{}\n", line.unwrap_or(package).replace('\t', " "));
    }
    Ok(identity)
}

/// What is compiled for the chain stays apart from the host's builds, which would otherwise wait for its lock.
fn target_dir() -> PathBuf {
    workspace::root().join("target/sbpf")
}
