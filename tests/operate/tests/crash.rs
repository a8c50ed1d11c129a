//! A market from its listing through a crash, by the binaries alone: the command line lists it, people borrow, the
//! price falls, and the keeper warns, calls and liquidates. The test kills the keeper in between and starts it again:
//! it loses nothing and sends nothing twice.

use anyhow::{Context, Result, ensure};
use ballast_client::Snapshot;
use ballast_client::snapshot::PricedReserve;
use operate_tests::stage::{Stage, text};
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_client::RpcClient;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The longest time between two steps of the market. On an idle machine the longest is the cure window, of a few
/// seconds.
const PATIENCE: Duration = Duration::from_secs(240);
const SOL: &str = "SOL";
/// USDC and SOL as the localnet lists them.
const USDC: usize = 1;

#[test]
fn a_market_is_listed_borrowed_from_and_kept_solvent_through_a_crash() -> Result<()> {
    let mut stage = Stage::set("crash", &[])?;
    list(&mut stage)?;
    borrow(&stage)?;
    let alerts = Alerts::listen()?;
    let config = configure(&stage, alerts.port)?;
    let keeper = stage.keeper(&config, "keeper-1.log")?;

    // The collateral is worth 150 USD, the debt 100, and the threshold is 80 %: health 1.2, and 1.04 at 130.
    stage.set_price(SOL, 130.0)?;
    alerts.wait_for("warning")?;
    wait(&stage, "a warning on the chain", |stage| Ok(events(stage, "HealthWarned")? == 1))?;
    // Health 0.99: in the soft zone, where the owner has a cure window.
    stage.set_price(SOL, 124.0)?;
    alerts.wait_for("call")?;
    // Not the event: when that is final, the cure window is over.
    wait(&stage, "a margin call on the chain", |stage| Ok(!shown(stage)?["called_slots_ago"].is_null()))?;

    // The cure window is open, or the liquidation is in flight.
    keeper.signal("KILL")?;
    drop(keeper);
    let keeper = stage.keeper(&config, "keeper-2.log")?;
    wait(&stage, "the liquidation", |stage| Ok(unhealthy(stage)? == 0 && events(stage, "Liquidated")? > 0))?;
    alerts.wait_for("liquidated")?;
    // A second transaction, if the keeper sent one, has time to land.
    std::thread::sleep(Duration::from_secs(5));
    nothing_is_sent_twice(&stage)?;
    the_books_balance(&stage)?;
    ensure!(keeper.stop()? == Some(0), "the keeper does not exit with status 0");
    Ok(())
}

/// Lists the market of the reviewed file with another creator, beside the localnet's market.
fn list(stage: &mut Stage) -> Result<()> {
    let reviewed = std::fs::read_to_string(operate_tests::root().join("migrations/config/localnet.toml"))?;
    let address = |name: &str| text(wallet(stage, name)?, "/address");
    let ours = reviewed.replace(address("authority")?, address("issuer")?);
    ensure!(ours != reviewed, "the file does not name the authority");
    std::fs::write(stage.path("market.toml"), ours)?;
    let (file, key) = (stage.path("market.toml").display().to_string(), stage.key("issuer"));
    let opened = stage.ballast(&format!("config init --file {file} --keypair {key} --yes"))?;
    let applied = stage.ballast(&format!("config apply --file {file} --keypair {key} --yes"))?;
    ensure!(applied.pointer("/left/steps").and_then(Value::as_array).is_some_and(Vec::is_empty), "{applied}");
    stage.market = text(&opened, "/left/market")?.to_owned();
    Ok(())
}

/// Bob supplies USDC. Alice borrows 100 USDC for each SOL, which is worth 150.
fn borrow(stage: &Stage) -> Result<()> {
    let usdc = stage.text(&format!("/reserves/{USDC}/mint"))?;
    let [alice, bob] = ["alice", "bob"].map(|name| stage.key(name));
    stage.set_price(SOL, 150.0)?;
    stage.ballast(&format!("deposit 500000 {usdc} --keypair {bob}"))?;
    stage.ballast(&format!("deposit 100 SOL --keypair {alice}"))?;
    stage.ballast(&format!("borrow 10000 {usdc} --keypair {alice}"))?;
    Ok(())
}

fn configure(stage: &Stage, alerts: u16) -> Result<PathBuf> {
    let (alice, market) = (text(wallet(stage, "alice")?, "/address")?, &stage.market);
    let [rpc, websocket] = [stage.text("/rpc_url")?, stage.text("/ws_url")?];
    let text = format!(
        r#"
keypair = "{}"

[engine]
market = "{market}"

[source]
kind = "websocket"
rpc = "{rpc}"
websocket = "{websocket}"

[http]
listen = "127.0.0.1:0"

[log]
format = "json"

[channels.hook]
kind = "webhook"
url = "http://127.0.0.1:{alerts}/"

[[subscribers]]
owner = "{alice}"
channels = ["hook"]
lines = ["Warning", "Call", "Liquidatable", "Liquidated"]
"#,
        stage.key("liquidator")
    );
    let path = stage.path("keeper.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// Alice's obligation.
fn shown(stage: &Stage) -> Result<Value> {
    stage.ballast(&format!("obligation show --keypair {}", stage.key("alice")))
}

fn wait(stage: &Stage, what: &str, done: impl Fn(&Stage) -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !done(stage)? {
        ensure!(start.elapsed() < PATIENCE, "timed out waiting for {what}; the logs are in {}", stage.folder.display());
        std::thread::sleep(Duration::from_millis(400));
    }
    Ok(())
}

fn unhealthy(stage: &Stage) -> Result<usize> {
    Ok(stage.ballast("obligation list --unhealthy")?.as_array().context("a list")?.len())
}

/// The final events of Alice's obligation.
fn report(stage: &Stage) -> Result<Value> {
    stage.ballast(&format!("report --account {}", text(&shown(stage)?, "/obligation")?))
}

/// The number of final events of a kind.
fn events(stage: &Stage, kind: &str) -> Result<usize> {
    let report = report(stage)?;
    let events = report["events"].as_array().context("events")?;
    Ok(events.iter().filter(|event| event["event"] == kind).count())
}

/// One liquidation restores the target health, so the program would refuse a second transaction of either keeper, and
/// the test sees that.
fn nothing_is_sent_twice(stage: &Stage) -> Result<()> {
    wait(stage, "finality", |stage| Ok(report(stage)?["not_final"].as_array().context("a list")?.is_empty()))?;
    for kind in ["HealthWarned", "MarginCalled", "Liquidated"] {
        ensure!(events(stage, kind)? == 1, "{kind} happened {} times", events(stage, kind)?);
    }
    let liquidator = text(wallet(stage, "liquidator")?, "/address")?.parse()?;
    let sent = node(stage)?.get_signatures_for_address(&liquidator)?;
    let failed = sent.iter().filter(|transaction| transaction.err.is_some()).collect::<Vec<_>>();
    ensure!(failed.is_empty(), "transactions of the keeper were refused: {failed:?}");
    Ok(())
}

/// Every vault holds its reserve's cash, every reserve is solvent, and its shares are the sum of the obligations'
/// shares.
fn the_books_balance(stage: &Stage) -> Result<()> {
    let node = node(stage)?;
    let market = Snapshot::read(&node, &stage.market.parse()?)?;
    let obligations = market.obligations(&node)?;
    for PricedReserve { reserve, .. } in &market.reserves {
        let ledger = &reserve.state.pool.ledger;
        let held = node.get_token_account_balance(&reserve.state.vault)?.amount.parse::<u64>()?;
        ensure!(held == ledger.cash_atoms, "the vault of {} holds {held}, not {}", reserve.address, ledger.cash_atoms);
        ensure!(ledger.invariant().is_ok(), "{} is not solvent", reserve.address);
        let positions = obligations.iter().map(|obligation| &obligation.state.positions);
        let (supplied, owed) = positions.fold((0, 0), |(supplied, owed), positions| {
            let id = &reserve.state.pool.id;
            (supplied + positions.collateral(id).0, owed + positions.debt(id).0)
        });
        ensure!((supplied, owed) == (ledger.supply_shares, ledger.debt_shares.get()), "shares of {}", reserve.address);
    }
    Ok(())
}

fn node(stage: &Stage) -> Result<RpcClient> {
    Ok(RpcClient::new_with_commitment(stage.text("/rpc_url")?.to_owned(), CommitmentConfig::confirmed()))
}

fn wallet<'a>(stage: &'a Stage, name: &str) -> Result<&'a Value> {
    let wallets = stage.addresses["wallets"].as_array().context("wallets")?;
    wallets.iter().find(|wallet| wallet["name"] == name).with_context(|| name.to_owned())
}

/// The lines that a webhook has received.
struct Alerts {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Alerts {
    fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, received) = (listener.local_addr()?.port(), Arc::new(Mutex::new(Vec::new())));
        let heard = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Ok(message) = answer(stream) {
                    heard
                        .lock()
                        .expect("no thread panics")
                        .push(message["line"].as_str().unwrap_or_default().to_owned());
                }
            }
        });
        Ok(Self { port, received })
    }

    fn wait_for(&self, line: &str) -> Result<()> {
        let start = Instant::now();
        while !self.received.lock().expect("no thread panics").iter().any(|received| received == line) {
            ensure!(start.elapsed() < PATIENCE, "no alert of {line:?}, only {:?}", self.received.lock());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

/// One request with a body of JSON.
fn answer(stream: TcpStream) -> Result<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        {
            length = value.trim().parse().with_context(|| name.to_owned())?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.into_inner().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok(serde_json::from_slice(&body)?)
}
