//! A node's websocket: subscriptions to the market's accounts of the program, to watched accounts and to slots.

use super::forks::Forks;
use super::rpc::filters_of;
use super::stream::{SILENCE, Subscribe, Subscription};
use crate::endpoint::Endpoint;
use crate::node::{AsOf, EncodedAccount, KeyedAccount};
use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast::state::{Obligation, Reserve};
use ballast_client::chain::Filter;
use ballast_keeper::event::{KeeperEvent, ObservedAccount};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::mem::offset_of;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Websocket {
    pub endpoint: Endpoint,
    pub market: Address,
    pub commitment: String,
}

/// What a subscription is about.
#[derive(Clone, Copy)]
enum Subject {
    Program,
    Account(Address),
    Slots,
}

pub struct Connection {
    commitment: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// By the request's number until the node answers, then by the number that the node gives.
    asked: HashMap<u64, Subject>,
    subscribed: HashMap<u64, Subject>,
    requests: u64,
    watched: Vec<Address>,
    forks: Forks,
    /// Orders the arrivals of one slot.
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
impl Subscribe for Websocket {
    type Subscription = Connection;

    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    async fn subscribe(&self, watched: &[Address]) -> Result<Connection, String> {
        let connected = timeout(SILENCE, connect_async(self.endpoint.expose().as_str())).await;
        let (socket, _) = connected.map_err(|_| "no connection in time")?.map_err(|error| error.to_string())?;
        let mut connection = Connection {
            commitment: self.commitment.clone(),
            socket,
            asked: HashMap::new(),
            subscribed: HashMap::new(),
            requests: 0,
            watched: Vec::new(),
            forks: Forks::default(),
            arrivals: 0,
        };
        connection.begin(&self.market, watched).await?;
        Ok(connection)
    }
}

#[async_trait]
impl Subscription for Connection {
    async fn next(&mut self) -> Result<Vec<KeeperEvent>, String> {
        self.receive().await
    }

    async fn watch(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, String> {
        self.ask_for(watched).await
    }
}

impl Connection {
    async fn begin(&mut self, market: &Address, watched: &[Address]) -> Result<(), String> {
        let config = *market;
        let filters = [
            Filter::new::<Reserve>(offset_of!(Reserve, config), config),
            Filter::new::<Obligation>(offset_of!(Obligation, config), config),
        ];
        for filter in &filters {
            let options = json!({ "encoding": "base64", "commitment": self.commitment, "filters": filters_of(filter) });
            let params = json!([ballast::ID.to_string(), options]);
            self.ask("programSubscribe", params, Subject::Program).await?;
        }
        self.ask("slotSubscribe", json!([]), Subject::Slots).await?;
        // Events that arrive before the load are dropped: the load has their content.
        self.ask_for(&[&[*market], watched].concat()).await.map(|_| ())
    }

    /// Subscribes to accounts that are new. Returns when all subscriptions stand, with what has arrived meanwhile.
    async fn ask_for(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, String> {
        for address in watched {
            if !self.watched.contains(address) {
                let options = json!({ "encoding": "base64", "commitment": self.commitment });
                let params = json!([address.to_string(), options]);
                self.ask("accountSubscribe", params, Subject::Account(*address)).await?;
                self.watched.push(*address);
            }
        }
        let mut arrived = Vec::new();
        while !self.asked.is_empty() {
            arrived.extend(self.receive().await?);
        }
        Ok(arrived)
    }

    async fn ask(&mut self, method: &str, params: Value, subject: Subject) -> Result<(), String> {
        self.requests += 1;
        self.asked.insert(self.requests, subject);
        let request = json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params });
        self.socket.send(Message::text(request.to_string())).await.map_err(|error| error.to_string())
    }

    /// Returns the events of the next message.
    async fn receive(&mut self) -> Result<Vec<KeeperEvent>, String> {
        let message = match timeout(SILENCE, self.socket.next()).await {
            Err(_) => return Err(format!("silent for {} s", SILENCE.as_secs())),
            Ok(None) => return Err("closed".to_owned()),
            Ok(Some(Err(error))) => return Err(error.to_string()),
            Ok(Some(Ok(message))) => message,
        };
        // The library answers pings.
        let Message::Text(text) = message else { return Ok(Vec::new()) };
        let mut message: Value =
            serde_json::from_str(&text).map_err(|error| format!("a message is not JSON: {error}"))?;
        if let Some(id) = message["id"].as_u64() {
            return self.answered(id, &message);
        }
        let notification = serde_json::from_value::<Notification>(message["params"].take());
        let Ok(Notification { subscription, result }) = notification else { return Ok(Vec::new()) };
        // A node may notify before it answers. The load that follows has what is lost here.
        let Some(subject) = self.subscribed.get(&subscription).copied() else { return Ok(Vec::new()) };
        self.arrivals += 1;
        Ok(self.events(subject, result).unwrap_or_default())
    }

    fn answered(&mut self, id: u64, message: &Value) -> Result<Vec<KeeperEvent>, String> {
        let Some(subject) = self.asked.remove(&id) else { return Ok(Vec::new()) };
        match message["result"].as_u64() {
            Some(subscription) => self.subscribed.insert(subscription, subject),
            None => return Err(format!("the node refuses a subscription: {}", message["error"]["message"])),
        };
        Ok(Vec::new())
    }

    /// Returns `None` if the notification does not have the requested form.
    fn events(&mut self, subject: Subject, result: Value) -> Option<Vec<KeeperEvent>> {
        let (address, account, slot) = match subject {
            Subject::Slots => {
                let Slot { slot, parent, root } = serde_json::from_value(result).ok()?;
                return Some(self.forks.slot(slot, parent, root));
            }
            Subject::Program => {
                let keyed: AsOf<KeyedAccount> = serde_json::from_value(result).ok()?;
                (keyed.value.pubkey.parse().ok()?, keyed.value.account, keyed.context.slot)
            }
            Subject::Account(address) => {
                let account: AsOf<EncodedAccount> = serde_json::from_value(result).ok()?;
                (address, account.value, account.context.slot)
            }
        };
        let (owner, data) = (account.owner.parse().ok()?, account.bytes()?);
        Some(vec![KeeperEvent::Account(ObservedAccount { address, slot, write_version: self.arrivals, owner, data })])
    }
}
