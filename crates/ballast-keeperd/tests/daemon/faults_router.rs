//! What a router's key, limits and long routes do to liquidations today. Issue 14 turns these tests around.

use crate::keeper::{Stage, open_wallets};
use crate::node::{Node, listener, loan};
use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ballast_keeperd::config::KeeperConfig;
use ballast_testkit::stage::SwapPool;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use solana_keypair::write_keypair_file;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id as token_address;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::sleep;

/// How a router behaves.
#[derive(Clone, Copy)]
struct Manner {
    wants_key: bool,
    /// This many accounts more, unless the request asks for fewer.
    padding: usize,
    /// It answers 429 with a Retry-After of 5 s.
    is_busy: bool,
    /// The price in parts of 100,000: 8,000 is the price itself.
    rate: u64,
}

const PLAIN: Manner = Manner { wants_key: false, padding: 0, is_busy: false, rate: 7_984 };

/// When, path and query, status.
type Requests = Arc<Mutex<Vec<(Instant, String, u16)>>>;

async fn serve(stage: &Stage, manner: Manner) -> (String, Requests) {
    let [from, to] = [0, 1].map(|number| stage.market.assets[number]);
    let (rate, scale) = (manner.rate, 100_000);
    let swap =
        stage.node.with(|chain| SwapPool::new(&mut chain.world, &from.mint, &to.mint, rate, scale, 1_000_000_000_000));
    let padding: Vec<Value> = stage.node.with(|chain| {
        let strange = (0..manner.padding).map(|_| chain.world.address().to_string());
        strange.map(|key| json!({ "pubkey": key, "isSigner": false, "isWritable": false })).collect()
    });
    let keeper = stage.key().pubkey();
    let listener = listener().await;
    let url = format!("http://{}/swap/v1", listener.local_addr().expect("bound"));
    let node: Node = stage.node.clone();
    let requests = Requests::default();
    let here = requests.clone();
    let router = axum::Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: Bytes| -> Response {
        let is_known = !manner.wants_key || headers.contains_key("x-api-key");
        let status = match (is_known, manner.is_busy) {
            (false, _) => StatusCode::UNAUTHORIZED,
            (true, true) => StatusCode::TOO_MANY_REQUESTS,
            (true, false) => StatusCode::OK,
        };
        here.lock().expect("no test panics with it").push((Instant::now(), uri.to_string(), status.as_u16()));
        if status != StatusCode::OK {
            return (status, [("retry-after", "5")], "no").into_response();
        }
        if uri.path().ends_with("/quote") {
            let query = uri.query().expect("a query");
            let amount = query.split("amount=").nth(1).and_then(|rest| rest.split('&').next()).expect("an amount");
            let out = amount.parse::<u128>().expect("a number") * u128::from(rate) / u128::from(scale);
            let slot = node.with(|chain| chain.world.slot());
            let is_short = query.contains("maxAccounts=");
            let quote =
                json!({ "inAmount": amount, "outAmount": out.to_string(), "contextSlot": slot, "isShort": is_short });
            return Json(quote).into_response();
        }
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        let amount = asked["quoteResponse"]["inAmount"].as_str().expect("text").parse().expect("a number");
        let tokens = [&from, &to].map(|asset| token_address(&keeper, &asset.mint, &asset.token_program));
        let swap = swap.swap_ix(&keeper, tokens[0], tokens[1], amount);
        let accounts = swap.accounts.iter().map(|meta| {
            json!({ "pubkey": meta.pubkey.to_string(), "isSigner": meta.is_signer, "isWritable": meta.is_writable })
        });
        let mut accounts: Vec<Value> = accounts.collect();
        if asked["quoteResponse"]["isShort"] != true {
            accounts.extend(padding.clone());
        }
        let data = BASE64_STANDARD.encode(&swap.data);
        let instruction = json!({ "programId": swap.program_id.to_string(), "accounts": accounts, "data": data });
        Json(json!({ "swapInstruction": instruction, "setupInstructions": [], "addressLookupTableAddresses": [] }))
            .into_response()
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, requests)
}

fn swap(url: &str) -> String {
    format!("[swap]\njupiter = \"{url}\"\nprograms = [\"{}\"]\nquote_ms = 300\n", ballast_testkit::programs::STAGE_ID)
}

fn count(requests: &Requests) -> usize {
    requests.lock().expect("no test panics with it").len()
}

/// A market with a cure window of 3 s, so that a route is there when the liquidation is due.
async fn with_cure_window(tokens: u64) -> Stage {
    let (mut world, market, borrower) = loan();
    market
        .set_market(&mut world, |market| (market.terms.cure_slots, market.terms.hard_line_bps) = (60, 9_700))
        .expect("a change");
    let folder = TempDir::new().expect("a folder");
    let key = world.wallet();
    write_keypair_file(&key, folder.path().join("keeper.json")).expect("a disk");
    open_wallets(&mut world, &market, &key, tokens);
    let node = Node::serve(world).await;
    node.keep_ticking(&market, Duration::from_millis(50));
    Stage { node, market, borrower, folder }
}

/// Today's behavior; a planned change turns it around. No configuration key becomes the header, and the URL's query is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_wants_a_key_gets_none() {
    for key in ["api_key", "jupiter_key", "headers"] {
        let text = format!(
            "keypair = \"k\"\n[engine]\nmarket = \"11111111111111111111111111111111\"\n[source]\nkind = \"rpc\"\n\
             rpc = \"http://127.0.0.1:1\"\n[swap]\n{key} = \"K\"\n"
        );
        assert!(KeeperConfig::parse(&text).is_err(), "{key}");
    }
    let stage = Stage::with_tokens(0).await;
    let (url, requests) = serve(&stage, Manner { wants_key: true, ..PLAIN }).await;
    stage.configure("rpc", &swap(&format!("{url}?api-key=K")));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a second request", |_| count(&requests) > 1).await;
    let requests = requests.lock().expect("no test panics with it").clone();
    assert!(requests.iter().all(|(_, uri, status)| *status == 401 && !uri.contains("api-key")), "{requests:?}");
    assert_eq!(stage.node.with(|chain| chain.liquidated()), 0);
}

/// Today's behavior; a planned change turns it around. A route of 60 accounts does not fit, and the keeper does not fall back
/// on its own tokens.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_does_not_fit_keeps_the_keeper_from_using_its_own_tokens() {
    let stage = with_cure_window(1_000_000_000).await;
    let (url, requests) = serve(&stage, Manner { padding: 52, rate: 8_600, ..PLAIN }).await;
    stage.configure("rpc", &swap(&url));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.node.with(|chain| stage.market.set_price(&mut chain.world, 0, 86.0));
    let start = Instant::now();
    while !keeper.get("/metrics").await.1.contains("ballast_keeper_skips{what=\"too_large\"} 1") {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", keeper.get("/metrics").await.1);
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(stage.node.with(|chain| chain.liquidated()), 0);
    let requests = requests.lock().expect("no test panics with it");
    assert!(requests.iter().all(|(_, uri, _)| !uri.contains("maxAccounts=")), "{requests:?}");
}

/// Today's behavior; a planned change turns it around. The keeper ignores Retry-After.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_router_is_asked_again_before_the_time_that_it_asks_for() {
    let stage = Stage::with_tokens(0).await;
    let (url, requests) = serve(&stage, Manner { is_busy: true, ..PLAIN }).await;
    stage.configure("rpc", &swap(&url));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a second request", |_| count(&requests) > 1).await;
    let requests = requests.lock().expect("no test panics with it");
    let gap = requests[1].0.duration_since(requests[0].0);
    assert!(gap < Duration::from_secs(5), "{gap:?}");
}

/// Today's behavior; a planned change turns it around. After the warning the obligation is above its line, so no route is kept
/// for it.
#[tokio::test(flavor = "multi_thread")]
async fn no_route_is_kept_for_a_borrower_who_has_been_warned() {
    let stage = Stage::with_tokens(0).await;
    let (url, requests) = serve(&stage, PLAIN).await;
    stage.configure("rpc", &swap(&url));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.node.with(|chain| stage.market.set_price(&mut chain.world, 0, 95.0));
    stage.until("the flag", |stage| stage.log().contains("\"settled\"")).await;
    sleep(Duration::from_millis(1_500)).await;
    let before = count(&requests);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(count(&requests), before);
}
