//! Compiles for the chain without Solana's platform-tools, which cannot be downloaded everywhere.
//!
//! The pieces: a `rustc` with the sources of its standard library, LLVM 23 and `sbpf-linker`, installed once into a
//! cache outside the checkout; the 128-bit arithmetic of toolchain/builtins, compiled per checkout.
//! docs/decisions/0001-build.md says why each is there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::{self, Program};
use cache::Cache;

mod builtins;
mod cache;
mod cargo;
mod compiler;
mod debian;
mod linker;

/// Names the cache folder, so that a checkout of another age finds other pieces. Raise it with any change of a piece.
const RECIPE: &str = "recipe-1";

/// What the cache holds once everything is installed.
struct Toolchain {
    rustc: PathBuf,
    /// Where a program `sbpf-linker` is, for PATH.
    linker_folder: PathBuf,
}

/// Compiles `program` and returns its `.so`.
pub fn build(program: &Program) -> Result<PathBuf> {
    let toolchain = Toolchain::ready()?;
    let builtins = builtins::build(&toolchain)?;
    cargo::build_program(&toolchain, &builtins, program)
}

impl Toolchain {
    fn ready() -> Result<Self> {
        let cache = Cache::open(RECIPE)?;
        Ok(Self { rustc: compiler::install(&cache)?, linker_folder: linker::install(&cache)? })
    }
}

/// What is compiled for the chain stays apart from the host's builds, which would otherwise wait for its lock.
fn target_dir() -> PathBuf {
    workspace::root().join("target/sbpf")
}

fn write_script(path: &Path, script: &str) -> Result<()> {
    fs::write(path, script)?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
}
