//! cargo with our compiler, our target and our flags.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{RECIPE, target_dir};
use crate::cache::Cache;
use crate::run;
use crate::workspace::{self, Program};

/// The name of the target file in toolchain/, and of the folder cargo makes for it.
pub const TARGET: &str = "sbpf-solana";

const TARGET_FLAGS: &[&str] = &[
    // anchor-lang leaves out the entrypoint unless it sees Solana's own name for the platform.
    r#"--cfg=target_os="solana""#,
    "-Aexplicit_builtin_cfgs_in_flags",
    // A panic stops the VM immediately. The code that would print its message is half of a program's size.
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    // rustc's LLVM unrolls loops before the linker's LLVM does: see LINK_FLAGS.
    "-Cllvm-args=-unroll-threshold=60",
];

const LINK_FLAGS: &[&str] = &[
    "-Clink-arg=--arch=v3",
    // The VM's stack frame. LLVM refuses a function that needs more, and so the build fails.
    "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
    // Anchor reads the accounts of every instruction in a loop. Unrolled, these loops are a tenth of the program.
    "-Clink-arg=--llvm-args=-unroll-threshold=60",
    // LLVM inserts calls of these functions itself, so the linker must keep them.
    "-Clink-arg=--disable-math-builtins",
    "-Clink-arg=--disable-memory-builtins",
    "-Clink-arg=--export=__multi3,__udivti3,memcpy",
    // Functions larger than their call are not inlined: less code for the same compute units (docs/decisions/0008-size-and-compute.md).
    "-Clink-arg=--llvm-args=-inline-threshold=50",
    // xtask copies the result.
    "-Clink-arg=--deploy=false",
];

/// Compiles `program`, linked with `builtins`.
pub fn build_program(cache: &Cache, builtins: &[PathBuf], program: &Program) -> Result<PathBuf> {
    let folder = target_dir();
    let builtins = builtins.iter().map(|rlib| format!("-Clink-arg={}", rlib.display()));
    let flags = LINK_FLAGS.iter().map(|&flag| flag.to_owned()).chain(builtins).collect::<Vec<_>>();
    let mut cargo = cargo_build(cache, "std,panic_abort", &flags)?;
    cargo.args(["--package", &program.package, "--lib", "--target-dir"]).arg(&folder);
    run::show(&mut cargo)?;
    Ok(folder.join(TARGET).join("release").join(format!("lib{}.so", program.library)))
}

/// `cargo build --release` for the chain, with the parts `std` of the standard library.
pub fn cargo_build(cache: &Cache, std: &str, extra_flags: &[String]) -> Result<Command> {
    // cargo compiles again when its flags change, but does not notice another linker behind our script.
    let recipe = format!("--cfg=toolchain=\"{RECIPE}\"");
    let extra_flags = extra_flags.iter().map(String::as_str);
    let flags = TARGET_FLAGS.iter().copied().chain([recipe.as_str()]).chain(extra_flags).collect::<Vec<_>>();
    let path = env::var_os("PATH").unwrap_or_default();
    let wrappers = workspace::root().join("toolchain/wrappers");
    let path = env::join_paths([wrappers.clone()].into_iter().chain(env::split_paths(&path)))
        .context("a folder on PATH has a colon in its name")?;

    let mut cargo = workspace::cargo();
    cargo.args(["build", "--release", "--locked", "--ignore-rust-version"]);
    cargo.args(["-Zjson-target-spec", "--target"]).arg(format!("toolchain/{TARGET}.json"));
    cargo.arg(format!("-Zbuild-std={std}")).arg("-Zbuild-std-features=");
    cargo.env("PATH", path).env("RUSTC", wrappers.join("rustc")).env("BALLAST_TOOLCHAIN_PIECES", cache.folder());
    // The flags above are unstable, and so is a target that only std has to accept.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1");
    // cargo reads flags from this variable first and then from no other place. Empty wrappers mean none. And cargo must not remember
    // which compiler our script starts.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "").env("CARGO_CACHE_RUSTC_INFO", "0");
    Ok(cargo)
}
