//! The configuration: a TOML file, overridden by the environment. `keeper.example.toml` explains each key.

use crate::endpoint::{Endpoint, Secret};
use anchor_lang::prelude::Address;
use ballast_keeper::event::HealthLine;
use ballast_keeper::setup::Setup;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// `BALLAST_KEEPER_SOURCE__RPC` is `rpc` in `[source]`.
const PREFIX: &str = "BALLAST_KEEPER_";

#[derive(Debug, thiserror::Error)]
pub enum KeeperConfigError {
    #[error(
        "the configuration file {0} does not exist\nhint: copy crates/ballast-keeperd/keeper.example.toml there, and name it with --config"
    )]
    Missing(PathBuf),
    #[error("the configuration is wrong: {0}\nhint: crates/ballast-keeperd/keeper.example.toml explains every key")]
    Wrong(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperConfig {
    pub keypair: PathBuf,
    pub engine: Setup,
    pub source: SourceSection,
    #[serde(default)]
    pub send: SendSection,
    #[serde(default)]
    pub swap: SwapSection,
    #[serde(default)]
    pub http: HttpSection,
    #[serde(default)]
    pub log: LogSection,
    #[serde(default)]
    pub limits: KeeperLimitsSection,
    #[serde(default)]
    pub channels: BTreeMap<String, ChannelSection>,
    #[serde(default)]
    pub subscribers: Vec<Subscriber>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Rpc,
    Websocket,
    Yellowstone,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    pub kind: SourceKind,
    pub rpc: Endpoint,
    pub websocket: Option<Endpoint>,
    pub yellowstone: Option<Endpoint>,
    pub yellowstone_token: Option<Secret>,
    #[serde(default = "commitment")]
    pub commitment: Commitment,
    #[serde(default = "poll_ms")]
    pub poll_ms: u64,
    #[serde(default = "sweep_ms")]
    pub sweep_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commitment {
    Processed,
    Confirmed,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendSection {
    pub rpc: Vec<Endpoint>,
    pub jito: Option<Endpoint>,
    pub tip_floor: Option<Endpoint>,
    pub fee_quantile_percent: FeeQuantile,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SwapSection {
    pub jupiter: Option<Endpoint>,
    pub programs: Vec<String>,
    pub quote_ms: u64,
    pub units: u32,
}

impl Default for SwapSection {
    fn default() -> Self {
        // Jupiter's program, version 6.
        let programs = vec!["JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyJTaV4".to_owned()];
        Self { jupiter: None, programs, quote_ms: 1_500, units: 300_000 }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct FeeQuantile(pub u8);

impl Default for FeeQuantile {
    fn default() -> Self {
        Self(75)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    pub listen: SocketAddr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Human,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeeperLimitsSection {
    pub lag_slots: u64,
    pub silence_secs: u64,
    pub stop_secs: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum ChannelSection {
    Webhook {
        url: Endpoint,
        hmac_secret: Option<Secret>,
    },
    Telegram {
        token: Secret,
        chat: String,
        #[serde(default = "telegram")]
        url: Endpoint,
    },
    Discord {
        url: Endpoint,
    },
    Email {
        url: Endpoint,
        from: String,
        to: String,
    },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscriber {
    pub owner: Option<String>,
    pub obligation: Option<String>,
    #[serde(default = "lines")]
    pub lines: Vec<HealthLine>,
    pub below_bps: Option<u64>,
    #[serde(default = "hysteresis_bps")]
    pub hysteresis_bps: u64,
    #[serde(default = "cooldown_secs")]
    pub cooldown_secs: u64,
    pub channels: Vec<String>,
}

impl KeeperConfig {
    pub fn read(path: &Path) -> Result<Self, KeeperConfigError> {
        if !path.is_file() {
            return Err(KeeperConfigError::Missing(path.to_owned()));
        }
        Self::from_figment(Figment::from(Toml::file_exact(path)).merge(Env::prefixed(PREFIX).split("__")))
    }

    pub fn parse(text: &str) -> Result<Self, KeeperConfigError> {
        Self::from_figment(Figment::from(Toml::string(text)))
    }

    fn from_figment(figment: Figment) -> Result<Self, KeeperConfigError> {
        let mut config: Self =
            figment.extract().map_err(|error| KeeperConfigError::Wrong(without_source(&error.to_string())))?;
        config.check().map_err(KeeperConfigError::Wrong)?;
        config.engine.watch.extend(config.subscribers.iter().filter_map(Subscriber::subject).map(str::to_owned));
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(wrong) = self.swap.programs.iter().find(|name| name.parse::<Address>().is_err()) {
            return Err(format!("[swap] programs: `{wrong}` is not an address"));
        }
        let required = match self.source.kind {
            SourceKind::Rpc => None,
            SourceKind::Websocket => Some(("websocket", &self.source.websocket)),
            SourceKind::Yellowstone => Some(("yellowstone", &self.source.yellowstone)),
        };
        if let Some((key, None)) = required {
            return Err(format!("[source] of this kind needs `{key}`, a URL"));
        }
        if self.source.poll_ms < 50 || self.source.sweep_ms < 50 || self.swap.quote_ms < 50 {
            return Err("poll_ms, sweep_ms and quote_ms must be at least 50 ms".to_owned());
        }
        if self.send.fee_quantile_percent.0 > 100 {
            return Err("[send] fee_quantile_percent must be at most 100".to_owned());
        }
        for subscriber in &self.subscribers {
            let subject = subscriber.subject().ok_or("a subscriber needs either `owner` or `obligation`, not both")?;
            let is_address = subject.parse::<Address>().is_ok();
            if !is_address {
                return Err(format!("a subscriber's `{subject}` is not an address"));
            }
            let unknown = subscriber.channels.iter().find(|name| !self.channels.contains_key(*name));
            if let Some(name) = unknown {
                return Err(format!("a subscriber names the channel `{name}`, but [channels.{name}] does not exist"));
            }
        }
        Ok(())
    }
}

impl Subscriber {
    /// Returns the owner or the obligation; `None` if both or neither is set.
    pub fn subject(&self) -> Option<&str> {
        match (&self.owner, &self.obligation) {
            (Some(subject), None) | (None, Some(subject)) => Some(subject),
            _ => None,
        }
    }
}

impl Commitment {
    pub fn name(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Confirmed => "confirmed",
        }
    }
}

impl Default for HttpSection {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned() }
    }
}

impl Default for KeeperLimitsSection {
    fn default() -> Self {
        Self { lag_slots: 20, silence_secs: 10, stop_secs: 30 }
    }
}

/// Removes source lines from a parser's error, because they may contain a secret: `12 | token = "...` and `   |
/// ^`.
fn without_source(error: &str) -> String {
    let is_source =
        |line: &&str| line.trim_start().trim_start_matches(|one: char| one.is_ascii_digit()).starts_with(" |");
    let is_mark = |line: &&str| line.trim_start().starts_with('|');
    let kept: Vec<_> = error.lines().filter(|line| !is_source(line) && !is_mark(line)).collect();
    kept.join("\n")
}

fn commitment() -> Commitment {
    Commitment::Confirmed
}

/// One slot.
fn poll_ms() -> u64 {
    400
}

fn sweep_ms() -> u64 {
    2_000
}

fn hysteresis_bps() -> u64 {
    200
}

fn cooldown_secs() -> u64 {
    600
}

fn lines() -> Vec<HealthLine> {
    vec![HealthLine::Recovered, HealthLine::Warning, HealthLine::Call, HealthLine::Liquidatable, HealthLine::Liquidated]
}

fn telegram() -> Endpoint {
    Endpoint::parse("https://api.telegram.org").expect("a URL")
}
