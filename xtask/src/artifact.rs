//! The files that a build writes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Writes `file` in one step: a reader finds the old content or the new one, even after an interruption.
pub fn write(file: &Path, content: &[u8]) -> Result<()> {
    let partial = file.with_extension("partial");
    fs::write(&partial, content).with_context(|| format!("cannot write {}", partial.display()))?;
    fs::rename(&partial, file).with_context(|| format!("cannot replace {}", file.display()))
}

pub fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
