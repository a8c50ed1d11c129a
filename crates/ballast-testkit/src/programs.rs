//! The compiled programs.

use anchor_lang::prelude::Address;
use std::path::PathBuf;

/// The address at which the World loads the stage program. The program does not depend on it.
pub const STAGE_ID: Address = Address::from_str_const("Stage11111111111111111111111111111111111111");

/// Ballast's program. `cargo xtask build` writes it.
pub fn program_path() -> PathBuf {
    compiled("ballast")
}

/// The program of a library, as `cargo xtask build` writes it.
pub fn compiled(library: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy").join(library).with_extension("so")
}
