//! Failures of every kind, with the real binary, the real engine and the compiled program on the chain.

use crate::keeper::{SECRET, Stage, says};
use crate::node::{Mood, Node, loan};
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn an_obligation_below_the_line_is_liquidated() {
    for source in ["rpc", "websocket"] {
        let stage = Stage::new().await;
        stage.configure(source, "");
        let mut keeper = stage.start("run");
        keeper.until_ready().await;
        let debt = |stage: &Stage| stage.node.with(|chain| stage.borrower.obligation(&chain.world).positions);
        let before = debt(&stage);
        let fell = Instant::now();
        stage.crash();
        stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
        println!("{source}: liquidated {:?} after the price fell", fell.elapsed());
        assert_ne!(debt(&stage), before);
        keeper.signal();
        assert_eq!(keeper.ended().await.code(), Some(0));
        assert!(stage.folder.path().join("state/obligations.snapshot").is_file());
        assert!(!says(&stage.folder.path().join("log"), SECRET), "a secret is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_nothing() {
    let stage = Stage::new().await;
    let keeper = stage.start("dry-run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a decision", |stage| stage.log().contains("\"kind\":\"liquidate\"")).await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.node.with(|chain| chain.received.len()), 0);
    assert!(!stage.folder.path().join("state/journal.jsonl").exists());
}

/// Killed when it has sent, and what it has sent lands while it is dead, or later.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_keeper_liquidates_no_obligation_twice() {
    for lands_before_restart in [true, false] {
        let stage = Stage::new().await;
        let keeper = stage.start("run");
        keeper.until_ready().await;
        stage.node.set_mood(Mood::Swallows);
        stage.crash();
        stage.until("a liquidation", |stage| stage.node.with(|chain| !chain.liquidations.is_empty())).await;
        keeper.kill();
        let land = || {
            stage.node.with(|chain| {
                let sent: Vec<_> = chain.liquidations.values().cloned().collect();
                sent.into_iter().for_each(|transaction| chain.land(transaction));
            });
        };
        let sent = stage.node.with(|chain| chain.liquidations.len());
        assert_eq!(sent, 1);
        stage.node.set_mood(Mood::Good);
        if lands_before_restart {
            land();
        }
        let keeper = stage.start("run");
        keeper.until_ready().await;
        if !lands_before_restart {
            sleep(Duration::from_secs(1)).await;
            assert_eq!(stage.node.with(|chain| chain.liquidations.len()), 1, "it may still land: the target is held");
            land();
        }
        stage.until("the journal", |stage| stage.journal().contains("closed")).await;
        sleep(Duration::from_millis(500)).await;
        assert_eq!(stage.node.with(|chain| chain.liquidated()), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_keeper_forgets_no_obligation() {
    let stage = Stage::new().await;
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.node.set_mood(Mood::Swallows);
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| !chain.liquidations.is_empty())).await;
    keeper.kill();
    // A repetition in flight arrives, and is swallowed too.
    sleep(Duration::from_secs(1)).await;
    stage.node.set_mood(Mood::Good);
    // The transaction must never land. With 50 ms per slot, that is certain after eight seconds.
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.until("a second attempt", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
    assert_eq!(stage.node.with(|chain| (chain.liquidations.len(), chain.liquidated())), (2, 1));
}

/// The source's node stands still while another goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_keeper_does_not_act_on_a_lagging_source() {
    let stage = Stage::new().await;
    let (mut ahead, market, _) = loan();
    ahead.advance_slots(100);
    let ahead = Node::serve(ahead).await;
    stage.configure("rpc", &format!("[send]\nrpc = [\"{}\"]\n[limits]\nlag_slots = 50\n", ahead.url));
    let keeper = stage.start("run");
    ahead.keep_ticking(&market, Duration::from_millis(50));
    stage.until("the lag", |stage| stage.log().contains("the source is behind")).await;
    let (status, reason) = keeper.get("/readyz").await;
    assert!(status == 503 && reason.contains("slot"), "{status} {reason}");
    stage.crash();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(ahead.with(|chain| chain.liquidations.len()), 0);
    // It catches up.
    stage.node.with(|chain| chain.world.advance_slots(100));
    let caught_up = Instant::now();
    stage.until("a liquidation", |_| ahead.with(|chain| !chain.liquidations.is_empty())).await;
    println!("sent {:?} after the source had caught up", caught_up.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_transactions_in_flight_and_a_second_one_does_not() {
    let stage = Stage::new().await;
    let mut keeper = stage.start("run");
    keeper.until_ready().await;
    stage.node.set_mood(Mood::Swallows);
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| !chain.liquidations.is_empty())).await;
    keeper.signal();
    stage.until("the stop", |stage| stage.log().contains("stopping")).await;
    sleep(Duration::from_millis(300)).await;
    keeper.signal();
    assert_eq!(keeper.ended().await.code(), Some(130));
    assert!(stage.journal().contains("sent") && !stage.journal().contains("closed"));

    let mut keeper = stage.start("run");
    keeper.until_ready().await;
    keeper.signal();
    sleep(Duration::from_millis(300)).await;
    let land = |stage: &Stage| {
        stage.node.with(|chain| {
            let sent: Vec<_> = chain.liquidations.values().cloned().collect();
            sent.into_iter().for_each(|transaction| chain.land(transaction));
        });
    };
    land(&stage);
    assert_eq!(keeper.ended().await.code(), Some(0), "the transaction has landed, so the keeper stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_obligation_is_forgotten_in_a_storm_of_429() {
    let stage = Stage::new().await;
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.node.set_mood(Mood::Busy(1));
    stage.crash();
    sleep(Duration::from_secs(3)).await;
    assert_eq!(keeper.get("/healthz").await.0, 200, "silent for less than it may be");
    stage.node.set_mood(Mood::Good);
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_cluster_does_not_stop_the_keeper() {
    let stage = Stage::new().await;
    let listener = crate::node::listener().await;
    let foreign = format!("http://{}", listener.local_addr().expect("bound"));
    let latest = json!({ "context": { "slot": 1_000_000_000u64 },
        "value": { "blockhash": "11111111111111111111111111111111", "lastValidBlockHeight": 1_000_000_000u64 } });
    let router = axum::Router::new()
        .fallback(async move || axum::Json(json!({ "jsonrpc": "2.0", "id": 1, "result": latest.clone() })));
    tokio::spawn(async move { axum::serve(listener, router).await });
    stage.configure("rpc", &format!("[send]\nrpc = [\"{}\", \"{foreign}\"]\n", stage.node.url));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    sleep(Duration::from_secs(2)).await;
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
}
