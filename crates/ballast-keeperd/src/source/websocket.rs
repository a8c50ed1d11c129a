//! A node that pushes: subscriptions to the program's accounts of the market, to what is watched and to slots. Everything there is comes
//! by RPC, after the subscriptions stand, so nothing falls in between.

use super::forks::Forks;
use super::rpc::{Fault, Reader, SLOT, address, filters_of};
use super::{Closed, Feed, Source};
use crate::backoff::Backoff;
use crate::endpoint::Endpoint;
use crate::node::{AsOf, EncodedAccount, KeyedAccount, NodeError};
use async_trait::async_trait;
use ballast::state::{Obligation, Reserve};
use ballast_client::chain::Filter;
use ballast_keeper::event::{Account, Event};
use ballast_keeper::market::Address;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::mem::offset_of;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Slots pass every 0.4 s: a connection that says nothing for as long is dead, whatever its socket says.
const SILENCE: Duration = Duration::from_secs(5);
const SLOWEST: Duration = Duration::from_secs(10);

pub struct Websocket {
    pub endpoint: Endpoint,
    pub reader: Reader,
    pub market: Address,
    pub commitment: String,
    /// Nodes do not tell subscribers of a program that one of its accounts is closed, and some not that a clock ticks: all are looked at
    /// now and then.
    pub sweep_every: Duration,
}

/// What a subscription is about.
#[derive(Clone, Copy)]
enum Subject {
    Program,
    Account(Address),
    Slots,
}

struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// By the number of the request, until the node has answered, and by the number that it has given.
    asked: HashMap<u64, Subject>,
    subscribed: HashMap<u64, Subject>,
    requests: u64,
    watched: Vec<Address>,
    forks: Forks,
    /// Orders what arrives in one slot.
    arrivals: u64,
}

#[derive(Deserialize)]
struct Notification {
    subscription: u64,
    result: Value,
}

#[derive(Deserialize)]
struct Slot {
    slot: u64,
    parent: u64,
    root: u64,
}

#[async_trait]
impl Source for Websocket {
    async fn run(&mut self, mut feed: Feed) {
        let mut backoff = Backoff::new(SLOT, SLOWEST);
        loop {
            let mut has_loaded = false;
            let fault = self.session(&mut feed, &mut has_loaded).await;
            if has_loaded {
                backoff.reset();
                if feed.send(Event::Lost).await.is_err() {
                    return;
                }
            }
            let wait = match fault {
                Ok(()) => continue,
                Err(Fault::Closed) => return,
                Err(Fault::Node(NodeError::Busy { retry_after, .. })) => backoff.next(retry_after),
                Err(Fault::Node(error)) => {
                    tracing::warn!(%error, "the source's websocket");
                    if has_loaded { SLOT } else { backoff.next(None) }
                }
            };
            sleep(wait).await;
        }
    }
}

impl Websocket {
    /// Until the connection breaks, or everything is to be loaded again.
    async fn session(&mut self, feed: &mut Feed, has_loaded: &mut bool) -> Result<(), Fault> {
        let mut connection = self.connect().await?;
        connection.subscribe(&self.market, &self.commitment, &feed.watched()).await.map_err(|why| self.broken(why))?;
        self.load(&mut connection, feed).await?;
        *has_loaded = true;
        let mut sweep = tokio::time::interval_at(Instant::now() + self.sweep_every, self.sweep_every);
        loop {
            tokio::select! {
                _ = sweep.tick() => {
                    let watched = feed.watched.borrow().clone();
                    feed.send_all(self.reader.watched(&watched).await?).await?;
                    feed.send_all(self.reader.sweep().await?).await?;
                }
                message = connection.next() => {
                    let events = message.map_err(|why| self.broken(why))?;
                    feed.send_all(events).await?;
                }
                () = feed.reload.notified() => self.load(&mut connection, feed).await?,
                changed = feed.watched.changed() => {
                    changed.map_err(|_| Closed)?;
                    let watched = feed.watched();
                    let arrived = connection.watch(&watched, &self.commitment).await.map_err(|why| self.broken(why))?;
                    feed.send_all(self.reader.watched(&watched).await?.into_iter().chain(arrived)).await?;
                }
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let connected = timeout(SILENCE, connect_async(self.endpoint.expose().as_str())).await;
        let (socket, _) = match connected {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(self.broken(error.to_string())),
            Err(_) => return Err(self.broken("no connection in time".to_owned())),
        };
        Ok(Connection {
            socket,
            asked: HashMap::new(),
            subscribed: HashMap::new(),
            requests: 0,
            watched: Vec::new(),
            forks: Forks::default(),
            arrivals: 0,
        })
    }

    /// What arrives meanwhile is newer, or known: it comes after.
    async fn load(&mut self, connection: &mut Connection, feed: &mut Feed) -> Result<(), Fault> {
        let watched = feed.watched();
        let mut arrived = VecDeque::new();
        let endpoint = self.endpoint.clone();
        let loaded = {
            let mut load = std::pin::pin!(self.reader.load(&watched));
            loop {
                tokio::select! {
                    loaded = &mut load => break loaded?,
                    message = connection.next() => arrived.extend(message.map_err(|why| broken(&endpoint, why))?),
                }
            }
        };
        feed.send_all(loaded.into_iter().chain(arrived)).await?;
        Ok(())
    }

    fn broken(&self, reason: String) -> Fault {
        broken(&self.endpoint, reason)
    }
}

fn broken(endpoint: &Endpoint, reason: String) -> Fault {
    Fault::Node(NodeError::Silent { node: endpoint.clone(), method: "its websocket", reason })
}

impl Connection {
    async fn subscribe(&mut self, market: &Address, commitment: &str, watched: &[Address]) -> Result<(), String> {
        let config = anchor_lang::prelude::Address::from(*market);
        let filters = [
            Filter::new::<Reserve>(offset_of!(Reserve, config), config),
            Filter::new::<Obligation>(offset_of!(Obligation, config), config),
        ];
        for filter in &filters {
            let options = json!({ "encoding": "base64", "commitment": commitment, "filters": filters_of(filter) });
            let params = json!([ballast::ID.to_string(), options]);
            self.ask("programSubscribe", params, Subject::Program).await?;
        }
        self.ask("slotSubscribe", json!([]), Subject::Slots).await?;
        // What arrives before everything is read, the reading has too.
        self.watch(&[&[*market], watched].concat(), commitment).await.map(|_| ())
    }

    /// Subscribes to those that it is not subscribed to, and returns when all subscriptions stand, with what has arrived meanwhile.
    async fn watch(&mut self, watched: &[Address], commitment: &str) -> Result<Vec<Event>, String> {
        for address in watched {
            if !self.watched.contains(address) {
                let options = json!({ "encoding": "base64", "commitment": commitment });
                let params = json!([bs58::encode(address).into_string(), options]);
                self.ask("accountSubscribe", params, Subject::Account(*address)).await?;
                self.watched.push(*address);
            }
        }
        let mut arrived = Vec::new();
        while !self.asked.is_empty() {
            arrived.extend(self.next().await?);
        }
        Ok(arrived)
    }

    async fn ask(&mut self, method: &str, params: Value, subject: Subject) -> Result<(), String> {
        self.requests += 1;
        self.asked.insert(self.requests, subject);
        let request = json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params });
        self.socket.send(Message::text(request.to_string())).await.map_err(|error| error.to_string())
    }

    /// The events of the next message. Whoever drops this call loses no message.
    async fn next(&mut self) -> Result<Vec<Event>, String> {
        let message = match timeout(SILENCE, self.socket.next()).await {
            Err(_) => return Err(format!("silent for {} s", SILENCE.as_secs())),
            Ok(None) => return Err("closed".to_owned()),
            Ok(Some(Err(error))) => return Err(error.to_string()),
            Ok(Some(Ok(message))) => message,
        };
        // Pings are answered below this.
        let Message::Text(text) = message else { return Ok(Vec::new()) };
        let mut message: Value = serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))?;
        if let Some(id) = message["id"].as_u64() {
            return self.answered(id, &message);
        }
        let notification = serde_json::from_value::<Notification>(message["params"].take());
        let Ok(Notification { subscription, result }) = notification else { return Ok(Vec::new()) };
        // A node may notify before it has answered: what is lost there is read afterwards.
        let Some(subject) = self.subscribed.get(&subscription).copied() else { return Ok(Vec::new()) };
        self.arrivals += 1;
        Ok(self.events(subject, result).unwrap_or_default())
    }

    fn answered(&mut self, id: u64, message: &Value) -> Result<Vec<Event>, String> {
        let Some(subject) = self.asked.remove(&id) else { return Ok(Vec::new()) };
        match message["result"].as_u64() {
            Some(subscription) => self.subscribed.insert(subscription, subject),
            None => return Err(format!("it refuses a subscription: {}", message["error"]["message"])),
        };
        Ok(Vec::new())
    }

    /// `None`: the node speaks otherwise than it was asked to.
    fn events(&mut self, subject: Subject, result: Value) -> Option<Vec<Event>> {
        let (address, account, slot) = match subject {
            Subject::Slots => {
                let Slot { slot, parent, root } = serde_json::from_value(result).ok()?;
                return Some(self.forks.slot(slot, parent, root));
            }
            Subject::Program => {
                let keyed: AsOf<KeyedAccount> = serde_json::from_value(result).ok()?;
                (address(&keyed.value.pubkey)?, keyed.value.account, keyed.context.slot)
            }
            Subject::Account(address) => {
                let account: AsOf<EncodedAccount> = serde_json::from_value(result).ok()?;
                (address, account.value, account.context.slot)
            }
        };
        let (owner, data) = (self::address(&account.owner)?, account.bytes()?);
        Some(vec![Event::Account(Account { address, slot, write_version: self.arrivals, owner, data })])
    }
}
