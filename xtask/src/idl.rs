//! `cargo xtask idl`: describes the program's instructions, accounts, events and errors to its clients.

use std::fs;

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result};

use crate::workspace;

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    forget_toolchain();
    let target = workspace::root().join("target");
    // The builder compiles with RUSTFLAGS of its own: a folder of its own keeps the other builds warm.
    let cargo_args = ["--locked", "--ignore-rust-version", "--target-dir", "../../target/idl-build"];
    let idl = IdlBuilder::new()
        .program_path(workspace::root().join("programs/ballast"))
        .cargo_args(cargo_args.map(String::from).to_vec())
        .build()
        .context("the IDL cannot be built; the compiler's messages, if any, are above")?;

    let path = target.join("idl/ballast.json");
    fs::create_dir_all(target.join("idl"))?;
    fs::write(&path, serde_json::to_string_pretty(&idl)? + "\n")?;
    println!("{}  {} instructions", path.strip_prefix(workspace::root())?.display(), idl.instructions.len());
    Ok(())
}

/// anchor-lang-idl 0.2.0 takes RUSTUP_TOOLCHAIN, which rustup sets in every `cargo run`, for a reason to call
/// `cargo "+{toolchain}"` with the braces in it.
#[expect(unsafe_code, reason = "the environment is the only way to tell the builder")]
fn forget_toolchain() {
    // SAFETY: this process has one thread, so nobody reads the environment meanwhile.
    unsafe { std::env::remove_var("RUSTUP_TOOLCHAIN") }
}
