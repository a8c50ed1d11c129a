//! The program as an operator runs it.

use crate::node::{Node, loan};
use ballast_testkit::{Market, User, World};
use serde_json::Value;
use solana_account::Account;
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id as token_address;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(20);
/// Stands in place of secrets. No output may contain it.
pub const SECRET: &str = "T0PSECRET";

/// A market with a borrower, a node in front of it, and a folder with a keeper's key, whose token accounts are open and
/// full.
pub struct Stage {
    pub node: Node,
    pub market: Market,
    pub borrower: User,
    pub folder: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with_tokens(1_000_000_000_000_000).await
    }

    /// The same with this many atoms of every token in the keeper's accounts.
    pub async fn with_tokens(atoms: u64) -> Self {
        let (mut world, market, borrower) = loan();
        let folder = TempDir::new().expect("a folder");
        let key = world.wallet();
        write_keypair_file(&key, folder.path().join("keeper.json")).expect("a disk");
        open_wallets(&mut world, &market, &key, atoms);
        let node = Node::serve(world).await;
        node.keep_ticking(&market, Duration::from_millis(50));
        let stage = Self { node, market, borrower, folder };
        stage.configure("rpc", "");
        stage
    }

    pub fn configure(&self, source: &str, more: &str) {
        let text = format!(
            "keypair = \"{}\"\n[engine]\nmarket = \"{}\"\n[source]\nkind = \"{source}\"\nrpc = \"{}/?api-key={SECRET}\"\n\
             websocket = \"{}/{SECRET}\"\npoll_ms = 50\nsweep_ms = 100\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [log]\nformat = \"json\"\nfilter = \"debug\"\n{more}",
            self.folder.path().join("keeper.json").display(),
            self.market.config,
            self.node.url,
            self.node.websocket,
        );
        std::fs::write(self.folder.path().join("keeper.toml"), text).expect("a disk");
    }

    pub fn key(&self) -> Keypair {
        read_keypair_file(self.folder.path().join("keeper.json")).expect("a key")
    }

    pub fn crash(&self) {
        self.node.with(|chain| self.market.set_price(&mut chain.world, 0, 80.0));
    }

    pub fn command(&self, command: &str) -> Command {
        let mut run = Command::new(env!("CARGO_BIN_EXE_ballast-keeper"));
        let path = |name: &str| self.folder.path().join(name);
        run.arg(command).arg("--config").arg(path("keeper.toml")).arg("--state").arg(path("state"));
        run
    }

    pub fn start(&self, command: &str) -> Keeper {
        self.start_with(command, &[])
    }

    pub fn start_with(&self, command: &str, more: &[&str]) -> Keeper {
        let log = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(log).expect("a disk");
        let mut child =
            self.command(command).args(more).stdout(Stdio::piped()).stderr(log).spawn().expect("the program");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("it speaks");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {line}{}", self.log()));
        Keeper { child, stdout, url: format!("http://{}", said["http"].as_str().expect("an address")) }
    }

    /// What all keepers of this stage have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    pub fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("state/journal.jsonl")).expect("a journal")
    }

    /// Waits until a condition holds.
    pub async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            assert!(start.elapsed() < PATIENCE, "{what} takes too long; the log says\n{}", tail(&self.log()));
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|line| !line.contains("DEBUG")).collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

pub fn open_wallets(world: &mut World, market: &Market, key: &Keypair, atoms: u64) {
    for asset in &market.assets {
        let account: Account = {
            let full = world.tokens(&asset.mint, &key.pubkey(), atoms);
            world.get(&full)
        };
        world.set(token_address(&key.pubkey(), &asset.mint, &asset.token_program), account);
    }
}

pub struct Keeper {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Keeper {
    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.url)).await.expect("it listens");
        (response.status().as_u16(), response.text().await.expect("text"))
    }

    pub async fn until_ready(&self) {
        let start = Instant::now();
        loop {
            let (status, reason) = self.get("/readyz").await;
            if status == 200 {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "not ready: {reason}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills the process without a warning, as a power failure does.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has run");
    }

    /// Stops the keeper, and returns the last line that it prints.
    pub async fn last_word(mut self) -> Value {
        self.signal();
        assert_eq!(self.ended().await.code(), Some(0));
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it speaks");
        serde_json::from_str(rest.lines().last().expect("a line")).expect("JSON")
    }

    pub fn signal(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().expect("kill").success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Keeper {
    /// Ends the process, so that a failed test leaves none behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn says(path: &Path, word: &str) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains(word))
}
