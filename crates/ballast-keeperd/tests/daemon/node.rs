//! A node: the World behind JSON-RPC and websockets, with every fault that a node may have.

use anchor_lang::Discriminator;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ballast_testkit::{Listing, Market, User, World};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use solana_account::Account;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// What a node knows, and how it behaves.
pub struct Chain {
    pub world: World,
    /// By signature: slot and error.
    pub landed: BTreeMap<String, (u64, Value)>,
    /// All transactions that were sent, in order, repetitions too.
    pub received: Vec<String>,
    /// Those of them that liquidate, each once.
    pub liquidations: BTreeMap<String, VersionedTransaction>,
    /// The methods that the keeper has called, refused calls too.
    pub asked: Vec<String>,
    pub mood: Mood,
    /// How many websockets were opened.
    pub connections: usize,
    /// The slots for each subscriber. A closed queue closes the connection.
    pub subscribers: Vec<tokio::sync::mpsc::UnboundedSender<Value>>,
    /// Subscribers hear of an account only when its content has changed, as from real nodes.
    pub only_changes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// 429 to everything, with this Retry-After.
    Busy(u64),
    /// Connections break before an answer comes.
    Down,
    /// Takes transactions and loses them.
    Swallows,
}

#[derive(Clone)]
pub struct Node {
    pub url: String,
    pub websocket: String,
    pub chain: Arc<Mutex<Chain>>,
}

/// Two assets, a lender, and a borrower whose health is 1.14 until the first one's price of 100 falls.
pub fn loan() -> (World, Market, User) {
    let mut world = World::new();
    world.svm = std::mem::take(&mut world.svm).with_blockhash_check(false);
    let market = Market::with(&mut world, &[Listing::new(9, 100.0), Listing::new(6, 1.0)]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, 1_000_000_000_000_000));
    lender.deposit(&mut world, &market, 1, 1_000_000_000_000).expect("deposit");
    borrower.deposit(&mut world, &market, 0, 100_000_000_000).expect("deposit");
    borrower.borrow(&mut world, &market, 1, 7_000_000_000).expect("borrow");
    world.advance_slots(1_000);
    (world, market, borrower)
}

impl Node {
    pub async fn serve(world: World) -> Self {
        let chain = Chain {
            world,
            landed: BTreeMap::new(),
            received: Vec::new(),
            liquidations: BTreeMap::new(),
            asked: Vec::new(),
            mood: Mood::Good,
            connections: 0,
            subscribers: Vec::new(),
            only_changes: false,
        };
        let chain = Arc::new(Mutex::new(chain));
        let [http, websocket] = [listener().await, listener().await];
        let url =
            |scheme: &str, listener: &TcpListener| format!("{scheme}://{}", listener.local_addr().expect("bound"));
        let node = Self { url: url("http", &http), websocket: url("ws", &websocket), chain };
        let router = Router::new().fallback(answer).with_state(node.chain.clone());
        tokio::spawn(async move { axum::serve(http, router).await });
        let chain = node.chain.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = websocket.accept().await {
                tokio::spawn(subscriber(chain.clone(), stream));
            }
        });
        node
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut Chain) -> T) -> T {
        look(&mut self.chain.lock().expect("no test panics with it"))
    }

    pub fn set_mood(&self, mood: Mood) {
        self.with(|chain| chain.mood = mood);
    }

    /// A slot passes, and prices are published again; subscribers of slots hear of it.
    pub fn tick(&self, market: &Market) {
        self.with(|chain| {
            chain.world.advance_slots(1);
            chain.world.svm.expire_blockhash();
            market.repeat_prices(&mut chain.world);
            let slot = chain.world.slot();
            chain
                .subscribers
                .retain(|slots| slots.send(json!({ "slot": slot, "parent": slot - 1, "root": slot - 32 })).is_ok());
        });
    }

    /// Slots pass until the test ends.
    pub fn keep_ticking(&self, market: &Market, every: Duration) {
        let (node, market) = (self.clone(), market.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                node.tick(&market);
            }
        });
    }

    /// Breaks every websocket.
    pub fn disconnect(&self) {
        self.with(|chain| chain.subscribers.clear());
    }
}

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

async fn answer(State(chain): State<Arc<Mutex<Chain>>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).expect("a request");
    let mut chain = chain.lock().expect("no test panics with it");
    let method = request["method"].as_str().expect("a method").to_owned();
    chain.asked.push(method.clone());
    match chain.mood {
        Mood::Busy(seconds) => {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from(seconds));
            return (StatusCode::TOO_MANY_REQUESTS, headers, "slow down").into_response();
        }
        Mood::Down => return (StatusCode::BAD_GATEWAY, "nobody there").into_response(),
        Mood::Good | Mood::Swallows => {}
    }
    let result = chain.result(&method, &request["params"]);
    axum::Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })).into_response()
}

impl Chain {
    /// Subscribes to slots.
    pub fn subscribe(&mut self) -> tokio::sync::mpsc::UnboundedReceiver<Value> {
        let (subscriber, slots) = tokio::sync::mpsc::unbounded_channel();
        self.connections += 1;
        if self.mood != Mood::Down {
            self.subscribers.push(subscriber);
        }
        slots
    }

    fn result(&mut self, method: &str, params: &Value) -> Value {
        let slot = self.world.slot();
        let as_of = |value: Value| json!({ "context": { "slot": slot }, "value": value });
        match method {
            "getProgramAccounts" => {
                let accounts = self.world.accounts().into_iter();
                let accounts = accounts.filter(|(_, account)| passes(&params[1]["filters"], &account.data));
                as_of(accounts.map(|(address, account)| keyed(&address.to_string(), &account)).collect())
            }
            "getMultipleAccounts" => {
                let addresses = params[0].as_array().expect("addresses").iter().map(|one| one.as_str().expect("text"));
                as_of(addresses.map(|address| self.account(address)).collect())
            }
            "getSlot" => json!(slot - 32),
            "getBlockHeight" => json!(slot),
            "getLatestBlockhash" => {
                let blockhash = self.world.svm.latest_blockhash().to_string();
                as_of(json!({ "blockhash": blockhash, "lastValidBlockHeight": slot + 150 }))
            }
            "getBalance" => as_of(json!(1_000_000_000)),
            "getRecentPrioritizationFees" => json!([{ "slot": slot, "prioritizationFee": 5_000 }]),
            "sendTransaction" => json!(self.take(params[0].as_str().expect("bytes"))),
            "getSignatureStatuses" => {
                as_of(params[0].as_array().expect("signatures").iter().map(|one| self.status(one)).collect())
            }
            other => panic!("nobody asks {other}"),
        }
    }

    fn account(&self, address: &str) -> Value {
        let account = self.world.svm.get_account(&address.parse().expect("an address"));
        account.as_ref().map_or(Value::Null, encoded)
    }

    /// The same transaction lands once, however often it is sent.
    fn take(&mut self, bytes: &str) -> String {
        let bytes = BASE64_STANDARD.decode(bytes).expect("base 64");
        let transaction: VersionedTransaction = bincode::deserialize(&bytes).expect("a transaction");
        let signature = transaction.signatures[0].to_string();
        self.received.push(signature.clone());
        let liquidates = |data: &[u8]| data.starts_with(ballast::instruction::Liquidate::DISCRIMINATOR);
        if transaction.message.instructions().iter().any(|one| liquidates(&one.data)) {
            self.liquidations.insert(signature.clone(), transaction.clone());
        }
        if self.mood == Mood::Good {
            self.land(transaction);
        }
        signature
    }

    pub fn land(&mut self, transaction: VersionedTransaction) {
        let signature = transaction.signatures[0].to_string();
        if !self.landed.contains_key(&signature) {
            let error = self.world.svm.send_transaction(transaction).err();
            let error = error.map_or(Value::Null, |failed| serde_json::to_value(failed.err).expect("an error"));
            self.landed.insert(signature, (self.world.slot(), error));
        }
    }

    /// How many liquidations the chain has carried out.
    pub fn liquidated(&self) -> usize {
        let landed = self.liquidations.keys().filter_map(|signature| self.landed.get(signature));
        landed.filter(|(_, error)| error.is_null()).count()
    }

    fn status(&self, signature: &Value) -> Value {
        let Some((slot, error)) = self.landed.get(signature.as_str().expect("text")) else { return Value::Null };
        json!({ "slot": slot, "confirmations": null, "err": error, "confirmationStatus": "confirmed" })
    }
}

fn passes(filters: &Value, data: &[u8]) -> bool {
    let matches = |filter: &Value| {
        let (at, bytes) = (filter["memcmp"]["offset"].as_u64(), filter["memcmp"]["bytes"].as_str());
        let bytes = bs58::decode(bytes.expect("base 58")).into_vec().expect("base 58");
        let at = usize::try_from(at.expect("an offset")).expect("an offset");
        data.get(at..).is_some_and(|rest| rest.starts_with(&bytes))
    };
    filters[0]["dataSize"] == data.len() && matches(&filters[1]) && matches(&filters[2])
}

fn keyed(address: &str, account: &Account) -> Value {
    json!({ "pubkey": address, "account": encoded(account) })
}

fn encoded(account: &Account) -> Value {
    let data = BASE64_STANDARD.encode(&account.data);
    json!({
        "data": [data, "base64"], "executable": account.executable, "lamports": account.lamports,
        "owner": account.owner.to_string(), "rentEpoch": account.rent_epoch, "space": account.data.len(),
    })
}

/// Serves one websocket: it reports every subscribed account with every slot.
async fn subscriber(chain: Arc<Mutex<Chain>>, stream: TcpStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let mut slots = chain.lock().expect("no test panics with it").subscribe();
    let mut subscriptions: Vec<Value> = Vec::new();
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let outgoing: Vec<Value> = tokio::select! {
            message = socket.next() => {
                let Some(Ok(Message::Text(text))) = message else { return };
                let request: Value = serde_json::from_str(&text).expect("a request");
                subscriptions.push(request.clone());
                vec![json!({ "jsonrpc": "2.0", "id": request["id"], "result": subscriptions.len() })]
            }
            slot = slots.recv() => {
                let Some(slot) = slot else { return };
                let mut messages = notifications(&chain, &subscriptions, &slot);
                if chain.lock().expect("no test panics with it").only_changes {
                    messages.retain(|message| is_news(&mut last, message));
                }
                messages
            }
        };
        for message in outgoing {
            if socket.send(Message::text(message.to_string())).await.is_err() {
                return;
            }
        }
    }
}

/// Whether a notification is of a slot, or of an account that has changed since the last one.
fn is_news(last: &mut BTreeMap<String, String>, message: &Value) -> bool {
    let result = &message["params"]["result"];
    if result["value"].is_null() {
        return true;
    }
    let key = format!("{} {}", message["params"]["subscription"], result["value"]["pubkey"]);
    let value = result["value"].to_string();
    last.insert(key, value.clone()) != Some(value)
}

fn notifications(chain: &Mutex<Chain>, subscriptions: &[Value], slot: &Value) -> Vec<Value> {
    let chain = chain.lock().expect("no test panics with it");
    let mut messages = Vec::new();
    let mut notify = |number: usize, result: Value| {
        messages.push(json!({ "jsonrpc": "2.0", "method": "notification", "params": { "subscription": number, "result": result } }));
    };
    let as_of = |value: Value| json!({ "context": { "slot": slot["slot"] }, "value": value });
    for (subscription, number) in subscriptions.iter().zip(1..) {
        let params = &subscription["params"];
        match subscription["method"].as_str() {
            Some("slotSubscribe") => notify(number, slot.clone()),
            Some("accountSubscribe") => {
                let account = chain.account(params[0].as_str().expect("an address"));
                if !account.is_null() {
                    notify(number, as_of(account));
                }
            }
            Some("programSubscribe") => {
                let accounts = chain.world.accounts().into_iter();
                for (address, account) in accounts.filter(|(_, one)| passes(&params[1]["filters"], &one.data)) {
                    notify(number, as_of(keyed(&address.to_string(), &account)));
                }
            }
            other => panic!("nobody subscribes with {other:?}"),
        }
    }
    messages
}
