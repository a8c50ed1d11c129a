//! The linker: `sbpf-linker` turns LLVM bitcode into a deployable sBPF v3 file. It loads LLVM at run time. That must be LLVM 23, the first
//! version that calls functions for 128-bit arithmetic on BPF instead of refusing it.

use std::fs;

use anyhow::Result;

use crate::cache::Cache;
use crate::debian::Packages;
use crate::{run, workspace};

const VERSION: &str = "0.2.6";

const LLVM: Packages = Packages {
    sources: &["http://deb.debian.org/debian sid"],
    wanted: &["libllvm23"],
    // Nothing, because LLVM 23 needs a newer C library than a stable machine has.
    provided: &[],
    verified: "1:23.",
    instead: super::INSTEAD,
};

/// Installs LLVM and the linker unless they are installed.
pub fn install(cache: &Cache) -> Result<()> {
    cache.piece("llvm", "45 MB from Debian", |folder| LLVM.unpack(folder))?;
    cache.piece("sbpf-linker", "compiles for two minutes or more", |folder| {
        let mut cargo = workspace::cargo();
        cargo.args(["install", "sbpf-linker", "--locked", "--version", VERSION, "--root"]).arg(folder);
        cargo.arg("--target-dir").arg(folder.join("target"));
        run::capture(cargo.env_remove("RUSTC"))?;
        fs::remove_dir_all(folder.join("target"))?;
        Ok(())
    })
}
