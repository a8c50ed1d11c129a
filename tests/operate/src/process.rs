//! Runs a command in the background. It ends with its owner.

use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a process may stay silent while a test waits for its output. A compiler on a busy machine is silent for
/// minutes.
const SILENCE: Duration = Duration::from_secs(300);
/// How long a process may take to stop. The keeper waits up to 30 s for transactions in flight.
const STOPPING: Duration = Duration::from_secs(120);

/// A process group, with its output in a file.
pub struct Running {
    child: Child,
    pub log: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, log: &Path) -> Result<Self> {
        let output = File::create(log)?;
        // Tests look for words. Vite adds colors between them if `CI=true`.
        command.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0).spawn();
        Ok(Self { child: child.with_context(|| format!("{command:?}"))?, log: log.to_owned() })
    }

    pub fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until the output contains a word. Fails if the process ends before, or is silent for too long.
    pub fn wait_for(&mut self, word: &str) -> Result<()> {
        let (mut length, mut last) = (0, Instant::now());
        loop {
            // Before the output: a process may say the word and end.
            let ended = self.child.try_wait()?;
            let output = self.output();
            if output.contains(word) {
                return Ok(());
            }
            ensure!(ended.is_none(), "the process ended ({ended:?}) before it said {word:?}:\n{output}");
            if output.len() > length {
                (length, last) = (output.len(), Instant::now());
            }
            ensure!(last.elapsed() < SILENCE, "no output for {SILENCE:?}, and never {word:?}:\n{output}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends a signal to the whole group.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let group = format!("-{}", self.child.id());
        ensure!(Command::new("kill").args(["-s", signal, "--", &group]).status()?.success(), "kill {signal} {group}");
        Ok(())
    }

    /// Asks the group to stop, and returns the exit status.
    pub fn stop(mut self) -> Result<Option<i32>> {
        self.signal("TERM")?;
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            ensure!(start.elapsed() < STOPPING, "the process does not stop:\n{}", self.output());
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
