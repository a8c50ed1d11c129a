//! What a node with a faulty RPC and a healthy websocket does to the keeper today. Issue 14 turns these tests around.

use crate::keeper::{Stage, open_wallets};
use crate::node::{Node, listener, loan};
use anchor_lang::prelude::Address;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ballast_keeper::event::KeeperEvent;
use ballast_keeperd::endpoint::Endpoint;
use ballast_keeperd::node::RpcNode;
use ballast_keeperd::source::rpc::Reader;
use ballast_keeperd::source::stream::StreamSource;
use ballast_keeperd::source::websocket::Websocket;
use ballast_keeperd::source::{EventFeed, Source};
use ballast_testkit::Market;
use serde_json::{Value, json};
use solana_keypair::write_keypair_file;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{sleep, timeout};

const SLOT: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);

enum Answer {
    Pass,
    /// A JSON-RPC error with this code.
    Refuse(i64),
    /// 429 with this Retry-After in seconds.
    Busy(u64),
    /// The answer takes this long.
    Late(Duration),
    Say(Value),
}

type Rule = Box<dyn FnMut(&str) -> Answer + Send>;

/// Stands before a node's HTTP, but not before its websocket.
#[derive(Clone)]
struct Front {
    url: String,
    rule: Arc<Mutex<Rule>>,
    /// The methods that the keeper has called.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Front {
    async fn serve(behind: String) -> Self {
        let listener = listener().await;
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let rule: Rule = Box::new(|_| Answer::Pass);
        let front = Self { url, rule: Arc::new(Mutex::new(rule)), asked: Arc::default() };
        let (here, client) = (front.clone(), reqwest::Client::new());
        let answer = async move |body: Bytes| here.answer(&client, &behind, body).await;
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        front
    }

    async fn answer(&self, client: &reqwest::Client, behind: &str, body: Bytes) -> Response {
        let request: Value = serde_json::from_slice(&body).expect("a request");
        let method = request["method"].as_str().expect("a method").to_owned();
        let answer = (self.rule.lock().expect("no test panics with it"))(&method);
        self.asked.lock().expect("no test panics with it").push(method);
        let id = request["id"].clone();
        match answer {
            Answer::Refuse(code) => {
                let error = json!({ "code": code, "message": "Minimum context slot has not been reached" });
                return axum::Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response();
            }
            Answer::Busy(secs) => {
                return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", secs)], "slow down").into_response();
            }
            Answer::Say(result) => {
                return axum::Json(json!({ "jsonrpc": "2.0", "id": id, "result": result })).into_response();
            }
            Answer::Late(by) => sleep(by).await,
            Answer::Pass => {}
        }
        let answer = client.post(behind).body(body).send().await.expect("a node");
        answer.text().await.expect("text").into_response()
    }

    fn rule(&self, rule: impl FnMut(&str) -> Answer + Send + 'static) {
        *self.rule.lock().expect("no test panics with it") = Box::new(rule);
    }

    fn count(&self, method: &str) -> usize {
        let asked = self.asked.lock().expect("no test panics with it");
        asked.iter().filter(|asked| *asked == method).count()
    }
}

/// A source alone: the node's websocket, and its RPC through the front.
struct SourceStage {
    node: Node,
    front: Front,
    market: Market,
    events: mpsc::Receiver<KeeperEvent>,
    watched: watch::Sender<Vec<Address>>,
}

impl SourceStage {
    async fn new(sweep_every: Duration) -> Self {
        let (world, market, _) = loan();
        let node = Node::serve(world).await;
        node.with(|chain| chain.only_changes = true);
        let front = Front::serve(node.url.clone()).await;
        let endpoint = |url: &str| Endpoint::parse(url).expect("a URL");
        let reader = Reader::new(RpcNode::new(endpoint(&front.url)), market.config, "confirmed");
        let commitment = "confirmed".to_owned();
        let service = Websocket { endpoint: endpoint(&node.websocket), market: market.config, commitment };
        let mut source = StreamSource { service, reader, sweep_every };
        let (sender, events) = mpsc::channel(100_000);
        let (watched, watching) = watch::channel(Vec::new());
        let feed = EventFeed { events: sender, watched: watching, reload: Arc::new(Notify::new()) };
        tokio::spawn(async move { source.run(feed).await });
        node.keep_ticking(&market, SLOT);
        let mut stage = Self { node, front, market, events, watched };
        stage.until(|event| *event == KeeperEvent::Loaded).await;
        stage
    }

    /// Waits for an event; returns how long it took.
    async fn until(&mut self, is_wanted: impl Fn(&KeeperEvent) -> bool) -> Duration {
        let start = Instant::now();
        let arrives = async { while !is_wanted(&self.events.recv().await.expect("a source that runs")) {} };
        timeout(PATIENCE, arrives).await.expect("it comes");
        start.elapsed()
    }
}

/// Answers the first request for a method in another way.
fn once(method: &'static str, answer: impl FnOnce() -> Answer + Send + 'static) -> Rule {
    let mut answer = Some(answer);
    Box::new(move |asked| match answer.take_if(|_| asked == method) {
        Some(answer) => answer(),
        None => Answer::Pass,
    })
}

/// Today's behavior; a planned change turns it around. A refused sweep ends the stream, although the subscription is healthy.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sweep_ends_a_healthy_stream() {
    for (method, code) in [("getMultipleAccounts", -32_016), ("getProgramAccounts", -32_603)] {
        let mut stage = SourceStage::new(Duration::from_millis(200)).await;
        let connections = stage.node.with(|chain| chain.connections);
        stage.front.rule(once(method, move || Answer::Refuse(code)));
        stage.until(|event| *event == KeeperEvent::Lost).await;
        stage.until(|event| *event == KeeperEvent::Loaded).await;
        assert_eq!(stage.node.with(|chain| chain.connections), connections + 1, "{method}");
    }
}

/// Today's behavior; a planned change turns it around. The keeper waits out a sweep's Retry-After without a subscription.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_sweep_silences_a_healthy_stream() {
    let mut stage = SourceStage::new(Duration::from_millis(200)).await;
    stage.front.rule(once("getProgramAccounts", || Answer::Busy(2)));
    stage.until(|event| *event == KeeperEvent::Lost).await;
    let silence = stage.until(|_| true).await;
    assert!(silence >= Duration::from_millis(1_900), "{silence:?}");
}

/// Today's behavior; a planned change turns it around. The source waits for a slow sweep and hears nothing meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sweep_delays_prices() {
    let mut stage = SourceStage::new(Duration::from_secs(1)).await;
    let price = stage.market.assets[0].feed.address;
    stage.watched.send(vec![price]).expect("a source");
    let of_price = move |event: &KeeperEvent| matches!(event, KeeperEvent::Account(one) if one.address == price);
    stage.until(of_price).await;
    let slow = Arc::new(Notify::new());
    let first = slow.clone();
    stage.front.rule(move |asked| match asked {
        "getProgramAccounts" => {
            first.notify_one();
            Answer::Late(Duration::from_secs(2))
        }
        _ => Answer::Pass,
    });
    slow.notified().await;
    while stage.events.try_recv().is_ok() {}
    stage.node.with(|chain| stage.market.set_price(&mut chain.world, 0, 80.0));
    let late = stage.until(of_price).await;
    assert!(late >= Duration::from_secs(2), "{late:?}");
}

/// The real program: RPC through a front, the websocket as it is.
async fn keeper_stage(sweep_ms: u64, more: &str) -> (Stage, Front) {
    let (mut world, market, borrower) = loan();
    let folder = TempDir::new().expect("a folder");
    let key = world.wallet();
    write_keypair_file(&key, folder.path().join("keeper.json")).expect("a disk");
    open_wallets(&mut world, &market, &key, 1_000_000_000_000_000);
    let node = Node::serve(world).await;
    node.with(|chain| chain.only_changes = true);
    let front = Front::serve(node.url.clone()).await;
    let text = format!(
        "keypair = \"{}\"\n[engine]\nmarket = \"{}\"\n[source]\nkind = \"websocket\"\nrpc = \"{}\"\nwebsocket = \"{}\"\n\
         sweep_ms = {sweep_ms}\n[http]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\nfilter = \"debug\"\n{more}",
        folder.path().join("keeper.json").display(),
        market.config,
        front.url,
        node.websocket,
    );
    std::fs::write(folder.path().join("keeper.toml"), text).expect("a disk");
    (Stage { node, market, borrower, folder }, front)
}

/// Today's behavior; a planned change turns it around. Refused sweeps cost three connections before the keeper liquidates.
#[tokio::test(flavor = "multi_thread")]
async fn refused_sweeps_delay_a_liquidation() {
    let (stage, front) = keeper_stage(500, "").await;
    stage.node.keep_ticking(&stage.market, SLOT);
    let keeper = stage.start("run");
    keeper.until_ready().await;
    let connections = stage.node.with(|chain| chain.connections);
    let mut left = 3;
    front.rule(move |asked| {
        if asked != "getProgramAccounts" || left == 0 {
            return Answer::Pass;
        }
        left -= 1;
        Answer::Refuse(-32_016)
    });
    stage.until("the refusal", |stage| stage.log().contains("getProgramAccounts: Minimum context slot")).await;
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| !chain.liquidations.is_empty())).await;
    assert_eq!(stage.node.with(|chain| chain.connections), connections + 3);
}

/// Today's behavior; a planned change turns it around. The keeper takes the lag of its own load for a lagging source, and loads
/// without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_load_is_repeated_without_end() {
    let (stage, front) = keeper_stage(600_000, "").await;
    stage.node.keep_ticking(&stage.market, SLOT);
    // Two calls a load, so a load takes 60 slots of 50 ms; the limit is 20.
    front.rule(|asked| match asked {
        "getProgramAccounts" => Answer::Late(Duration::from_millis(1_500)),
        _ => Answer::Pass,
    });
    let keeper = stage.start("run");
    keeper.until_ready().await;
    let calls = front.count("getProgramAccounts");
    stage.node.disconnect();
    // One load for the broken connection, and two more although nothing broke again.
    stage.until("three more loads", |_| front.count("getProgramAccounts") >= calls + 6).await;
}

/// Today's behavior; a planned change turns it around. Nothing but a metric says that the key cannot pay.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_wallet_is_only_a_metric() {
    let (stage, front) = keeper_stage(2_000, "").await;
    front.rule(|asked| match asked {
        "getBalance" => Answer::Say(json!({ "context": { "slot": 1_000 }, "value": 0 })),
        _ => Answer::Pass,
    });
    stage.node.keep_ticking(&stage.market, SLOT);
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.until("the balance", |_| front.count("getBalance") > 0).await;
    let start = Instant::now();
    while !keeper.get("/metrics").await.1.contains("ballast_keeper_balance_lamports 0") {
        assert!(start.elapsed() < PATIENCE, "no metric");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(keeper.get("/readyz").await.0, 200);
    let log = stage.log();
    let mut warnings = log.lines().filter(|line| line.contains("\"WARN\"") || line.contains("\"ERROR\""));
    assert!(!warnings.any(|line| line.contains("balance") || line.contains("lamports")), "{log}");
}

/// Sponsored feeds publish once a minute: the keeper liquidates at such a price before the next one. A second of the
/// chain is 100 ms here.
#[tokio::test(flavor = "multi_thread")]
async fn prices_once_a_minute_are_enough() {
    let (stage, _front) = keeper_stage(500, "[limits]\nlag_slots = 200\n").await;
    let (node, market) = (stage.node.clone(), stage.market.clone());
    tokio::spawn(async move {
        for second in 1u64.. {
            sleep(Duration::from_millis(100)).await;
            node.with(|chain| {
                chain.world.advance(1);
                chain.world.svm.expire_blockhash();
                if second.is_multiple_of(60) {
                    market.repeat_prices(&mut chain.world);
                }
                if second == 120 {
                    market.set_price(&mut chain.world, 0, 80.0);
                }
                let slot = chain.world.slot();
                let passed = json!({ "slot": slot, "parent": slot - 1, "root": slot - 32 });
                chain.subscribers.retain(|subscriber| subscriber.send(passed.clone()).is_ok());
            });
        }
    });
    let keeper = stage.start("run");
    keeper.until_ready().await;
    // 12 s until the price falls, and 6 s until the next one.
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
}
