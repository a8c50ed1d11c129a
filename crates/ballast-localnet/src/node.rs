//! The node: surfpool's runloop in a separate thread, with the VM that the tests use, JSON-RPC and websockets. It
//! connects to no other chain.

use anyhow::{Context, Result, anyhow, bail};
use ballast_client::instructions::Instruction;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;
use surfpool_core::runloops::start_local_surfnet_runloop;
use surfpool_core::surfnet::locker::SurfnetSvmLocker;
use surfpool_core::surfnet::svm::{SurfnetSvm, SurfnetSvmConfig};
use surfpool_types::{RpcConfig, SimnetCommand, SimnetConfig, SimnetEvent, SurfpoolConfig, TransactionStatusEvent};
use tokio::runtime::Runtime;

pub const HOST: &str = "127.0.0.1";
/// The slot time of Solana's clusters, which the protocol assumes: 1,500 slots are ten minutes.
const SLOT_MS: u64 = 400;
/// How long the node may take for one step. A busy machine needs many seconds for a step that usually takes one.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy)]
pub struct Ports {
    pub rpc: u16,
    pub websocket: u16,
    /// Where [`crate::router`] serves.
    pub swap: u16,
}

pub struct LocalNode {
    locker: SurfnetSvmLocker,
    commands: Sender<SimnetCommand>,
    runloop: Option<JoinHandle<Result<(), String>>>,
    runtime: tokio::runtime::Handle,
}

/// Read access to the chain.
pub struct ChainView(SurfnetSvmLocker);

impl ChainView {
    pub fn account(&self, address: &Address) -> Option<Account> {
        self.0.with_svm_reader(|svm| svm.inner.get_account(address).ok().flatten())
    }

    pub fn slot(&self) -> u64 {
        self.0.with_svm_reader(|svm| svm.inner.get_sysvar::<Clock>().slot)
    }
}

impl Ports {
    pub fn rpc_url(&self) -> String {
        format!("http://{HOST}:{}", self.rpc)
    }

    pub fn ws_url(&self) -> String {
        format!("ws://{HOST}:{}", self.websocket)
    }

    pub fn swap_url(&self) -> String {
        format!("http://{HOST}:{}", self.swap)
    }

    /// Refuses a port that is in use. The node's own message would not name the flag.
    fn check_free(&self) -> Result<()> {
        for (flag, port) in [("--port", self.rpc), ("--ws-port", self.websocket), ("--swap-port", self.swap)] {
            TcpListener::bind((HOST, port)).map_err(|error| unavailable(port, flag, &error))?;
        }
        Ok(())
    }
}

/// Why a port cannot be used, and the flag that chooses another.
pub fn unavailable(port: u16, flag: &str, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {port} is taken\nhint: another localnet may be running; stop it, or choose another port with {flag}"
        ),
        _ => anyhow!("cannot listen on port {port}: {error}\nhint: choose another port with {flag}"),
    }
}

impl LocalNode {
    /// Starts the node, and returns when it answers.
    pub fn start(ports: Ports) -> Result<Self> {
        ports.check_free()?;
        let simnet = SimnetConfig {
            offline_mode: true,
            remote_rpc_url: None,
            slot_time: SLOT_MS,
            instruction_profiling_enabled: false,
            ..SimnetConfig::default()
        };
        let (svm, events, geyser) = SurfnetSvm::new(SurfnetSvmConfig {
            slot_time: SLOT_MS,
            instruction_profiling_enabled: false,
            ..SurfnetSvmConfig::default()
        })
        .map_err(|error| anyhow!("cannot create the node: {error}"))?;
        let rpc = RpcConfig {
            bind_host: HOST.into(),
            bind_port: ports.rpc,
            ws_port: ports.websocket,
            ..RpcConfig::default()
        };
        let config = SurfpoolConfig { simnets: vec![simnet], rpc, ..SurfpoolConfig::default() };
        let locker = SurfnetSvmLocker::new(svm);
        let (commands, commanded) = unbounded();
        let runtime = Runtime::new()?;
        let handle = runtime.handle().clone();
        let (loop_locker, loop_commands) = (locker.clone(), commands.clone());
        let started = follow(events);
        // The thread owns the runtime, so that the runtime is dropped after the loop has ended.
        let runloop = std::thread::spawn(move || {
            let node = start_local_surfnet_runloop(loop_locker, config, loop_commands, commanded, geyser);
            runtime.block_on(node).map_err(|error| error.to_string())
        });
        let node = Self { locker, commands, runloop: Some(runloop), runtime: handle };
        match started.recv_timeout(PATIENCE) {
            Ok(Ok(())) => Ok(node),
            Ok(Err(reason)) => bail!("the node did not start: {reason}"),
            Err(_) => bail!("the node did not start within {} s", PATIENCE.as_secs()),
        }
    }

    /// Fails if the loop has ended, which it does when something in it fails.
    pub fn check_alive(&self) -> Result<()> {
        if self.runloop.as_ref().is_none_or(JoinHandle::is_finished) {
            bail!("the node has stopped; its errors are above");
        }
        Ok(())
    }

    pub fn view(&self) -> ChainView {
        ChainView(self.locker.clone())
    }

    /// The node's runtime. A task that is spawned there ends with the node.
    pub fn runtime(&self) -> &tokio::runtime::Handle {
        &self.runtime
    }

    /// The chain's time.
    pub fn now(&self) -> i64 {
        self.locker.with_svm_reader(|svm| svm.inner.get_sysvar::<Clock>().unix_timestamp)
    }

    /// Writes an account, and notifies its subscribers.
    pub fn set(&self, address: Address, account: Account) -> Result<()> {
        self.locker
            .with_svm_writer(|svm| svm.set_account(&address, account))
            .map_err(|error| anyhow!("cannot write the account {address}: {error}"))
    }

    /// Deploys a program that `authority` may upgrade.
    pub fn deploy(&self, program: Address, authority: Address, elf: &[u8]) -> Result<()> {
        let written = self.locker.write_program(program, Some(authority), 0, elf, &None);
        self.runtime.block_on(written).map_err(|error| anyhow!("cannot deploy the program: {error}"))
    }

    /// Sends a transaction through the node's queue, as every user's transaction goes. `what` names it in an error.
    pub fn send(&self, what: &str, instructions: &[Instruction], signer: &Keypair) -> Result<()> {
        let blockhash = self.locker.latest_absolute_blockhash();
        let message = Message::new_with_blockhash(instructions, Some(&signer.pubkey()), &blockhash);
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[signer])?;
        let (status, outcome) = unbounded();
        let command = SimnetCommand::ProcessTransaction(None, transaction, status, false, None);
        self.commands.send(command).map_err(|_| anyhow!("{what}: the node has stopped"))?;
        match outcome
            .recv_timeout(PATIENCE)
            .with_context(|| format!("{what}: the node did not answer within {} s", PATIENCE.as_secs()))?
        {
            TransactionStatusEvent::Success(_) => Ok(()),
            TransactionStatusEvent::SimulationFailure((error, meta))
            | TransactionStatusEvent::ExecutionFailure((error, meta)) => {
                bail!("{what} was refused: {error}\n{}", meta.logs.join("\n"))
            }
            TransactionStatusEvent::VerificationFailure(error) => bail!("{what} was refused: {error}"),
        }
    }
}

impl Drop for LocalNode {
    /// Ends the loop and closes the ports.
    fn drop(&mut self) {
        let ended = self.commands.send(SimnetCommand::Terminate(None)).is_ok();
        if let Some(runloop) = self.runloop.take()
            && ended
        {
            // Its events have reported how it ended.
            let _ = runloop.join();
        }
    }
}

/// Reads all events, because the node blocks if nobody reads them. Sends one result: whether the node has started.
fn follow(events: Receiver<SimnetEvent>) -> Receiver<Result<(), String>> {
    let (start, started) = bounded(1);
    std::thread::spawn(move || {
        for event in events {
            let sent = match event {
                SimnetEvent::CoreStarted(_) => start.try_send(Ok(())),
                SimnetEvent::Aborted(reason) => start.try_send(Err(reason)),
                SimnetEvent::ErrorLog(_, text) => {
                    eprintln!("node: {text}");
                    continue;
                }
                _ => continue,
            };
            // The channel is full when the start has been reported.
            let _ = sent;
        }
    });
    started
}
