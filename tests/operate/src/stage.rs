//! A localnet on free ports, and commands beside it.

use crate::binaries;
use crate::process::Running;
use anyhow::{Context, Result, ensure};
use ballast_testkit::ports::free_ports;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Stage {
    pub folder: PathBuf,
    /// The localnet's addresses.json.
    pub addresses: Value,
    /// The config account of the market that commands use.
    pub market: String,
    /// Stops when the stage is dropped.
    _localnet: Running,
}

impl Stage {
    /// Starts a localnet with its state in `target/tmp/<name>`, where you can look at it afterwards.
    pub fn set(name: &str, localnet: &[&str]) -> Result<Self> {
        let folder = crate::root().join("target/tmp").join(name);
        // An earlier run may have left the folder.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let ports = free_ports::<3>().map(|port| port.to_string());
        let mut command = Command::new(binary("ballast-localnet")?);
        command.args(["--port", &ports[0], "--ws-port", &ports[1], "--swap-port", &ports[2]]);
        command.arg("--state").arg(&folder).args(localnet);
        let mut localnet = Running::start(command, &folder.join("localnet.log"))?;
        localnet.wait_for("ready after")?;
        let addresses: Value = serde_json::from_slice(&std::fs::read(folder.join("addresses.json"))?)?;
        let market = text(&addresses, "/config")?.to_owned();
        Ok(Self { folder, addresses, market, _localnet: localnet })
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub fn text(&self, pointer: &str) -> Result<&str> {
        text(&self.addresses, pointer)
    }

    /// A wallet's keypair file.
    pub fn key(&self, name: &str) -> String {
        self.path(&format!("{name}.json")).display().to_string()
    }

    /// Sets the oracle's price, spot and average.
    pub fn set_price(&self, symbol: &str, dollars: f64) -> Result<()> {
        use std::io::Write;
        let mut orders = std::fs::File::options().append(true).open(self.path("prices.csv"))?;
        Ok(writeln!(orders, "{symbol},{dollars},,{dollars}")?)
    }

    /// Runs `ballast <line>`, and returns its answer.
    pub fn ballast(&self, line: &str) -> Result<Value> {
        let mut command = Command::new(binary("ballast")?);
        command.args(["--json", "--url", self.text("/rpc_url")?]).args(line.split_whitespace());
        let output = command.env("BALLAST_MARKET", &self.market).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ballast {line}: {}\n{errors}", output.status);
        serde_json::from_slice(&output.stdout).with_context(|| format!("ballast {line}: no JSON"))
    }

    /// Starts the keeper with its state in the folder `keeper`, and waits until it has loaded the market.
    pub fn keeper(&self, config: &Path, log: &str) -> Result<Running> {
        let mut command = Command::new(binary("ballast-keeper")?);
        command.arg("--config").arg(config).arg("--state").arg(self.path("keeper")).arg("run");
        let mut keeper = Running::start(command, &self.path(log))?;
        keeper.wait_for("ready")?;
        Ok(keeper)
    }
}

pub fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer} in {value}"))
}

fn binary(name: &str) -> Result<PathBuf> {
    let path = binaries()?.join(name);
    let built = "cargo build --locked --ignore-rust-version -p ballast-localnet -p ballast-cli -p ballast-keeperd";
    ensure!(path.exists(), "{} does not exist\nhint: run `{built}`", path.display());
    Ok(path)
}

/// A shell at the root of the checkout, with the tools on its path.
pub fn shell(commands: &str) -> Result<Command> {
    let mut shell = Command::new("bash");
    let path = std::env::var("PATH").unwrap_or_default();
    shell.env("PATH", format!("{}:{path}", binaries()?.display())).current_dir(crate::root());
    // The variables that cargo sets for tests would confuse a cargo that the shell starts.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO") && name != "CARGO_HOME") {
        shell.env_remove(name);
    }
    shell.args(["-euo", "pipefail", "-c", commands]);
    Ok(shell)
}
