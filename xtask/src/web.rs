//! `cargo xtask demo --web`: a localnet with a crowd of borrowers, a keeper that watches them, and the page. Until Ctrl-C.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};

use crate::build::{self, Toolchain};
use crate::{npm, tools, workspace};

/// Enough borrowers and volatility for a warning, a call and a liquidation within a minute or two.
const LOCALNET: [&str; 4] = ["--crowd", "24", "--volatility", "12"];
const KEEPER: [&str; 3] = ["run", "--config", "crates/ballast-keeperd/localnet.toml"];
const PAGE: [&str; 6] = ["exec", "--workspace", "@ballast/web", "--", "vite", "preview"];

pub fn run() -> Result<()> {
    build::programs(Toolchain::Any)?;
    tools::build()?;
    npm::run(&["ci"])?;
    npm::run(&["run", "web"])?;

    // The localnet and the page read the same variable.
    let folder = std::env::var_os("BALLAST_LOCALNET_STATE").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| workspace::root().join("target/localnet"));
    let ready = folder.join("addresses.json");
    if ready.exists() {
        fs::remove_file(&ready)?;
    }
    let mut all = vec![Running::start(tools::command("ballast-localnet").args(LOCALNET))?];
    while !ready.exists() {
        ensure!(all[0].runs()?, "the localnet was stopped before it was ready");
        thread::sleep(Duration::from_millis(100));
    }
    all.push(Running::start(tools::command("ballast-keeper").args(KEEPER).arg("--state").arg(folder.join("keeper")))?);
    all.push(Running::start(Command::new("npm").args(PAGE))?);
    eprintln!("vite prints the page's address above; Ctrl-C stops node, keeper and page");
    while all.iter_mut().map(Running::runs).collect::<Result<Vec<_>>>()?.into_iter().all(|runs| runs) {
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// A process that ends when this value is dropped. Ctrl-C in the terminal reaches the process directly.
struct Running {
    name: String,
    child: Child,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child =
            command.current_dir(workspace::root()).spawn().with_context(|| format!("{name} could not be started"))?;
        Ok(Self { name, child })
    }

    /// Whether the process still runs. Refuses a process that failed.
    fn runs(&mut self) -> Result<bool> {
        match self.child.try_wait()? {
            None => Ok(true),
            Some(status) if status.success() => Ok(false),
            Some(status) => bail!("{} failed ({status}); its messages are above", self.name),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
