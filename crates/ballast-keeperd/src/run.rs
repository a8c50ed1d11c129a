//! Builds a keeper from its configuration, runs it, and stops it.

use crate::alerts::discord::Discord;
use crate::alerts::email::Email;
use crate::alerts::telegram::Telegram;
use crate::alerts::webhook::Webhook;
use crate::alerts::{self, Alerts};
use crate::blockspace::Blockspace;
use crate::config::{self, KeeperConfig, SourceKind};
use crate::daemon::{Daemon, Decider, LoopState};
use crate::health::DaemonHealth;
use crate::in_flight::InFlight;
use crate::journal::{Journal, JournalError};
use crate::node::RpcNode;
use crate::outcomes::Outcomes;
use crate::recorded::RecordedEngine;
use crate::router::Router;
use crate::sink::Sink;
use crate::sink::jito::JitoSink;
use crate::sink::null::NullSink;
use crate::sink::rpc::RpcSink;
use crate::source::rpc::{Reader, RpcSource};
use crate::source::stream::StreamSource;
use crate::source::websocket::Websocket;
use crate::source::yellowstone::Yellowstone;
use crate::source::{EventFeed, Source};
use crate::{http, metrics};
use anchor_lang::prelude::Address;
use ballast_keeper::engine::Engine;
use ballast_keeper::engine::WantedRoute;
use ballast_keeper::event::KeeperEvent;
use ballast_keeper::recording::{Recorder, RecordingError};
use ballast_keeper::score::Score;
use ballast_keeper::setup::SetupError;
use serde_json::json;
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

/// Events between a source and the engine.
const QUEUE: usize = 65_536;
const STATUS_EVERY: Duration = Duration::from_millis(800);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Live,
    /// Decides and signs, but sends nothing.
    DryRun,
    /// The same, and reports at the end how it compares with liquidators who send.
    Shadow,
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(
        "the keypair {path} cannot be read: {reason}\nhint: `keypair` names a file that solana-keygen has written, an array of 64 numbers"
    )]
    Keypair { path: PathBuf, reason: String },
    #[error("[engine] is wrong: {0}\nhint: crates/ballast-keeperd/keeper.example.toml explains every key")]
    Setup(#[from] SetupError),
    #[error(
        "`market` is not an address\nhint: name the market's config account; `cargo xtask localnet` prints it as `config`"
    )]
    Market,
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "the keeper cannot listen on {listen}: {reason}\nhint: another keeper may run; choose another port in [http] listen, 0 for any"
    )]
    Http { listen: std::net::SocketAddr, reason: std::io::Error },
    #[error("the recording {path} cannot be written: {reason}\nhint: name a new file on a disk with room")]
    Recording { path: PathBuf, reason: RecordingError },
    #[error(
        "channel {name} is wrong: {reason}\nhint: crates/ballast-keeperd/keeper.example.toml shows one of each kind"
    )]
    Channel { name: String, reason: String },
    #[error(
        "a task of the keeper has ended: {0}\nhint: this is a bug in the keeper, please report it; a restart continues the work"
    )]
    Task(String),
    #[error("{0}\nhint: the system refuses what every daemon needs; check its limits")]
    System(std::io::Error),
    #[error("the metrics cannot be set up: {0}\nhint: run one keeper per process")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// Runs until a signal.
pub async fn run(config: &KeeperConfig, mode: Mode, state: &Path, record: Option<&Path>) -> Result<(), RunError> {
    let key = keypair(&config.keypair)?;
    let market = config.engine.market.parse().map_err(|_| RunError::Market)?;
    let decider = match record {
        Some(path) => recorded(config, &key, path)?,
        None => RecordedEngine::new(engine(config, &key, state)?, None),
    };
    let (journal, open) = match mode {
        Mode::Live => Journal::open(state).map(|(journal, open)| (Some(journal), open))?,
        Mode::DryRun | Mode::Shadow => (None, Vec::new()),
    };
    let handle = metrics::install()?;
    let listener = TcpListener::bind(config.http.listen).await;
    let listener = listener.map_err(|reason| RunError::Http { listen: config.http.listen, reason })?;
    let health = Arc::new(DaemonHealth::new(Duration::from_secs(config.limits.silence_secs), config.limits.lag_slots));
    println!(
        "{}",
        json!({ "http": listener.local_addr().map_err(RunError::System)?, "payer": key.pubkey().to_string() })
    );
    let mut tasks = JoinSet::new();
    let router = http::router(health.clone(), handle);
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the server of metrics and health has ended");
        }
    });
    let stop = stop_signal().map_err(RunError::System)?;
    let keeper = Keeper { decider, health, journal, alerts: Alerts::start(&config.subscribers, channels(config)?) };
    let node = RpcNode::new(config.source.rpc.clone());
    let ends = ChainEnds {
        source: source(config, market, node.clone())?,
        sinks: sinks(config, mode),
        outcomes: Arc::new(node.clone()),
    };
    let WiredKeeper { mut daemon, mut arrived, side_tasks } = keeper.wire(ends, &mut tasks);
    side_tasks.start(config, node, key.pubkey(), &mut tasks);
    daemon.resume(open);
    tokio::select! {
        () = daemon.run(&mut arrived, stop, Duration::from_secs(config.limits.stop_secs)) => {}
        // Without this, a missing task would go unnoticed.
        ended = tasks.join_next() => return Err(RunError::Task(format!("{ended:?}"))),
    }
    tasks.shutdown().await;
    save(&mut daemon.decider, state);
    if let Some(summary) = daemon.decider.summary() {
        println!("{}", json!({ "recorded": summary }));
    }
    if mode == Mode::Shadow {
        let Score { ahead, slots_ahead, late, missed, idle, .. } = daemon.decider.score();
        println!(
            "{}",
            json!({ "score": { "ahead": ahead, "slots_ahead": slots_ahead, "late": late, "missed": missed, "idle": idle } })
        );
    }
    tracing::info!("stopped");
    Ok(())
}

/// What decides, what it remembers and where its alerts go.
pub struct Keeper<B> {
    pub decider: B,
    pub health: Arc<DaemonHealth>,
    pub journal: Option<Journal>,
    pub alerts: Alerts,
}

/// The keeper's connections to the chain: where events come from, where transactions go, and where their outcomes come
/// from.
pub struct ChainEnds {
    pub source: Box<dyn Source>,
    pub sinks: Vec<Arc<dyn Sink>>,
    pub outcomes: Arc<dyn Outcomes>,
}

/// A loop with its events and side tasks.
pub struct WiredKeeper<B> {
    pub daemon: Daemon<B>,
    pub arrived: mpsc::Receiver<KeeperEvent>,
    pub side_tasks: SideTasks,
}

/// The tasks that run beside the loop and its source.
pub struct SideTasks {
    health: Arc<DaemonHealth>,
    feed: EventFeed,
    wanted: watch::Receiver<Vec<WantedRoute>>,
}

impl<B: Decider> Keeper<B> {
    /// Puts the loop between the two ends, and starts them.
    pub fn wire(self, ends: ChainEnds, tasks: &mut JoinSet<()>) -> WiredKeeper<B> {
        let (events, arrived) = mpsc::channel(QUEUE);
        let (sent, to_send) = mpsc::unbounded_channel();
        let (close, closed) = mpsc::unbounded_channel();
        let (watched, watching) = watch::channel(self.decider.accounts());
        let (wanted, wanting) = watch::channel(Vec::new());
        let reload = Arc::new(Notify::new());
        let ChainEnds { mut source, sinks, outcomes } = ends;
        let in_flight =
            InFlight { outcomes, sinks, every: STATUS_EVERY, sent: to_send, events: events.clone(), closed: close };
        tasks.spawn(in_flight.run());
        let feed = EventFeed { events, watched: watching, reload: reload.clone() };
        let side_tasks = SideTasks { health: self.health.clone(), feed: feed.clone(), wanted: wanting };
        tasks.spawn(async move { source.run(feed).await });
        let daemon = Daemon {
            decider: self.decider,
            health: self.health,
            alerts: self.alerts,
            journal: self.journal,
            sent,
            closed,
            watched,
            wanted,
            reload,
            state: LoopState::default(),
        };
        WiredKeeper { daemon, arrived, side_tasks }
    }
}

impl SideTasks {
    /// Starts asking nodes for blockspace, and a router for routes.
    fn start(self, config: &KeeperConfig, node: RpcNode, payer: Address, tasks: &mut JoinSet<()>) {
        let EventFeed { events, watched, .. } = self.feed;
        let nodes =
            [&config.source.rpc].into_iter().chain(config.send.rpc.iter().filter(|url| **url != config.source.rpc));
        let blockspace = Blockspace {
            nodes: nodes.cloned().map(RpcNode::new).collect(),
            tip_floor: config.send.tip_floor.clone(),
            quantile_percent: config.send.fee_quantile_percent.0,
            payer,
            health: self.health,
            events: events.clone(),
            written: watched,
        };
        tasks.spawn(blockspace.run());
        if let Some(url) = &config.swap.jupiter {
            let router = Router {
                url: url.clone(),
                node,
                keeper: payer,
                programs: config.swap.programs.iter().filter_map(|name| name.parse().ok()).collect(),
                every: Duration::from_millis(config.swap.quote_ms),
                units: config.swap.units,
                wanted: self.wanted,
                events,
            };
            tasks.spawn(router.run());
        }
    }
}

fn source(config: &KeeperConfig, market: Address, node: RpcNode) -> Result<Box<dyn Source>, RunError> {
    let commitment = config.source.commitment.name().to_owned();
    let reader = Reader::new(node, market, &commitment);
    let sweep_every = Duration::from_millis(config.source.sweep_ms);
    Ok(match (config.source.kind, &config.source.websocket, &config.source.yellowstone) {
        (SourceKind::Websocket, Some(endpoint), _) => {
            let service = Websocket { endpoint: endpoint.clone(), market, commitment };
            Box::new(StreamSource { service, reader, sweep_every })
        }
        (SourceKind::Yellowstone, _, Some(endpoint)) => {
            let token = config.source.yellowstone_token.clone();
            let service =
                Yellowstone { endpoint: endpoint.clone(), token, market, commitment: config.source.commitment };
            Box::new(StreamSource { service, reader, sweep_every })
        }
        _ => Box::new(RpcSource::new(reader, Duration::from_millis(config.source.poll_ms), sweep_every)),
    })
}

fn sinks(config: &KeeperConfig, mode: Mode) -> Vec<Arc<dyn Sink>> {
    if mode != Mode::Live {
        return vec![Arc::new(NullSink)];
    }
    let urls = if config.send.rpc.is_empty() { std::slice::from_ref(&config.source.rpc) } else { &config.send.rpc };
    let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
    for url in urls {
        sinks.push(Arc::new(RpcSink::new(RpcNode::new(url.clone()))));
    }
    if let Some(url) = &config.send.jito {
        sinks.push(Arc::new(JitoSink::new(RpcNode::new(url.clone()))));
    }
    sinks
}

/// The configured channels, checked.
pub fn channels(config: &KeeperConfig) -> Result<BTreeMap<String, Box<dyn alerts::Channel>>, RunError> {
    let client = reqwest::Client::new();
    let channel = |(name, channel): (&String, &config::ChannelSection)| {
        let client = client.clone();
        let channel: Box<dyn alerts::Channel> = match channel.clone() {
            config::ChannelSection::Webhook { url, hmac_secret } => Box::new(Webhook { client, url, hmac_secret }),
            config::ChannelSection::Telegram { token, chat, url } => Box::new(Telegram { client, url, token, chat }),
            config::ChannelSection::Discord { url } => Box::new(Discord { client, url }),
            config::ChannelSection::Email { url, from, to } => {
                let email = Email::new(&url, &from, &to);
                Box::new(email.map_err(|reason| RunError::Channel { name: name.clone(), reason })?)
            }
        };
        Ok((name.clone(), channel))
    };
    config.channels.iter().map(channel).collect()
}

pub fn keypair(path: &Path) -> Result<Keypair, RunError> {
    // No error may quote the file, whatever is wrong with it.
    read_keypair_file(path).map_err(|error| {
        let reason = if path.is_file() { "it is not a keypair".to_owned() } else { error.to_string() };
        RunError::Keypair { path: path.to_owned(), reason }
    })
}

/// Starts an engine without a snapshot, so that it knows only what the recording has.
fn recorded(config: &KeeperConfig, key: &Keypair, path: &Path) -> Result<RecordedEngine, RunError> {
    let unusable = |reason: RecordingError| RunError::Recording { path: path.to_owned(), reason };
    let file = File::create_new(path).map_err(|error| unusable(error.into()))?;
    let recorder = Recorder::new(BufWriter::new(file), &config.engine).map_err(unusable)?;
    Ok(RecordedEngine::new(Engine::new(config.engine.clone(), *key.secret_bytes())?, Some(recorder)))
}

/// Starts an engine with the obligations of the last run, if it left a snapshot.
fn engine(config: &KeeperConfig, key: &Keypair, state: &Path) -> Result<Engine, RunError> {
    let secret = *key.secret_bytes();
    if let Ok(file) = File::open(snapshot(state)) {
        match Engine::restore(config.engine.clone(), secret, BufReader::new(file)) {
            Ok(engine) => return Ok(engine),
            Err(error) => {
                tracing::warn!(%error, "the keeper cannot use the snapshot of the last run, and loads the chain")
            }
        }
    }
    Ok(Engine::new(config.engine.clone(), secret)?)
}

/// Writes the snapshot. A keeper without one loads the chain, which takes longer.
fn save(decider: &mut impl Decider, state: &Path) {
    let path = snapshot(state);
    let anew = path.with_extension("new");
    let saved = std::fs::create_dir_all(state).and_then(|()| File::create(&anew)).map_err(|error| error.to_string());
    let saved = saved.and_then(|file| {
        let mut file = BufWriter::new(file);
        decider.save(&mut file).map_err(|error| error.to_string())?;
        file.flush().and_then(|()| std::fs::rename(&anew, &path)).map_err(|error| error.to_string())
    });
    if let Err(error) = saved {
        tracing::warn!(error, "the keeper could not write the snapshot");
    }
}

fn snapshot(state: &Path) -> PathBuf {
    state.join("obligations.snapshot")
}

/// The first Ctrl-C or SIGTERM asks to stop, the second stops immediately.
fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        let mut times = 0;
        loop {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            times += 1;
            if times > 1 {
                eprintln!("stopped immediately: the journal knows what may still land");
                std::process::exit(130);
            }
            let _ = stop.send(true);
        }
    });
    Ok(stopped)
}
