//! How transactions end, whatever the nodes answer.

use crate::node::{Mood, Node, listener, loan};
use anchor_lang::prelude::Address;
use ballast_keeper::event::{Attempt, KeeperEvent, TransactionKind};
use ballast_keeper::target::Outcome;
use ballast_keeperd::endpoint::Endpoint;
use ballast_keeperd::in_flight::{InFlight, SentTransaction, signature};
use ballast_keeperd::journal::JournalEntry;
use ballast_keeperd::node::RpcNode as Client;
use ballast_keeperd::sink::Sink;
use ballast_keeperd::sink::jito::JitoSink;
use ballast_keeperd::sink::rpc::RpcSink;
use ballast_testkit::{Market, User};
use serde_json::{Value, json};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
const TARGET: Address = Address::new_from_array([7; 32]);

struct Stage {
    node: Node,
    market: Market,
    user: User,
    sent: mpsc::UnboundedSender<SentTransaction>,
    events: mpsc::Receiver<KeeperEvent>,
    closed: mpsc::UnboundedReceiver<String>,
}

impl Stage {
    async fn new(more: impl FnOnce(&Node) -> Vec<Arc<dyn Sink>>) -> Self {
        let (world, market, user) = loan();
        let node = Node::serve(world).await;
        let client = Client::new(Endpoint::parse(&node.url).expect("a URL"));
        let mut sinks: Vec<Arc<dyn Sink>> = vec![Arc::new(RpcSink::new(client.clone()))];
        sinks.extend(more(&node));
        let (sent, to_send) = mpsc::unbounded_channel();
        let (sender, events) = mpsc::channel(100);
        let (close, closed) = mpsc::unbounded_channel();
        let every = Duration::from_millis(50);
        let outcomes = Arc::new(client);
        let in_flight = InFlight { outcomes, sinks, every, sent: to_send, events: sender, closed: close };
        tokio::spawn(in_flight.run());
        Self { node, market, user, sent, events, closed }
    }

    /// The same, but the node for outcomes takes requests and answers none.
    async fn with_a_mute_node() -> Self {
        let mut stage = Self::new(|_| Vec::new()).await;
        let listener = listener().await;
        let mute = Endpoint::parse(&format!("http://{}", listener.local_addr().expect("bound"))).expect("a URL");
        let router = axum::Router::new().fallback(std::future::pending::<()>);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let sink: Arc<dyn Sink> = Arc::new(RpcSink::new(Client::new(Endpoint::parse(&stage.node.url).expect("a URL"))));
        let (sent, to_send) = mpsc::unbounded_channel();
        let (sender, events) = mpsc::channel(100);
        let (close, closed) = mpsc::unbounded_channel();
        let (outcomes, every) = (Arc::new(Client::new(mute)), Duration::from_millis(50));
        let in_flight = InFlight { outcomes, sinks: vec![sink], every, sent: to_send, events: sender, closed: close };
        tokio::spawn(in_flight.run());
        (stage.sent, stage.events, stage.closed) = (sent, events, closed);
        stage
    }

    /// A withdrawal of so many atoms, as attempt number one.
    fn send(&self, atoms: u64) -> String {
        let (bytes, height) = self.node.with(|chain| {
            let instruction = self.user.withdraw_ix(&chain.world, &self.market, 0, atoms);
            let hash = chain.world.svm.latest_blockhash();
            let message = ballast_client::transaction::Envelope {
                payer: self.user.key.pubkey(),
                micro_lamports_per_unit: 0,
                tables: &[],
            };
            let message = message.message(&[instruction], 200_000, hash).expect("fits");
            let transaction = VersionedTransaction::try_new(message, &[&self.user.key]).expect("signed");
            (bincode::serialize(&transaction).expect("bytes"), chain.world.slot() + 150)
        });
        let signature = signature(&bytes).expect("signed");
        let attempt = Attempt { target: TARGET, attempt: 1, kind: TransactionKind::Liquidate, slot: self.slot() };
        let entry = JournalEntry { attempt, signature: signature.clone(), last_valid_height: height };
        self.sent.send(SentTransaction { entry, transaction: bytes.into() }).expect("somebody looks after it");
        signature
    }

    fn slot(&self) -> u64 {
        self.node.with(|chain| chain.world.slot())
    }

    async fn outcome(&mut self) -> Outcome {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("an outcome").expect("it runs");
        let KeeperEvent::Outcome { obligation: TARGET, attempt: 1, outcome } = event else { panic!("{event:?}") };
        outcome
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_is_reported_once_and_closed() {
    let mut stage = Stage::new(|_| Vec::new()).await;
    let signature = stage.send(1_000);
    assert_eq!(stage.outcome().await, Outcome::Landed(stage.slot()));
    assert_eq!(stage.closed.recv().await, Some(signature));
    assert!(timeout(Duration::from_millis(300), stage.events.recv()).await.is_err(), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_the_programs_code() {
    let mut stage = Stage::new(|_| Vec::new()).await;
    stage.send(90_000_000_000);
    let Outcome::Reverted(code) = stage.outcome().await else { panic!("the debt is open") };
    assert!((6_000..7_000).contains(&code), "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_transaction_is_sent_again() {
    let mut stage = Stage::new(|_| Vec::new()).await;
    stage.node.set_mood(Mood::Swallows);
    let signature = stage.send(1_000);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let repeated = stage.node.with(|chain| chain.received.iter().filter(|one| **one == signature).count());
    assert!(repeated >= 2, "{repeated}");
    stage.node.set_mood(Mood::Good);
    assert_eq!(stage.outcome().await, Outcome::Landed(stage.slot()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_status_request_delays_no_transaction() {
    let stage = Stage::with_a_mute_node().await;
    stage.send(1_000);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = stage.send(2_000);
    tokio::time::sleep(Duration::from_millis(700)).await;
    let received = stage.node.with(|chain| chain.received.clone());
    assert!(received.contains(&second), "it waits for the outcome of the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_expires_when_no_block_can_contain_it() {
    let mut stage = Stage::new(|_| Vec::new()).await;
    stage.node.set_mood(Mood::Swallows);
    stage.send(1_000);
    // The last block that may contain it.
    stage.node.with(|chain| chain.world.advance_slots(150));
    assert!(timeout(Duration::from_millis(300), stage.events.recv()).await.is_err());
    stage.node.set_mood(Mood::Busy(1));
    stage.node.with(|chain| chain.world.advance_slots(1));
    assert!(
        timeout(Duration::from_millis(300), stage.events.recv()).await.is_err(),
        "the outcome is unknown while the node is busy"
    );
    stage.node.set_mood(Mood::Swallows);
    assert_eq!(stage.outcome().await, Outcome::Expired);
}

/// A block engine that takes bundles and passes them on to the chain.
async fn block_engine(bundles: Arc<Mutex<Vec<Value>>>) -> Endpoint {
    let listener = listener().await;
    let url = format!("http://{}/api/v1/bundles", listener.local_addr().expect("bound"));
    let router = axum::Router::new().fallback(async move |body: axum::body::Bytes| {
        let request: Value = serde_json::from_slice(&body).expect("a request");
        bundles.lock().expect("no test panics with it").push(request);
        axum::Json(json!({ "jsonrpc": "2.0", "id": 1, "result": "bundle" }))
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Endpoint::parse(&url).expect("a URL")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_offered_once_and_lands_once_with_all_sinks() {
    let bundles = Arc::new(Mutex::new(Vec::new()));
    let engine = block_engine(bundles.clone()).await;
    let mut stage = Stage::new(|node| {
        let second = Client::new(Endpoint::parse(&node.url).expect("a URL"));
        vec![Arc::new(JitoSink::new(Client::new(engine))), Arc::new(RpcSink::new(second))]
    })
    .await;
    let before = stage.node.with(|chain| stage.user.balance(&chain.world, 0));
    stage.send(1_000);
    assert_eq!(stage.outcome().await, Outcome::Landed(stage.slot()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let after = stage.node.with(|chain| stage.user.balance(&chain.world, 0));
    assert_eq!(after - before, 1_000, "landed once");
    let bundles = bundles.lock().expect("no test panics with it");
    assert_eq!(bundles.len(), 1);
    assert_eq!(bundles[0]["method"], "sendBundle");
    assert_eq!(bundles[0]["params"][0].as_array().map(Vec::len), Some(1));
}
