//! What Telegram's rate limit does to alerts today. Issue 14 turns these tests around.

use crate::node::listener;
use anchor_lang::prelude::Address;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ballast_keeper::event::{HealthLine, Notice};
use ballast_keeperd::alerts::Alerts;
use ballast_keeperd::config::KeeperConfig;
use ballast_keeperd::run;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::time::sleep;

const OWNER: Address = Address::new_from_array([1; 32]);
/// What the bot asks for once its limit is reached.
const RETRY_AFTER_SECS: u64 = 60;
/// Five tries take 15 s at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// The text of each request, and whether the bot took it.
type Requests = Arc<Mutex<Vec<(String, bool)>>>;

/// A bot that takes `limit` messages, then asks for a minute's patience in header and body.
async fn telegram(limit: usize) -> (String, Requests) {
    let listener = listener().await;
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let requests = Requests::default();
    let here = requests.clone();
    let router = axum::Router::new().fallback(async move |body: Bytes| -> Response {
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        let mut requests = here.lock().expect("no test panics with it");
        let is_taken = requests.iter().filter(|(_, is_taken)| *is_taken).count() < limit;
        requests.push((asked["text"].as_str().expect("text").to_owned(), is_taken));
        if is_taken {
            return axum::Json(json!({ "ok": true, "result": {} })).into_response();
        }
        let body = json!({ "ok": false, "error_code": 429, "parameters": { "retry_after": RETRY_AFTER_SECS } });
        (StatusCode::TOO_MANY_REQUESTS, [("retry-after", RETRY_AFTER_SECS)], axum::Json(body)).into_response()
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, requests)
}

fn alerts(url: &str) -> Alerts {
    let text = format!(
        "keypair = \"key.json\"\n[engine]\nmarket = \"{OWNER}\"\n[source]\nkind = \"rpc\"\nrpc = \"http://127.0.0.1:1\"\n\
         [channels.one]\nkind = \"telegram\"\nurl = \"{url}\"\ntoken = \"1:T\"\nchat = \"-5\"\n\
         [[subscribers]]\nowner = \"{OWNER}\"\nchannels = [\"one\"]\n"
    );
    let config = KeeperConfig::parse(&text).expect("a good configuration");
    Alerts::start(&config.subscribers, run::channels(&config).expect("good channels"))
}

fn obligation(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

fn notice(number: u8) -> Notice {
    Notice { slot: 9, obligation: obligation(number), owner: OWNER, line: HealthLine::Liquidated, health_bps: 9_950 }
}

/// Waits until the bot has refused five requests about an obligation; returns how long the first and the last are
/// apart.
async fn five_refusals(requests: &Requests, number: u8) -> Duration {
    let (start, name) = (Instant::now(), obligation(number).to_string());
    let mut first = None;
    loop {
        let refused = {
            let requests = requests.lock().expect("no test panics with it");
            requests.iter().filter(|(text, is_taken)| !is_taken && text.contains(&name)).count()
        };
        if refused > 0 {
            first.get_or_insert_with(Instant::now);
        }
        if refused == 5 {
            return first.expect("a first one").elapsed();
        }
        assert!(start.elapsed() < PATIENCE, "{refused} requests so far");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Today's behavior; a planned change turns it around. An alert has five tries, so it is lost before the minute is over.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_given_up_before_the_time_that_telegram_asks_for() {
    let (url, requests) = telegram(0).await;
    alerts_and_keep(&url, &[notice(2)], &requests, 2).await;
}

/// Today's behavior; a planned change turns it around. Of a burst above the limit, the rest is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_loses_alerts_above_the_limit() {
    let (url, requests) = telegram(2).await;
    alerts_and_keep(&url, &[notice(2), notice(3), notice(4)], &requests, 4).await;
    let requests = requests.lock().expect("no test panics with it");
    assert_eq!(requests.iter().filter(|(_, is_taken)| *is_taken).count(), 2);
}

async fn alerts_and_keep(url: &str, notices: &[Notice], requests: &Requests, last: u8) {
    let mut alerts = alerts(url);
    notices.iter().for_each(|notice| alerts.send(notice, Instant::now()));
    let took = five_refusals(requests, last).await;
    assert!(took < Duration::from_secs(RETRY_AFTER_SECS), "{took:?}");
}
