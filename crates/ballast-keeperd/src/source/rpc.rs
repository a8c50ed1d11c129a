//! A source that polls a node: prices several times a second, obligations and reserves every few seconds. It polls a
//! busy node less often.

use super::{Closed, EventFeed, Source};
use crate::backoff::Backoff;
use crate::node::{AsOf, EncodedAccount, KeyedAccount, NodeError, RpcNode};
use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast::state::{Obligation, Reserve};
use ballast_client::chain::{BATCH, Filter};
use ballast_keeper::event::{Fate, KeeperEvent, ObservedAccount};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::mem::offset_of;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Write versions start here, above those of any stream. So in one slot a read is newer than what a stream delivered.
const READ: u64 = 1 << 63;
/// The source counts as lost after this silence. Before that, the next answer corrects everything.
const LOST_AFTER: Duration = Duration::from_secs(2);
const SLOWEST: Duration = Duration::from_secs(10);
/// The source tries a silent node once per slot, so that it does not miss the first slot in which the node answers
/// again.
pub const SLOT: Duration = Duration::from_millis(400);

/// Why reading ended.
pub enum Fault {
    Node(NodeError),
    Closed,
}

impl From<NodeError> for Fault {
    fn from(error: NodeError) -> Self {
        Self::Node(error)
    }
}

impl From<Closed> for Fault {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

/// Reads a market's accounts, and reports what has changed.
pub struct Reader {
    pub node: RpcNode,
    market: Address,
    commitment: String,
    /// The newest slot of any answer. Older answers are refused.
    seen: u64,
    /// The count of accounts read.
    reads: u64,
    /// For each kind of the program's accounts: the slot of the last answer, and a hash of each content.
    kinds: [Known; 2],
    hasher: RandomState,
}

#[derive(Default)]
struct Known {
    slot: u64,
    contents: HashMap<Address, u64>,
}

impl Reader {
    pub fn new(node: RpcNode, market: Address, commitment: &str) -> Self {
        Self {
            node,
            market,
            commitment: commitment.to_owned(),
            seen: 0,
            reads: 0,
            kinds: Default::default(),
            hasher: RandomState::new(),
        }
    }

    /// Reads all accounts: the config and the reserves before the obligations, which need them.
    pub async fn load(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, NodeError> {
        self.kinds = Default::default();
        let mut accounts = self.watched(watched).await?;
        accounts.extend(self.sweep().await?);
        let slots = accounts.iter().filter_map(|event| match event {
            KeeperEvent::Account(account) => Some(account.slot),
            _ => None,
        });
        let mut events = vec![KeeperEvent::Loading { slot: slots.min().unwrap_or_default() }];
        events.extend(accounts);
        events.extend([KeeperEvent::Loaded, KeeperEvent::Slot(self.seen, Fate::Processed)]);
        Ok(events)
    }

    /// Reads reserves and obligations, and returns those that have changed. Reserves come first, because obligations
    /// need them.
    pub async fn sweep(&mut self) -> Result<Vec<KeeperEvent>, NodeError> {
        let market = self.market;
        let filters = [
            Filter::new::<Reserve>(offset_of!(Reserve, config), market),
            Filter::new::<Obligation>(offset_of!(Obligation, config), market),
        ];
        let mut events = Vec::new();
        for (index, filter) in filters.iter().enumerate() {
            let mut options = self.options();
            options["withContext"] = json!(true);
            options["filters"] = filters_of(filter);
            let params = json!([ballast::ID.to_string(), options]);
            let found: AsOf<Vec<KeyedAccount>> = self.node.call("getProgramAccounts", params).await?;
            events.extend(self.changed(index, found));
        }
        Ok(events)
    }

    fn changed(&mut self, index: usize, found: AsOf<Vec<KeyedAccount>>) -> Vec<KeeperEvent> {
        let slot = found.context.slot;
        // A slot may be read twice before it is over. What has changed since then comes with the next slot.
        if slot <= self.kinds[index].slot {
            return Vec::new();
        }
        let mut before = std::mem::take(&mut self.kinds[index].contents);
        let mut events = Vec::new();
        for keyed in &found.value {
            let Ok(address) = keyed.pubkey.parse() else { continue };
            let Some(account) = self.account(address, Some(&keyed.account), slot) else { continue };
            let content = self.hasher.hash_one(&account.data);
            if before.remove(&address) != Some(content) {
                events.push(KeeperEvent::Account(account));
            }
            self.kinds[index].contents.insert(address, content);
        }
        let closed: Vec<_> = before.into_keys().filter_map(|address| self.account(address, None, slot)).collect();
        events.extend(closed.into_iter().map(KeeperEvent::Account));
        self.kinds[index].slot = slot;
        self.seen = self.seen.max(slot);
        events
    }

    /// Reads the config and the watched accounts.
    pub async fn watched(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, NodeError> {
        let all: Vec<_> = [self.market].into_iter().chain(watched.iter().copied()).collect();
        let mut events = Vec::new();
        for batch in all.chunks(BATCH) {
            let names: Vec<_> = batch.iter().map(|address| address.to_string()).collect();
            let params = json!([names, self.options()]);
            let found: AsOf<Vec<Option<EncodedAccount>>> = self.node.call("getMultipleAccounts", params).await?;
            let slot = found.context.slot;
            for (address, account) in batch.iter().zip(&found.value) {
                events.extend(self.account(*address, account.as_ref(), slot).map(KeeperEvent::Account));
            }
            self.seen = self.seen.max(slot);
        }
        Ok(events)
    }

    /// Returns the last finalized slot up to which the source has delivered everything.
    pub async fn root(&mut self) -> Result<KeeperEvent, NodeError> {
        let finalized: u64 = self.node.call("getSlot", json!([{ "commitment": "finalized" }])).await?;
        let swept = self.kinds.iter().map(|known| known.slot).min().unwrap_or_default();
        Ok(KeeperEvent::Slot(finalized.min(swept), Fate::Rooted))
    }

    fn options(&self) -> Value {
        json!({ "encoding": "base64", "commitment": self.commitment, "minContextSlot": self.seen })
    }

    fn account(&mut self, address: Address, encoded: Option<&EncodedAccount>, slot: u64) -> Option<ObservedAccount> {
        self.reads += 1;
        let (owner, data) = match encoded {
            Some(encoded) => (encoded.owner.parse().ok()?, encoded.bytes()?),
            None => (Address::default(), Vec::new()),
        };
        Some(ObservedAccount { address, slot, write_version: READ + self.reads, owner, data })
    }
}

/// Returns the comparisons of a filter in the form of JSON-RPC.
pub fn filters_of(filter: &Filter) -> Value {
    let compared = |offset: usize, bytes: &[u8]| json!({ "memcmp": { "offset": offset, "bytes": bs58::encode(bytes).into_string() } });
    json!([
        { "dataSize": filter.data_size },
        compared(0, filter.discriminator),
        compared(filter.offset, filter.address.as_ref()),
    ])
}

pub struct RpcSource {
    reader: Reader,
    /// The time between two reads of prices, and between two of all accounts.
    every: Duration,
    sweep_every: Duration,
}

impl RpcSource {
    pub fn new(reader: Reader, every: Duration, sweep_every: Duration) -> Self {
        Self { reader, every, sweep_every }
    }

    /// Polls until the first fault.
    async fn session(&mut self, feed: &mut EventFeed, pace: &mut Pace) -> Result<(), Fault> {
        if pace.is_lost {
            let watched = feed.watched();
            let events = self.reader.load(&watched).await?;
            feed.send_all(events).await?;
            pace.heard();
        }
        let mut swept = Instant::now();
        loop {
            let sweep = tokio::select! {
                () = sleep(pace.every) => swept.elapsed() >= self.sweep_every,
                () = feed.reload.notified() => {
                    pace.is_lost = true;
                    return Ok(());
                }
                changed = feed.watched.changed() => {
                    changed.map_err(|_| Closed)?;
                    false
                }
            };
            let watched = feed.watched();
            feed.send_all(self.reader.watched(&watched).await?).await?;
            if sweep {
                feed.send_all(self.reader.sweep().await?).await?;
                feed.send(self.reader.root().await?).await?;
                swept = Instant::now();
            }
            feed.send(KeeperEvent::Slot(self.reader.seen, Fate::Processed)).await?;
            pace.heard();
        }
    }
}

/// How often the source asks the node.
struct Pace {
    configured: Duration,
    every: Duration,
    last_heard: Instant,
    is_lost: bool,
}

impl Pace {
    fn heard(&mut self) {
        self.is_lost = false;
        self.last_heard = Instant::now();
        self.every = (self.every * 9 / 10).max(self.configured);
    }

    fn failed(&mut self, error: &NodeError) {
        if matches!(error, NodeError::Busy { .. }) {
            self.every = (self.every * 2).min(SLOWEST);
        }
    }
}

#[async_trait]
impl Source for RpcSource {
    async fn run(&mut self, mut feed: EventFeed) {
        let mut backoff = Backoff::new(self.every, SLOWEST);
        let mut pace = Pace { configured: self.every, every: self.every, last_heard: Instant::now(), is_lost: true };
        loop {
            let before = pace.last_heard;
            let error = match self.session(&mut feed, &mut pace).await {
                Ok(()) => continue,
                Err(Fault::Closed) => return,
                Err(Fault::Node(error)) => error,
            };
            if pace.last_heard != before {
                backoff.reset();
            }
            pace.failed(&error);
            let wait = match error {
                NodeError::Busy { retry_after, .. } => backoff.next(retry_after),
                _ => SLOT,
            };
            tracing::warn!(%error, wait_ms = wait.as_millis(), "the source's node failed");
            let is_lost = pace.last_heard.elapsed() + wait > LOST_AFTER;
            if is_lost && !pace.is_lost {
                pace.is_lost = true;
                if feed.send(KeeperEvent::Lost).await.is_err() {
                    return;
                }
            }
            sleep(wait).await;
        }
    }
}
