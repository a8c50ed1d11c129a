//! `cargo xtask idl`: describes the program's instructions, accounts, events and errors to its clients.

use std::fs;

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result};

use crate::workspace;

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    let target = workspace::root().join("target");
    // The builder compiles with RUSTFLAGS of its own: a folder of its own keeps the other builds warm.
    let cargo_args = ["--locked", "--ignore-rust-version", "--target-dir", "../../target/idl-build"];
    let builder = IdlBuilder::new()
        .program_path(workspace::root().join("programs/ballast"))
        .cargo_args(cargo_args.map(String::from).to_vec());
    let idl = without_toolchain_variable(|| builder.build())
        .context("the IDL cannot be built; the compiler's messages, if any, are above")?;

    let path = target.join("idl/ballast.json");
    fs::create_dir_all(target.join("idl"))?;
    fs::write(&path, serde_json::to_string_pretty(&idl)? + "\n")?;
    println!("{}  {} instructions", path.strip_prefix(workspace::root())?.display(), idl.instructions.len());
    Ok(())
}

/// anchor-lang-idl 0.2.0 takes RUSTUP_TOOLCHAIN, which rustup sets in every `cargo run`, for a reason to call
/// `cargo "+{toolchain}"` with the braces in it. The other cargo calls need the variable: without it rustup would obey the
/// rust-toolchain files that some dependencies carry.
#[expect(unsafe_code, reason = "the builder reads only the environment")]
fn without_toolchain_variable<T>(work: impl FnOnce() -> T) -> T {
    const VARIABLE: &str = "RUSTUP_TOOLCHAIN";
    let toolchain = std::env::var_os(VARIABLE);
    // SAFETY: this process has one thread, so nobody reads the environment meanwhile.
    unsafe { std::env::remove_var(VARIABLE) };
    let result = work();
    if let Some(toolchain) = toolchain {
        // SAFETY: as above.
        unsafe { std::env::set_var(VARIABLE, toolchain) };
    }
    result
}
