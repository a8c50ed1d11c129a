//! Runs the binary as a person does, and looks at it only through its ports and its folder.

use anyhow::{Context, Result, ensure};
use ballast::state::Obligation;
use ballast_client::accounts::ProgramAccount;
use ballast_config::MarketFile;
use ballast_localnet::instructions;
use ballast_localnet::keys::key;
use ballast_testkit::ports::free_ports;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite;

/// How long the localnet may take for one step, which on an idle machine takes a second.
const PATIENCE: Duration = Duration::from_secs(120);
const SOL: usize = 0;

struct Localnet {
    child: Child,
    ports: [u16; 3],
    addresses: Value,
    folder: TempDir,
}

fn command(ports: [u16; 3], folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast-localnet"));
    let [rpc, websocket, swap] = ports.map(|port| port.to_string());
    command
        .args(["--json", "--crowd", "3", "--port", &rpc, "--ws-port", &websocket, "--swap-port", &swap, "--state"])
        .arg(folder.path());
    command
}

impl Localnet {
    fn start() -> Result<Self> {
        let ports = free_ports();
        let folder = TempDir::new()?;
        let mut child = command(ports, &folder).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("piped")?).read_line(&mut line)?;
        let addresses: Value =
            serde_json::from_str(&line).context("the localnet did not start; its errors are above")?;
        let written = std::fs::read_to_string(folder.path().join("addresses.json"))?;
        ensure!(serde_json::from_str::<Value>(&written)? == addresses, "addresses.json differs from the output");
        Ok(Self { child, ports, addresses, folder })
    }

    fn text(&self, pointer: &str) -> &str {
        self.addresses.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    }

    async fn rpc(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = reqwest::Client::new().post(self.text("/rpc_url")).json(&body);
        let mut answer: Value = request.send().await?.json().await?;
        ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    async fn account(&self, address: &str) -> Result<Value> {
        let mut answer = self.rpc("getAccountInfo", json!([address, { "encoding": "base64" }])).await?;
        Ok(answer["value"].take())
    }

    /// Asks it to stop, as a closed terminal or a service manager does.
    async fn terminate(mut self) -> Result<(ExitStatus, [u16; 3])> {
        ensure!(Command::new("kill").arg(self.child.id().to_string()).status()?.success(), "kill");
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, self.ports));
            }
            ensure!(start.elapsed() < PATIENCE, "the localnet does not stop");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Localnet {
    /// A failed test must not leave a process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_market_is_served_with_moving_prices_and_stops_cleanly() -> Result<()> {
    let localnet = Localnet::start()?;
    assert_eq!(localnet.rpc("getHealth", json!([])).await?, "ok");
    every_account_exists(&localnet).await?;
    every_obligation_exists(&localnet).await?;
    the_price_moves(&localnet).await?;
    subscribers_receive_prices(&localnet).await?;
    a_price_order_is_obeyed(&localnet).await?;
    the_router_finds_a_pool(&localnet).await?;
    a_wallet_deposits(&localnet).await?;
    a_second_localnet_is_refused(&localnet)?;

    let (status, ports) = localnet.terminate().await?;
    assert_eq!(status.code(), Some(0));
    for port in ports {
        TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port} is still taken"))?;
    }
    Ok(())
}

async fn every_account_exists(localnet: &Localnet) -> Result<()> {
    let program = localnet.text("/program");
    assert_eq!(localnet.account(program).await?["executable"], true);
    assert_eq!(localnet.account(localnet.text("/config")).await?["owner"], program);
    let reserves = localnet.addresses["reserves"].as_array().context("reserves")?;
    assert_eq!(reserves.len(), 4);
    for reserve in reserves {
        assert_eq!(localnet.account(reserve["reserve"].as_str().context("reserve")?).await?["owner"], program);
        let supplied = localnet.rpc("getTokenAccountBalance", json!([reserve["vault"]])).await?;
        assert_ne!(supplied["value"]["amount"], "0", "{reserve}: the lender has supplied nothing");
    }
    for wallet in localnet.addresses["wallets"].as_array().context("wallets")? {
        assert!(std::fs::exists(wallet["keypair"].as_str().context("keypair")?)?);
    }
    Ok(())
}

/// The lender has one, and three people of the crowd.
async fn every_obligation_exists(localnet: &Localnet) -> Result<()> {
    let filters = json!([{ "dataSize": Obligation::LEN }]);
    let params = json!([localnet.text("/program"), { "encoding": "base64", "filters": filters }]);
    let obligations = localnet.rpc("getProgramAccounts", params).await?;
    assert_eq!(obligations.as_array().context("obligations")?.len(), 4);
    Ok(())
}

async fn the_price_moves(localnet: &Localnet) -> Result<()> {
    let price = localnet.text("/reserves/0/price");
    let before = localnet.account(price).await?;
    let slot = localnet.rpc("getSlot", json!([])).await?.as_u64();
    let moved = async {
        while localnet.account(price).await?["data"] == before["data"] {
            sleep(Duration::from_millis(100)).await;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, moved).await.context("the price does not move")??;
    timeout(PATIENCE, async {
        while localnet.rpc("getSlot", json!([])).await?.as_u64() <= slot {
            sleep(Duration::from_millis(100)).await;
        }
        anyhow::Ok(())
    })
    .await
    .context("no slot passes")?
}

async fn subscribers_receive_prices(localnet: &Localnet) -> Result<()> {
    let (mut socket, _) = tokio_tungstenite::connect_async(localnet.text("/ws_url")).await?;
    let params = json!([localnet.text("/reserves/0/price"), { "encoding": "base64", "commitment": "processed" }]);
    let subscribe = json!({ "jsonrpc": "2.0", "id": 1, "method": "accountSubscribe", "params": params });
    socket.send(tungstenite::Message::text(subscribe.to_string())).await?;
    let heard = async {
        let mut prices = Vec::new();
        while prices.len() < 2 {
            let message = socket.next().await.context("closed")??;
            let message: Value = serde_json::from_str(message.to_text()?)?;
            if message["method"] == "accountNotification" {
                prices.push(message["params"]["result"]["value"]["data"][0].clone());
            }
        }
        anyhow::Ok(prices)
    };
    let prices = timeout(PATIENCE, heard).await.context("no notification arrives")??;
    assert_ne!(prices[0], prices[1]);
    Ok(())
}

/// Changes the oracle's account, and the pool that gives USDC for SOL.
async fn a_price_order_is_obeyed(localnet: &Localnet) -> Result<()> {
    let mut orders = File::options().append(true).open(localnet.folder.path().join("prices.csv"))?;
    writeln!(orders, "SOL,100,0.01,110")?;
    let pool = localnet.addresses["swaps"].as_array().context("swaps")?;
    let pool = pool.iter().find(|pool| pool["from"] == "SOL" && pool["to"] == "USDC").context("a pool")?;
    let words = |account: &Value| {
        let data = BASE64_STANDARD.decode(account["data"][0].as_str().context("data")?)?;
        anyhow::Ok(
            data.chunks_exact(8).filter_map(|word| Some(u64::from_le_bytes(word.try_into().ok()?))).collect::<Vec<_>>(),
        )
    };
    let sold = async {
        loop {
            let rate = words(&localnet.account(pool["price"].as_str().context("price")?).await?)?;
            let dollars = rate[0] as f64 / 1e6 / (rate[1] as f64 / 1e9);
            if (99.0..100.0).contains(&dollars) {
                return anyhow::Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, sold).await.context("the pool keeps its old price")??;
    let price = localnet.account(localnet.text("/reserves/0/price")).await?;
    let data = BASE64_STANDARD.decode(price["data"][0].as_str().context("data")?)?;
    let spot = i64::from_le_bytes(data[73..81].try_into()?);
    assert!((9_900_000_000..10_100_000_000).contains(&spot), "{spot}");
    Ok(())
}

/// Asks for one SOL at the price that was ordered, and for the instruction that sells it.
async fn the_router_finds_a_pool(localnet: &Localnet) -> Result<()> {
    let (http, url) = (reqwest::Client::new(), localnet.text("/swap_url"));
    let mint = |index: usize| localnet.text(&format!("/reserves/{index}/mint"));
    let asked = format!("{url}/quote?inputMint={}&outputMint={}&amount=1000000000&slippageBps=100", mint(0), mint(1));
    let quote: Value = http.get(asked).send().await?.error_for_status()?.json().await?;
    let amount = |key: &str| quote[key].as_str().and_then(|amount| amount.parse::<u64>().ok());
    let [out, least] = [amount("outAmount").context("out")?, amount("otherAmountThreshold").context("least")?];
    assert!((98_000_000..101_000_000).contains(&out) && least == out * 99 / 100, "{quote}");

    let trader = key("liquidator").pubkey().to_string();
    let body = json!({ "quoteResponse": quote, "userPublicKey": trader });
    let answer = http.post(format!("{url}/swap-instructions")).json(&body).send().await?;
    let answer: Value = answer.error_for_status()?.json().await?;
    let swap = &answer["swapInstruction"];
    assert_eq!(swap["programId"], localnet.text("/swap_program"));
    assert_eq!(swap["accounts"][0], json!({ "pubkey": trader, "isSigner": true, "isWritable": false }));

    let unknown = http.get(format!("{url}/quote?inputMint={trader}&outputMint={trader}&amount=1")).send().await?;
    assert_eq!(unknown.status(), 400);
    Ok(())
}

async fn a_wallet_deposits(localnet: &Localnet) -> Result<()> {
    let file = MarketFile::parse(include_str!("../../../migrations/config/localnet.toml"))?;
    let (market, alice) = (instructions::market(&file), key("alice"));
    let wallets = localnet.addresses["wallets"].as_array().context("wallets")?;
    let wallet = wallets.iter().find(|wallet| wallet["name"] == "alice").context("alice")?;
    let tokens = wallet["token_accounts"]["SOL"].as_str().context("tokens")?;
    let balance = || async {
        let answer = localnet.rpc("getTokenAccountBalance", json!([tokens])).await?;
        anyhow::Ok(answer["value"]["amount"].as_str().context("amount")?.parse::<u64>()?)
    };
    let before = balance().await?;

    let sent = [
        instructions::obligation_open(&market, &alice),
        instructions::deposit(&market, &alice, SOL, tokens.parse()?, 1_000_000_000),
    ];
    let latest = localnet.rpc("getLatestBlockhash", json!([])).await?;
    let blockhash = latest["value"]["blockhash"].as_str().context("blockhash")?.parse()?;
    let message = Message::new_with_blockhash(&sent, Some(&alice.pubkey()), &blockhash);
    let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&alice])?;
    let bytes = BASE64_STANDARD.encode(bincode::serialize(&transaction)?);
    let signature = localnet.rpc("sendTransaction", json!([bytes, { "encoding": "base64" }])).await?;
    let confirmed = async {
        loop {
            let status = localnet.rpc("getSignatureStatuses", json!([[signature]])).await?["value"][0].take();
            ensure!(status["err"].is_null(), "refused: {status}");
            if status["confirmationStatus"] == "confirmed" || status["confirmationStatus"] == "finalized" {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, confirmed).await.context("the transaction is not confirmed")??;
    assert_eq!(balance().await?, before - 1_000_000_000);
    Ok(())
}

fn a_second_localnet_is_refused(localnet: &Localnet) -> Result<()> {
    let output = command(localnet.ports, &TempDir::new()?).output()?;
    let errors = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&format!("port {} is taken", localnet.ports[0])) && errors.contains("hint: "), "{errors}");
    Ok(())
}
