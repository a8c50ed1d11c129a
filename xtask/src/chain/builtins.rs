//! The functions that LLVM calls for 128-bit arithmetic and memory: toolchain/builtins and what it depends on.
//! They are handed to the linker, so a program's own source needs nothing special.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::cargo::cargo_build;
use super::{Toolchain, target_dir};
use crate::run;

/// In the order of linking: of two functions of one name, LLVM takes the first.
const LIBRARIES: [&str; 2] = ["ballast_builtins", "solana_compiler_builtins"];

/// Compiles the builtins; returns the files to link.
pub fn build(toolchain: &Toolchain) -> Result<Vec<PathBuf>> {
    let mut cargo = cargo_build(toolchain, "core", &[])?;
    cargo.args(["--manifest-path", "toolchain/builtins/Cargo.toml", "--target-dir"]).arg(target_dir().join("builtins"));
    let messages = run::capture_stdout(cargo.args(["--quiet", "--message-format=json-render-diagnostics"]))?;
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
    let hash = Sha256::digest(&content)[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let kept = target_dir().join(format!("lib{library}-{hash}.rlib"));
    if !kept.exists() {
        fs::write(&kept, content)?;
    }
    Ok(kept)
}
