//! A shell that runs blocks, and what stays running beside it. Whatever was started ends with its owner.

use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(180);

/// A process group, with what it says in a file.
pub struct Running {
    child: Child,
    pub log: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let said = File::create(log)?;
        // Words are waited for: no colours amid them, which vite adds to what CI reads (`CI=true`).
        command.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
        let child = command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said).process_group(0).spawn();
        Ok(Self { child: child.with_context(|| format!("{command:?}"))?, log: log.to_owned() })
    }

    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Returns when it has said this; fails when it ends before.
    pub fn wait_for(&mut self, word: &str) -> Result<()> {
        let start = Instant::now();
        while !self.said().contains(word) {
            let ended = self.child.try_wait()?;
            ensure!(ended.is_none(), "it ended ({ended:?}) and never said {word:?}:\n{}", self.said());
            ensure!(start.elapsed() < PATIENCE, "it has not said {word:?} for {PATIENCE:?}:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// To the whole group: `TERM` asks, `KILL` does not.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let group = format!("-{}", self.child.id());
        ensure!(Command::new("kill").args(["-s", signal, "--", &group]).status()?.success(), "kill {signal} {group}");
        Ok(())
    }

    /// Asks it to stop, and says with which status it did.
    pub fn stop(mut self) -> Result<Option<i32>> {
        self.signal("TERM")?;
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            ensure!(start.elapsed() < PATIENCE, "it does not stop:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.signal("KILL");
            let _ = self.child.wait();
        }
    }
}
