//! Compiles for the chain without Solana's platform-tools, which not every machine can download.
//!
//! The pieces are a `rustc` with the sources of its standard library, LLVM 23 and `sbpf-linker`. They are installed once, into a cache
//! outside the checkout, and the scripts in toolchain/wrappers start them. The 128-bit arithmetic of toolchain/builtins is compiled per
//! checkout. docs/decisions/0001-build.md gives the reason for each.

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

/// Names the cache folder, so that an older or newer checkout finds its matching pieces. Raise it when a piece changes.
const RECIPE: &str = "recipe-2";

const INSTEAD: &str = "install Solana's platform-tools instead, with `cargo build-sbf` on PATH";

/// Compiles `program` and returns its `.so`.
pub fn build(program: &Program) -> Result<PathBuf> {
    let cache = Cache::open(RECIPE)?;
    compiler::install(&cache)?;
    linker::install(&cache)?;
    let builtins = builtins::build(&cache)?;
    cargo::build_program(&cache, &builtins, program)
}

/// The versions that decide the machine code. Debian updates its packages, and figures compare only within one compiler.
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

/// A separate folder, so that builds for the host do not wait for the lock of builds for the chain.
fn target_dir() -> PathBuf {
    workspace::root().join("target/sbpf")
}
