//! The command line of the localnet.

use anyhow::{Result, anyhow};
use ballast_config::MarketFile;
use ballast_localnet::node::{LocalNode, Ports};
use ballast_localnet::orders::PriceOrders;
use ballast_localnet::prices::Prices;
use ballast_localnet::state::Addresses;
use ballast_localnet::{crowd, genesis, instructions, listing, publish, router, state};
use clap::Parser;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// A Solana node on this machine, with Ballast deployed, the market of migrations/config/localnet.toml
/// listed, Pyth prices that move every second, and wallets with SOL and tokens.
///
/// It runs until Ctrl-C or SIGTERM. Every run starts from scratch, with the same addresses. The state folder holds
/// a keypair file per wallet, and addresses.json, which the localnet writes when everything is ready.
#[derive(Parser)]
#[command(bin_name = "cargo xtask localnet", version, max_term_width = 100, after_long_help = AFTER_HELP)]
struct Args {
    /// Port of JSON-RPC
    #[arg(long, env = "BALLAST_LOCALNET_PORT", default_value_t = 8899)]
    port: u16,

    /// Port of websockets
    #[arg(long, env = "BALLAST_LOCALNET_WS_PORT", default_value_t = 8900)]
    ws_port: u16,

    /// Port of the router, which serves the pools as Jupiter's does
    #[arg(long, env = "BALLAST_LOCALNET_SWAP_PORT", default_value_t = 8901)]
    swap_port: u16,

    /// Folder for keypairs and addresses.json
    #[arg(long, value_name = "DIR", env = "BALLAST_LOCALNET_STATE", default_value_os_t = root().join("target/localnet"))]
    state: PathBuf,

    /// Replay recorded prices (see below) instead of a gentle random walk
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// Replay N times as fast as recorded
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "prices", value_parser = speed)]
    speed: f64,

    /// Seed of the random walk
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "prices")]
    seed: u64,

    /// Multiply every step of the random walk by N
    #[arg(long, value_name = "N", default_value_t = 1.0, conflicts_with = "prices", value_parser = speed)]
    volatility: f64,

    /// Open N obligations that owe USDC against SOL, from risky to careful
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8))]
    crowd: u8,

    /// Create no market and put another program at Ballast's address: what a deployment starts from
    #[arg(long, conflicts_with = "crowd")]
    empty: bool,

    /// When ready, print addresses.json to standard output and nothing else
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Prices:
  FILE is a CSV in order of time, with a header. Times are in seconds:

    time,symbol,price,confidence
    0,SOL,150,0.03
    60,SOL,135.5,

  The first row is the start. A price stands until the symbol's next row. An empty confidence is 2 bps of it.

  To set a price while the localnet runs, append a row to prices.csv in the state folder:

    echo SOL,120 >> target/localnet/prices.csv

  The row may go on with confidence and average. Without them the average follows the price within an hour,
  as Pyth's average does.

Exit status:
  0  stopped by Ctrl-C or SIGTERM
  1  the localnet could not start, or the node failed
  2  the command line, FILE or the market's file is wrong";

const INPUT_AT_FAULT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let (file, prices) = match read(&args) {
        Ok(input) => input,
        Err(error) => {
            // A message that ends with a hint is the last of the chain, so the hint stands on the last line.
            eprintln!("error: {error:#}");
            return ExitCode::from(INPUT_AT_FAULT);
        }
    };
    match run(&args, &file, prices) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn read(args: &Args) -> Result<(MarketFile, Prices)> {
    let file = MarketFile::read(&root().join("migrations/config/localnet.toml"))
        .map_err(|error| anyhow!("{error}\nhint: {}", error.hint()))?;
    let symbols: Vec<_> = file.reserves.iter().map(|reserve| reserve.symbol.as_str()).collect();
    let prices = match &args.prices {
        Some(path) => Prices::recorded(&symbols, path, args.speed)?,
        None => Prices::walk(&symbols, args.seed, args.volatility)?,
    };
    Ok((file, prices))
}

fn run(args: &Args, file: &MarketFile, mut prices: Prices) -> Result<()> {
    let start = Instant::now();
    let stopped = publish::stopped()?;
    let ports = Ports { rpc: args.port, websocket: args.ws_port, swap: args.swap_port };
    let market = instructions::market(file);

    eprintln!("starting the node");
    let node = LocalNode::start(ports)?;
    // After the node has its ports: if another localnet holds them, the folder belongs to that one.
    let folder = state::prepare(&args.state)?;
    eprintln!("deploying the program, funding wallets");
    let program = if args.empty { instructions::swap_program_path() } else { instructions::program_path() };
    genesis::write(&node, &market, &prices, &program)?;
    if !args.empty {
        eprintln!("listing the market");
        listing::list(&node, &market, file)?;
        listing::supply(&node, &market, &prices)?;
        crowd::gather(&node, &market, file, &prices, args.crowd.into())?;
    }

    router::serve(&node, &market, ports.swap)?;
    let mut orders = PriceOrders::new(&folder)?;
    let addresses = Addresses::new(&folder, ports, &market, file);
    addresses.write(&folder)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&addresses)?)?;
    } else {
        write!(out, "{}", addresses.summary())?;
    }
    out.flush()?;
    eprintln!(
        "ready after {:.1} s; Ctrl-C stops it; {} lists every address",
        start.elapsed().as_secs_f64(),
        folder.display()
    );
    publish::run(&node, &market, &mut prices, &mut orders, &stopped)?;
    eprintln!("stopping");
    Ok(())
}

/// The checkout that this was compiled from.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.001..=1e6).contains(&speed) => Ok(speed),
        _ => Err("not a number from 0.001 to 1000000".to_owned()),
    }
}
