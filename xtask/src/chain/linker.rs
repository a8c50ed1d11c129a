//! The linker: `sbpf-linker` makes a deployable sBPF v3 file of LLVM bitcode. It loads LLVM at run time, and it must
//! be LLVM 23, the first that calls functions for 128-bit arithmetic on BPF instead of refusing it.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::cache::Cache;
use super::debian::Packages;
use super::write_script;
use crate::{run, workspace};

const VERSION: &str = "0.2.6";

const LLVM: Packages = Packages {
    sources: &["http://deb.debian.org/debian sid"],
    wanted: &["libllvm23"],
    // Nothing: it wants a newer C library than a stable machine has.
    provided: &[],
    verified: "1:23.",
};

/// Starts the linker under the C library that LLVM 23 was built for.
const SBPF_LINKER: &str = r#"#!/bin/sh
cache=${0%/*}/../..
export LD_LIBRARY_PATH=$cache/llvm/usr/lib/x86_64-linux-gnu
exec "$cache/llvm/usr/lib64/ld-linux-x86-64.so.2" --library-path "$LD_LIBRARY_PATH" \
    "$cache/sbpf-linker/bin/sbpf-linker.elf" "$@"
"#;

/// Installs LLVM and the linker unless they are there; returns the folder to put on PATH.
pub fn install(cache: &Cache) -> Result<PathBuf> {
    cache.piece("llvm", "LLVM 23 (Debian, 45 MB)", |folder| LLVM.unpack(folder))?;
    let linker = cache.piece("sbpf-linker", "sbpf-linker (compiles for two minutes)", |folder| {
        let mut cargo = workspace::cargo();
        cargo.args(["install", "sbpf-linker", "--locked", "--version", VERSION, "--root"]).arg(folder);
        cargo.arg("--target-dir").arg(folder.join("target"));
        run::capture(cargo.env_remove("RUSTC"))?;
        fs::remove_dir_all(folder.join("target"))?;
        let bin = folder.join("bin");
        fs::rename(bin.join("sbpf-linker"), bin.join("sbpf-linker.elf"))?;
        write_script(&bin.join("sbpf-linker"), SBPF_LINKER)
    })?;
    Ok(linker.join("bin"))
}
