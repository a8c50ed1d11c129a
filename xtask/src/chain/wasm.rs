//! Compiles core to a WebAssembly module for the TypeScript client, with rustup's compiler if it has the target, else with the compiler of
//! [`super::compiler`], which has the sources of the standard library.

use std::path::PathBuf;

use anyhow::Result;

use super::{RECIPE, compiler};
use crate::cache::Cache;
use crate::{run, workspace};

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles the module and returns its path.
pub fn build() -> Result<PathBuf> {
    let folder = workspace::root().join("target/wasm");
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--release", "--locked", "--ignore-rust-version", "--target", TARGET]);
    cargo.args(["--package", "ballast-wasm", "--target-dir"]).arg(&folder);
    let mut flags = vec!["-Copt-level=s".to_owned()];
    if !rustups_libraries()?.join(TARGET).exists() {
        let cache = Cache::open(RECIPE)?;
        compiler::install(&cache)?;
        let linker = rustups_libraries()?.join("x86_64-unknown-linux-gnu").join("bin/rust-lld");
        flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort", "-Clinker-flavor=wasm-ld"].map(String::from));
        flags.push(format!("-Clinker={}", linker.display()));
        cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("RUSTC", workspace::root().join("toolchain/wrappers/rustc"));
        cargo.env("BALLAST_TOOLCHAIN_PIECES", cache.folder());
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "").env("CARGO_CACHE_RUSTC_INFO", "0");
    run::show(&mut cargo)?;
    Ok(folder.join(TARGET).join("release/ballast_wasm.wasm"))
}

/// The folder of rustup's targets and its linker.
fn rustups_libraries() -> Result<PathBuf> {
    let sysroot = run::capture(std::process::Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()).join("lib/rustlib"))
}
