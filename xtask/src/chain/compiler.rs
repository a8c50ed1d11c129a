//! The compiler: Debian's `rustc-web`. Debian also packages the matching sources of the standard library, which must be compiled for the
//! chain and which rustup's mirrors do not always have.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::cache::Cache;
use crate::debian::{BOOKWORM, Packages};

const PACKAGES: Packages = Packages {
    sources: BOOKWORM,
    wanted: &["rustc-web", "rust-web-src"],
    // rustup's rustc needs the same C toolchain. The C library must be the machine's, because procedural macros are linked against it and
    // loaded into the compiler.
    provided: &["gcc", "libc-dev", "binutils", "libc6", "libgcc-s1"],
    verified: "1.96.",
    instead: super::INSTEAD,
};

/// Installs the compiler unless it is installed.
pub fn install(cache: &Cache) -> Result<()> {
    cache.piece("rustc", "160 MB from Debian", |folder| {
        PACKAGES.unpack(folder)?;
        let sources = folder.join("usr/lib/rustlib/src/rust");
        // The sources of the compiler and of LLVM are two thirds of the package, and nothing here reads them.
        for unused in ["compiler", "src"] {
            fs::remove_dir_all(sources.join(unused))?;
        }
        patch_library(&sources.join("library"))
    })
}

/// The standard library compiles only for targets whose smallest alignment it knows. It does not know ours.
fn patch_library(library: &Path) -> Result<()> {
    let path = library.join("std/src/sys/alloc/mod.rs");
    let source = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let unknown = r#"panic!("add a value for MIN_ALIGN")"#;
    ensure!(source.matches(unknown).count() == 1, "{} has changed: no single `{unknown}`", path.display());
    fs::write(&path, source.replace(unknown, "8"))?;
    Ok(())
}
