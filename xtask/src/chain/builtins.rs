//! The functions that LLVM calls for 128-bit arithmetic and memory: toolchain/builtins and what it depends on.
//! They are handed to the linker, so a program's own source needs nothing special.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::cargo::cargo_build;
use super::target_dir;
use crate::cache::Cache;
use crate::{artifact, run};

/// In the order of linking: of two functions of one name, LLVM takes the first.
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

/// Where cargo's messages say that it put `library`.
fn rlib(messages: &str, library: &str) -> Result<PathBuf> {
    let file = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == library;
        is_it.then(|| message["filenames"][0].as_str().map(PathBuf::from)).flatten()
    };
    messages.lines().find_map(file).with_context(|| format!("cargo did not say where it put {library}"))
}

/// Copies `rlib` to a path that names its content. cargo does not look into what it hands to the linker, but it
/// compiles anew when the path of it changes.
fn keep(rlib: &Path, library: &str) -> Result<PathBuf> {
    let content = fs::read(rlib)?;
    let hash = artifact::sha256(&content);
    let kept = target_dir().join(format!("lib{library}-{}.rlib", &hash[..12]));
    if !kept.exists() {
        artifact::write(&kept, &content)?;
    }
    Ok(kept)
}
