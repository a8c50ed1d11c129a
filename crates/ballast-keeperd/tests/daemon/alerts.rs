//! Every channel delivers to a server on this machine.

use crate::node::listener;
use anchor_lang::prelude::Address;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use ballast_keeper::event::{HealthLine, Notice};
use ballast_keeperd::alerts::{Alerts, Channel};
use ballast_keeperd::config::KeeperConfig;
use ballast_keeperd::run;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
const OWNER: Address = Address::new_from_array([1; 32]);
const OBLIGATION: Address = Address::new_from_array([2; 32]);

struct Request {
    path: String,
    signature: Option<String>,
    body: Vec<u8>,
}

impl Request {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Answers with these, then with 200.
async fn server(answers: Vec<u16>) -> (String, mpsc::UnboundedReceiver<Request>) {
    let listener = listener().await;
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let (sender, requests) = mpsc::unbounded_channel();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let router = axum::Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let signature = headers.get("x-ballast-signature").map(|value| value.to_str().expect("text").to_owned());
        let _ = sender.send(Request { path: uri.path().to_owned(), signature, body: body.to_vec() });
        let status = answers.lock().expect("no test panics with it").next().unwrap_or(200);
        StatusCode::from_u16(status).expect("a status")
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, requests)
}

/// Takes one mail per connection, with as much of SMTP as that needs.
async fn mail_server() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = listener().await;
    let url = format!("smtp://{}", listener.local_addr().expect("bound"));
    let (sender, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(mail(stream).await) });
        }
    });
    (url, mails)
}

async fn mail(mut stream: TcpStream) -> String {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let mut mail = String::new();
    let mut is_data = false;
    writer.write_all(b"220 here\r\n").await.expect("a client");
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.as_str() {
            "." => {
                is_data = false;
                "250 taken\r\n"
            }
            _ if is_data => {
                mail.push_str(&line);
                mail.push('\n');
                continue;
            }
            "DATA" => {
                is_data = true;
                "354 go on\r\n"
            }
            "QUIT" => break,
            _ => "250 ok\r\n",
        };
        writer.write_all(answer.as_bytes()).await.expect("a client");
    }
    mail
}

/// One channel named `one`, and a subscriber of OWNER with these keys.
fn alerts(channel: &str, keys: &str) -> Alerts {
    let owner = bs58::encode(OWNER).into_string();
    let text = format!(
        "keypair = \"key.json\"\n[engine]\nmarket = \"{owner}\"\n[source]\nkind = \"rpc\"\nrpc = \"http://127.0.0.1:1\"\n\
         [channels.one]\n{channel}\n[[subscribers]]\nowner = \"{owner}\"\nchannels = [\"one\"]\n{keys}\n"
    );
    let config = KeeperConfig::parse(&text).expect("a good configuration");
    assert_eq!(config.engine.watch, [owner], "the engine looks out for subscribers");
    Alerts::start(&config.subscribers, run::channels(&config).expect("good channels"))
}

fn notice(line: HealthLine) -> Notice {
    Notice { slot: 9, obligation: OBLIGATION, owner: OWNER, line, health_bps: 9_950 }
}

async fn next<T>(queue: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(PATIENCE, queue.recv()).await.expect("delivered").expect("a server")
}

#[tokio::test]
async fn a_webhook_gets_the_message_signed() {
    let (url, mut requests) = server(vec![503, 429]).await;
    let channel = format!("kind = \"webhook\"\nurl = \"{url}/alerts\"\nhmac_secret = \"s3cret\"");
    let mut alerts = alerts(&channel, "");
    alerts.send(&notice(HealthLine::Call), Instant::now());
    for _ in 0..2 {
        next(&mut requests).await;
    }
    let request = next(&mut requests).await;
    let message = request.json();
    assert_eq!(
        (request.path.as_str(), &message["line"], &message["health_bps"]),
        ("/alerts", &"call".into(), &9_950.into())
    );
    assert!(
        message["text"]
            .as_str()
            .is_some_and(|text| text.contains("health 0.9950") && text.contains("Repay or add collateral"))
    );
    let secret = serde_json::from_str("\"s3cret\"").expect("text");
    assert_eq!(request.signature, Some(ballast_keeperd::alerts::webhook::signature(&secret, &request.body)));
}

#[tokio::test]
async fn telegram_and_discord_get_the_text() {
    let (url, mut requests) = server(Vec::new()).await;
    let channel = format!("kind = \"telegram\"\nurl = \"{url}\"\ntoken = \"1:T\"\nchat = \"-5\"");
    alerts(&channel, "").send(&notice(HealthLine::Liquidated), Instant::now());
    let request = next(&mut requests).await;
    assert_eq!((request.path.as_str(), &request.json()["chat_id"]), ("/bot1:T/sendMessage", &"-5".into()));
    assert!(request.json()["text"].as_str().is_some_and(|text| text.contains("has been liquidated")));

    let channel = format!("kind = \"discord\"\nurl = \"{url}/api/webhooks/1/x\"");
    alerts(&channel, "").send(&notice(HealthLine::Warning), Instant::now());
    let request = next(&mut requests).await;
    assert_eq!(request.path, "/api/webhooks/1/x");
    assert!(request.json()["content"].as_str().is_some_and(|text| text.contains("below its warning line")));
}

#[tokio::test]
async fn an_e_mail_arrives() {
    let (url, mut mails) = mail_server().await;
    let channel =
        format!("kind = \"email\"\nurl = \"{url}\"\nfrom = \"Keeper <keeper@a.example>\"\nto = \"me@b.example\"");
    let mut alerts = alerts(&channel, "");
    alerts.send(&notice(HealthLine::Liquidatable), Instant::now());
    // Long lines are broken with a `=`.
    let mail = next(&mut mails).await.replace("=\n", "");
    assert!(mail.contains("To: me@b.example") && mail.contains("Subject: Ballast: liquidatable"), "{mail}");
    assert!(mail.contains("can be liquidated now"), "{mail}");
}

#[tokio::test]
async fn lines_cooldowns_and_own_thresholds_decide_what_is_sent() {
    let (url, mut requests) = server(Vec::new()).await;
    let channel = format!("kind = \"webhook\"\nurl = \"{url}\"");
    let keys = "lines = [\"Call\", \"Liquidated\"]\nbelow_bps = 12000\nhysteresis_bps = 100\ncooldown_secs = 600";
    let mut alerts = alerts(&channel, keys);
    let start = Instant::now();
    let later = start + Duration::from_secs(600);
    alerts.send(&notice(HealthLine::Warning), start);
    alerts.send(&Notice { owner: [9; 32].into(), ..notice(HealthLine::Call) }, start);
    alerts.send(&notice(HealthLine::Call), start);
    alerts.send(&notice(HealthLine::Call), start + Duration::from_secs(599));
    alerts.send(&notice(HealthLine::Liquidated), start);
    alerts.send(&notice(HealthLine::Liquidated), start);
    alerts.send(&notice(HealthLine::Call), later);
    let of_owner = |owner: &Address| if *owner == OWNER { vec![OBLIGATION] } else { Vec::new() };
    for health in [13_000, 11_999, 12_050, 11_000, 12_100] {
        alerts.compare((10, later), of_owner, |_| Some(health));
    }
    let mut lines = Vec::new();
    for _ in 0..6 {
        lines.push(next(&mut requests).await.json()["line"].as_str().expect("text").to_owned());
    }
    assert_eq!(lines, ["call", "liquidated", "liquidated", "call", "warning", "recovered"]);
    assert!(timeout(Duration::from_millis(200), requests.recv()).await.is_err());
}

#[tokio::test]
async fn a_fall_after_a_recovery_is_sent_immediately() {
    let (url, mut requests) = server(Vec::new()).await;
    let mut alerts = alerts(&format!("kind = \"webhook\"\nurl = \"{url}\""), "");
    let now = Instant::now();
    // Health oscillates. The last alert is the current state, or a worse one.
    let lines = [
        HealthLine::Warning,
        HealthLine::Recovered,
        HealthLine::Warning,
        HealthLine::Recovered,
        HealthLine::Warning,
        HealthLine::Recovered,
    ];
    lines.into_iter().for_each(|line| alerts.send(&notice(line), now));
    let mut lines = Vec::new();
    for _ in 0..3 {
        lines.push(next(&mut requests).await.json()["line"].as_str().expect("text").to_owned());
    }
    assert_eq!(lines, ["warning", "recovered", "warning"]);
    assert!(timeout(Duration::from_millis(200), requests.recv()).await.is_err());
}

#[tokio::test]
async fn an_own_line_silences_no_line_of_the_protocol() {
    let (url, mut requests) = server(Vec::new()).await;
    let mut alerts = alerts(&format!("kind = \"webhook\"\nurl = \"{url}\""), "below_bps = 12000");
    let now = Instant::now();
    alerts.compare((10, now), |_| vec![OBLIGATION], |_| Some(11_999));
    alerts.send(&notice(HealthLine::Warning), now);
    let own = next(&mut requests).await.json()["text"].as_str().expect("text").to_owned();
    assert!(own.contains("below your line"), "{own}");
    let line = next(&mut requests).await.json()["text"].as_str().expect("text").to_owned();
    assert!(line.contains("below its warning line"), "{line}");
}

struct Dead;

#[async_trait::async_trait]
impl Channel for Dead {
    async fn deliver(
        &self,
        _: &ballast_keeperd::alerts::Message,
    ) -> Result<(), ballast_keeperd::alerts::DeliveryFailure> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_dead_channel_delays_no_other() {
    let config = KeeperConfig::parse(&format!(
        "keypair = \"k\"\n[engine]\nmarket = \"{0}\"\n[source]\nkind = \"rpc\"\nrpc = \"http://127.0.0.1:1\"\n\
         [channels.one]\nkind = \"discord\"\nurl = \"http://127.0.0.1:1\"\n\
         [[subscribers]]\nowner = \"{0}\"\nchannels = [\"one\"]\ncooldown_secs = 0\n",
        bs58::encode(OWNER).into_string()
    ));
    let dead: BTreeMap<String, Box<dyn Channel>> = BTreeMap::from([("one".to_owned(), Box::new(Dead) as _)]);
    let mut alerts = Alerts::start(&config.expect("good").subscribers, dead);
    let start = Instant::now();
    for _ in 0..10_000 {
        alerts.send(&notice(HealthLine::Call), start);
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_lasting_failure_is_not_tried_again() {
    let (url, mut requests) = server(vec![401; 10]).await;
    let mut alerts = alerts(&format!("kind = \"webhook\"\nurl = \"{url}\""), "");
    alerts.send(&notice(HealthLine::Call), Instant::now());
    next(&mut requests).await;
    assert!(timeout(Duration::from_secs(2), requests.recv()).await.is_err());
}
