//! This checkout: its folder, and the crates that are programs for the chain.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run;

/// The checkout that this xtask was compiled from.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the workspace")
}

/// The cargo that runs this xtask, at the root of the workspace.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    // Cargo sets these for xtask itself. `ring` would compile again when they change, and the whole localnet with it.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(root());
    cargo
}

/// A crate of the workspace that compiles to a program for the chain.
pub struct Program {
    /// The name for `cargo --package`.
    pub package: String,
    /// The name of its library and so of the `.so`.
    pub library: String,
    pub manifest: PathBuf,
}

impl Program {
    pub fn find(package: &str) -> Result<Self> {
        let metadata = run::capture(cargo().args(["metadata", "--no-deps", "--locked", "--format-version=1"]))?;
        let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata printed no JSON")?;
        let Some(found) = items(&metadata["packages"]).find(|candidate| candidate["name"] == package) else {
            bail!("the workspace has no package `{package}`\nhint: its members are listed in Cargo.toml");
        };
        let is_program = |target: &&Value| items(&target["crate_types"]).any(|kind| kind == "cdylib");
        let Some(library) = items(&found["targets"]).find(is_program) else {
            bail!(
                "package `{package}` is not a program for the chain\n\
                 hint: the Cargo.toml of a program says crate-type = [\"cdylib\", \"lib\"]"
            );
        };
        Ok(Self {
            package: package.to_owned(),
            library: text(&library["name"])?.replace('-', "_"),
            manifest: text(&found["manifest_path"])?.into(),
        })
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("cargo metadata printed an unknown format")
}
