//! `cargo xtask wasm`: compiles core for the TypeScript client.

use std::fs;

use anyhow::Result;

use crate::{chain, workspace};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(Args {}: &Args) -> Result<()> {
    let module = chain::wasm::build()?;
    println!("{}  {} bytes", module.strip_prefix(workspace::root())?.display(), fs::metadata(&module)?.len());
    Ok(())
}
