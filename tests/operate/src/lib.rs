//! Localnet, command line and keeper, as people start them. `cargo xtask test` builds the binaries; these tests only
//! run them.
//!
//! [`guide`] reads docs/guides, [`process`] runs commands, [`usual`] replaces the usual ports and folders, and
//! [`stage`] is a localnet with commands beside it.

pub mod guide;
pub mod process;
pub mod stage;
pub mod usual;

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// Where cargo puts binaries: beside the folder of this test.
pub fn binaries() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    Ok(test.ancestors().nth(2).unwrap_or(Path::new(".")).to_owned())
}
