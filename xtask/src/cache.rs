//! The folder of installed pieces. It lies outside the checkout, so that the next clone finds them.
//!
//! A piece is a folder. It is built under a temporary name and renamed when it is complete. So an interrupted run leaves nothing that a
//! later run could mistake for a piece, and repeating a run is always safe.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub fn open(recipe: &str) -> Result<Self> {
        let folder = base_folder()?.join(recipe);
        fs::create_dir_all(&folder).with_context(|| {
            format!(
                "could not create the toolchain's folder {}\nhint: BALLAST_TOOLCHAIN_DIR=<folder> names another one",
                folder.display()
            )
        })?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes sure that piece `name` exists; `make` fills its folder if it does not. `cost` says what the reader waits for.
    pub fn piece(&self, name: &str, cost: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let piece = self.folder.join(name);
        if piece.exists() {
            return Ok(());
        }
        let _lock = self.lock()?;
        if piece.exists() {
            return Ok(());
        }
        let started = Instant::now();
        eprint!("installing {name} ({cost}) … ");
        io::stderr().flush()?;
        let partial = self.folder.join(format!("{name}.partial"));
        let made = remake(&partial)
            .and_then(|()| make(&partial))
            .and_then(|()| fs::rename(&partial, &piece).context("cannot rename the finished piece"));
        match made {
            Ok(()) => {
                eprintln!("{} MB in {} s", size(&piece)? / 1_000_000, started.elapsed().as_secs());
                Ok(())
            }
            Err(error) => {
                eprintln!("failed");
                Err(error.context(format!("could not install {name} into {}", self.folder.display())))
            }
        }
    }

    /// A lock held while a piece is installed. A second run waits for it and then finds the piece.
    fn lock(&self) -> Result<File> {
        let file = File::create(self.folder.join("lock"))?;
        if file.try_lock().is_err() {
            eprintln!("waiting for another run that installs into {} …", self.folder.display());
            file.lock()?;
        }
        Ok(file)
    }
}

fn base_folder() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("BALLAST_TOOLCHAIN_DIR")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("ballast/toolchain")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/ballast/toolchain")))
        .ok_or_else(|| anyhow!("no folder for the toolchain: neither HOME nor XDG_CACHE_HOME is set\nhint: set BALLAST_TOOLCHAIN_DIR=<folder>"))
}

fn remake(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))
}

fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(total)
}
