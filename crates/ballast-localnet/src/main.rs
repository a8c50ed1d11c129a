//! The command line of the localnet.

use anyhow::{Error, Result, anyhow};
use ballast_config::MarketFile;
use ballast_localnet::node::{Node, Ports};
use ballast_localnet::orders::Orders;
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
/// It runs until Ctrl-C or SIGTERM and begins anew every time, with the same addresses. The state folder holds
/// a keypair file per wallet and addresses.json, which is written when all is ready.
#[derive(Parser)]
#[command(bin_name = "cargo xtask localnet", version, max_term_width = 100, after_long_help = AFTER_HELP)]
struct Args {
    /// Where JSON-RPC listens
    #[arg(long, default_value_t = 8899)]
    port: u16,

    /// Where websockets listen
    #[arg(long, default_value_t = 8900)]
    ws_port: u16,

    /// Where the pools are served as by Jupiter's router
    #[arg(long, default_value_t = 8901)]
    swap_port: u16,

    /// Where keypairs and addresses.json go
    #[arg(long, value_name = "DIR", default_value_os_t = root().join("target/localnet"))]
    state: PathBuf,

    /// Replay recorded prices (see below) instead of a gentle walk
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,

    /// How many times as fast as they were recorded
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "prices", value_parser = speed)]
    speed: f64,

    /// Which walk
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "prices")]
    seed: u64,

    /// How many times as far as gently the walk goes
    #[arg(long, value_name = "N", default_value_t = 1.0, conflicts_with = "prices", value_parser = speed)]
    volatility: f64,

    /// So many borrowers of USDC against SOL, from daring to careful
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8))]
    crowd: u8,

    /// Without a market, and with another program in Ballast's place: what a deployment starts from
    #[arg(long, conflicts_with = "crowd")]
    empty: bool,

    /// Print addresses.json to standard output when ready, and nothing else
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Prices:
  FILE is a CSV in the order of time, with a header:

    time_secs,symbol,price,confidence
    0,SOL,150,0.03
    60,SOL,135.5,

  The first row is now. A price stands until the symbol's next row; an empty confidence is 2 bps of it.

  Rows appended to prices.csv of the state folder while it runs change prices as soon as they are there:

    echo SOL,120 >> target/localnet/prices.csv

  Two more columns, confidence and average, may follow; without them the average follows the price within
  an hour, as Pyth's does.

Exit status:
  0  stopped by Ctrl-C or SIGTERM
  1  could not start, or the node failed
  2  the command line, FILE or the market's file is at fault";

const INPUT_AT_FAULT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let (file, prices) = match read(&args) {
        Ok(input) => input,
        Err(error) => {
            report(&error);
            return ExitCode::from(INPUT_AT_FAULT);
        }
    };
    match run(&args, &file, prices) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
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
    let node = Node::start(ports)?;
    // Not earlier: where another runs, the ports are taken, and the folder is its.
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
    let mut orders = Orders::new(&folder)?;
    let addresses = Addresses::new(&folder, ports, &market, file);
    addresses.write(&folder)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&addresses)?)?;
    } else {
        write!(out, "{}", addresses.summary())?;
    }
    out.flush()?;
    eprintln!("ready after {:.1} s; Ctrl-C stops it; {} has it all", start.elapsed().as_secs_f64(), folder.display());
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
        _ => Err("a number from 0.001 to 1000000".to_owned()),
    }
}

/// What failed and why on one line, and what mends it below: the part of a message after "hint: ".
fn report(error: &Error) {
    let messages = error.chain().map(ToString::to_string).collect::<Vec<_>>();
    let parts = messages.iter().map(|message| message.split_once("\nhint: ").unwrap_or((message, "")));
    let (causes, hints): (Vec<_>, Vec<_>) = parts.unzip();
    eprintln!("error: {}", causes.join(": "));
    for hint in hints.iter().filter(|hint| !hint.is_empty()) {
        eprintln!("hint: {hint}");
    }
}
