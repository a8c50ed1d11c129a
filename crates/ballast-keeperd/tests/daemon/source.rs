//! Sources survive every failure of their nodes.

use crate::node::{Mood, Node, loan};
use anchor_lang::prelude::Address;
use ballast_keeper::event::{Fate, KeeperEvent};
use ballast_keeperd::endpoint::Endpoint;
use ballast_keeperd::node::RpcNode as Client;
use ballast_keeperd::source::rpc::{Reader, RpcSource};
use ballast_keeperd::source::stream::StreamSource;
use ballast_keeperd::source::websocket::Websocket;
use ballast_keeperd::source::{EventFeed, Source};
use ballast_testkit::{Market, User};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
const SLOT: Duration = Duration::from_millis(400);

struct Stage {
    node: Node,
    market: Market,
    borrower: User,
    events: mpsc::Receiver<KeeperEvent>,
    watched: watch::Sender<Vec<Address>>,
    reload: Arc<Notify>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Rpc,
    Websocket,
    Yellowstone,
}

const ALL: &[Kind] = &[Kind::Rpc, Kind::Websocket, Kind::Yellowstone];

impl Stage {
    async fn new(kind: Kind) -> Self {
        let (world, market, borrower) = loan();
        let node = Node::serve(world).await;
        let endpoint = |url: &str| Endpoint::parse(url).expect("a URL");
        let config = market.config;
        let reader = Reader::new(Client::new(endpoint(&node.url)), config, "confirmed");
        let every = Duration::from_millis(50);
        let mut source: Box<dyn Source> = match kind {
            Kind::Rpc => Box::new(RpcSource::new(reader, every, 2 * every)),
            Kind::Websocket => {
                let commitment = "confirmed".to_owned();
                let service = Websocket { endpoint: endpoint(&node.websocket), market: config, commitment };
                Box::new(StreamSource { service, reader, sweep_every: Duration::from_secs(1) })
            }
            Kind::Yellowstone => {
                let service = ballast_keeperd::source::yellowstone::Yellowstone {
                    endpoint: endpoint(&crate::yellowstone::serve(&node).await),
                    token: serde_json::from_value(crate::yellowstone::TOKEN.into()).ok(),
                    market: config,
                    commitment: ballast_keeperd::config::Commitment::Confirmed,
                };
                Box::new(StreamSource { service, reader, sweep_every: Duration::from_secs(1) })
            }
        };
        let (sender, events) = mpsc::channel(10_000);
        let (watched, watching) = watch::channel(Vec::new());
        let reload = Arc::new(Notify::new());
        let feed = EventFeed { events: sender, watched: watching, reload: reload.clone() };
        tokio::spawn(async move { source.run(feed).await });
        node.keep_ticking(&market, Duration::from_millis(20));
        Self { node, market, borrower, events, watched, reload }
    }

    /// The events up to the first of this kind, and it.
    async fn until(&mut self, is_wanted: impl Fn(&KeeperEvent) -> bool) -> Vec<KeeperEvent> {
        let mut events = Vec::new();
        let arrive = async {
            loop {
                events.push(self.events.recv().await.expect("a source that runs"));
                if events.last().is_some_and(&is_wanted) {
                    return;
                }
            }
        };
        timeout(PATIENCE, arrive).await.expect("it comes");
        events
    }
}

fn accounts(events: &[KeeperEvent]) -> Vec<Address> {
    let accounts = events.iter().filter_map(|event| match event {
        KeeperEvent::Account(account) if !account.data.is_empty() => Some(account.address),
        _ => None,
    });
    accounts.collect()
}

fn concerns(event: &KeeperEvent, address: Address) -> bool {
    matches!(event, KeeperEvent::Account(account) if account.address == address)
}

/// What every source promises.
async fn everything_is_delivered(kind: Kind) {
    let mut stage = Stage::new(kind).await;
    let load = stage.until(|event| *event == KeeperEvent::Loaded).await;
    let KeeperEvent::Loading { slot } = load[0] else { panic!("{:?} before everything else", load[0]) };
    assert!(slot >= 1_000, "of the chain as it is");
    let known = accounts(&load);
    let expected = [stage.market.config, stage.market.assets[0].reserve, stage.market.assets[1].reserve];
    for address in expected.iter().chain([&stage.borrower.obligation]) {
        assert!(known.contains(address), "{address} is not in {} accounts", known.len());
    }
    stage.until(|event| matches!(event, KeeperEvent::Slot(_, Fate::Rooted))).await;

    let price = stage.market.assets[0].feed.address;
    stage.watched.send(vec![price]).expect("a source");
    stage.until(|event| concerns(event, price)).await;

    let (market, obligation) = (stage.market.clone(), stage.borrower.obligation);
    let before = stage.node.with(|chain| chain.world.get(&stage.borrower.obligation).data);
    stage.node.with(|chain| stage.borrower.repay(&mut chain.world, &market, 1, 1_000_000).expect("repay"));
    stage
        .until(
            |event| matches!(event, KeeperEvent::Account(account) if account.address == obligation && account.data != before),
        )
        .await;

    stage.node.with(|chain| chain.world.set(stage.borrower.obligation, Default::default()));
    stage
        .until(|event| matches!(event, KeeperEvent::Account(one) if one.address == obligation && one.data.is_empty()))
        .await;

    stage.reload.notify_one();
    let again = stage.until(|event| *event == KeeperEvent::Loaded).await;
    let start = again.iter().rposition(|event| matches!(event, KeeperEvent::Loading { .. })).expect("a load");
    let known = accounts(&again[start..]);
    assert!(known.contains(&price) && known.contains(&market.config) && !known.contains(&obligation));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_source_delivers_everything() {
    for kind in ALL {
        everything_is_delivered(*kind).await;
    }
}

/// Returns how long the reload takes after the source was lost and returned.
async fn recovery(stage: &mut Stage, mood: Mood) -> Duration {
    stage.until(|event| *event == KeeperEvent::Loaded).await;
    stage.node.set_mood(mood);
    stage.node.disconnect();
    stage.until(|event| *event == KeeperEvent::Lost).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let returned = Instant::now();
    stage.node.set_mood(Mood::Good);
    stage.until(|event| *event == KeeperEvent::Loaded).await;
    returned.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_down_is_back_within_a_slot() {
    for kind in ALL {
        let mut stage = Stage::new(*kind).await;
        let took = recovery(&mut stage, Mood::Down).await;
        println!("{kind:?}: back after {took:?}");
        // One slot until the next try; the rest is this machine's time.
        assert!(took < 2 * SLOT, "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_429_is_waited_out() {
    let mut stage = Stage::new(Kind::Rpc).await;
    stage.until(|event| *event == KeeperEvent::Loaded).await;
    stage.node.set_mood(Mood::Busy(1));
    stage.until(|event| *event == KeeperEvent::Lost).await;
    let asked = |stage: &Stage| stage.node.with(|chain| chain.asked.len());
    let before = asked(&stage);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let during = asked(&stage) - before;
    assert!(during <= 4, "{during} requests in four seconds to a node that asks for one a second");
    stage.node.set_mood(Mood::Good);
    stage.until(|event| *event == KeeperEvent::Loaded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_websocket_is_opened_again() {
    let mut stage = Stage::new(Kind::Websocket).await;
    for connections in 1..=3 {
        stage.until(|event| *event == KeeperEvent::Loaded).await;
        assert_eq!(stage.node.with(|chain| chain.connections), connections);
        stage.until(|event| matches!(event, KeeperEvent::Slot(..))).await;
        stage.node.disconnect();
        let lost = stage.until(|event| *event == KeeperEvent::Lost).await;
        assert!(!lost.contains(&KeeperEvent::Loaded));
    }
}
