//! The functions that LLVM calls for 128-bit arithmetic and memory: toolchain/builtins and what it depends on.
//! The linker receives them, so a program's source needs nothing special.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::cargo::cargo_build;
use super::target_dir;
use crate::cache::Cache;
use crate::{artifact, run};

/// In the order of linking: LLVM takes the first of two functions with one name.
const LIBRARIES: [&str; 2] = ["ballast_builtins", "solana_compiler_builtins"];

/// Compiles the builtins; returns the files to link.
pub fn build(cache: &Cache) -> Result<Vec<PathBuf>> {
    let folder = target_dir().join("builtins");
    let mut cargo = cargo_build(cache, "core", &[])?;
    cargo.args(["--manifest-path", "toolchain/builtins/Cargo.toml", "--target-dir"]).arg(&folder);
    if folder.exists() {
        cargo.arg("--quiet");
    }
    let messages = run::capture_stdout(cargo.arg("--message-format=json-render-diagnostics"))?;
    LIBRARIES.iter().map(|library| keep(&rlib(&messages, library)?, library)).collect()
}

/// The path of `library` in cargo's messages.
fn rlib(messages: &str, library: &str) -> Result<PathBuf> {
    let file = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == library;
        is_it.then(|| message["filenames"][0].as_str().map(PathBuf::from)).flatten()
    };
    messages.lines().find_map(file).with_context(|| format!("cargo did not say where it put {library}"))
}

/// Copies `rlib` to a path that contains its hash. cargo does not read the files that it hands to the linker, but it compiles again when
/// their path changes.
fn keep(rlib: &Path, library: &str) -> Result<PathBuf> {
    let content = fs::read(rlib)?;
    let hash = artifact::sha256(&content);
    let kept = target_dir().join(format!("lib{library}-{}.rlib", &hash[..12]));
    if !kept.exists() {
        artifact::write(&kept, &content)?;
    }
    Ok(kept)
}
