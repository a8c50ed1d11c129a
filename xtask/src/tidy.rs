//! `cargo xtask tidy`: the laws of ARCHITECTURE.md that a machine can check.
//!
//! One file per kind of law: [`code`] reads the syntax of core and program, [`names`] ties an instruction to its operation, test, event
//! and heading, [`types`] compares the names of types across crates, [`order`] checks which module uses which, [`invariants`] the INV
//! ids, [`dependencies`] which crate and file may use what, [`words`] the language.

mod code;
mod dependencies;
mod invariants;
mod names;
mod order;
mod types;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

#[derive(clap::Args)]
pub struct Args {}

/// A broken law and where.
pub struct Finding {
    pub place: String,
    pub law: String,
}

pub fn run(Args {}: &Args) -> Result<()> {
    let checkout = Checkout::read()?;
    let mut findings = code::check(&checkout)?;
    findings.extend(names::check(&checkout));
    findings.extend(invariants::check(&checkout));
    findings.extend(dependencies::check(&checkout)?);
    findings.extend(order::check(&checkout)?);
    findings.extend(types::check(&checkout)?);
    findings.extend(words::check(&checkout));
    for Finding { place, law } in &findings {
        eprintln!("{place}: {law}");
    }
    if !findings.is_empty() {
        bail!("{} findings of tidy are above\nhint: the laws are in ARCHITECTURE.md", findings.len());
    }
    println!("tidy: {} files follow the laws", checkout.files.len());
    Ok(())
}

/// The text of every file that git tracks or would track.
pub struct Checkout {
    files: Vec<(PathBuf, String)>,
}

impl Checkout {
    fn read() -> Result<Self> {
        let mut git = std::process::Command::new("git");
        git.current_dir(workspace::root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let listing = crate::run::capture(&mut git)?;
        let mut files = Vec::new();
        for path in listing.lines().map(PathBuf::from) {
            let full = workspace::root().join(&path);
            // A tracked file may have been deleted, and a binary file has no text to check.
            if full.is_file()
                && let Ok(text) = String::from_utf8(fs::read(&full).with_context(|| path.display().to_string())?)
            {
                files.push((path, text));
            }
        }
        Ok(Self { files })
    }

    /// The Rust sources under a folder.
    fn rust(&self, folder: &str) -> impl Iterator<Item = (&Path, &str)> {
        let in_folder =
            move |path: &Path| path.starts_with(folder) && path.extension().is_some_and(|kind| kind == "rs");
        self.files.iter().map(|(path, text)| (path.as_path(), text.as_str())).filter(move |(path, _)| in_folder(path))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(candidate, _)| candidate == Path::new(path)).map(|(_, text)| text.as_str())
    }
}

impl Finding {
    fn new(place: impl Into<String>, law: impl Into<String>) -> Self {
        Self { place: place.into(), law: law.into() }
    }
}
