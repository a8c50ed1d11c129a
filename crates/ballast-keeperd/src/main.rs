//! The command line of the keeper.

use ballast_keeperd::config::{KeeperConfig, LogFormat, LogSection};
use ballast_keeperd::recorded::replay;
use ballast_keeperd::run::{self, Mode};
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Watches a market of Ballast: flags obligations that cross a line, liquidates those below it, and sends
/// alerts.
#[derive(Parser)]
#[command(name = "ballast-keeper", version, max_term_width = 100, after_long_help = AFTER_HELP)]
struct Args {
    /// The configuration file; crates/ballast-keeperd/keeper.example.toml explains every key
    #[arg(long, global = true, value_name = "FILE", default_value = "keeper.toml")]
    config: PathBuf,

    /// The folder of the journal and the snapshot
    #[arg(long, global = true, value_name = "DIR", default_value = "keeper-state")]
    state: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Decides, signs and sends
    Run(Recording),
    /// Decides and signs, but sends nothing
    DryRun(Recording),
    /// Sends nothing, and reports at the end how its decisions compare with the liquidations on chain
    Shadow(Recording),
    /// Decides again what a recorded keeper decided, with the configured key, and prints a digest
    Replay {
        /// A file that --record has written
        file: PathBuf,
    },
    /// Checks the configuration
    CheckConfig,
}

#[derive(clap::Args)]
struct Recording {
    /// Write all events to a new file, for `replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
The environment overrides every key of the configuration: BALLAST_KEEPER_SOURCE__RPC is `rpc` in [source].
At the start the keeper prints one line of JSON: the address of metrics and health, and the key that pays.
At the end it prints another one with what it recorded, and one with the score of a shadow.

Exit status:
  0    stopped by Ctrl-C or SIGTERM, with nothing in flight or after [limits] stop_secs
  1    could not start, or the configuration is wrong
  2    the command line is wrong
  130  stopped immediately by a second signal";

fn main() -> ExitCode {
    let args = Args::parse();
    match act(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Returns an error as main prints it, with its hint on the next line.
fn act(args: &Args) -> Result<(), String> {
    let config = KeeperConfig::read(&args.config).map_err(|error| error.to_string())?;
    log(&config.log)?;
    let start = |mode, recording: &Recording| start(&config, mode, &args.state, recording.record.as_deref());
    match &args.command {
        Command::Run(recording) => start(Mode::Live, recording),
        Command::DryRun(recording) => start(Mode::DryRun, recording),
        Command::Shadow(recording) => start(Mode::Shadow, recording),
        Command::Replay { file } => {
            let key = run::keypair(&config.keypair).map_err(|error| error.to_string())?;
            let summary = replay(file, *key.secret_bytes()).map_err(|error| error.to_string())?;
            println!("{}", serde_json::json!({ "recorded": summary }));
            Ok(())
        }
        Command::CheckConfig => {
            run::keypair(&config.keypair).map_err(|error| error.to_string())?;
            run::channels(&config).map_err(|error| error.to_string())?;
            println!("{} is valid", args.config.display());
            Ok(())
        }
    }
}

fn start(config: &KeeperConfig, mode: Mode, state: &Path, record: Option<&Path>) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| format!("{error}\nhint: the system refuses threads; check its limits"))?;
    runtime.block_on(run::run(config, mode, state, record)).map_err(|error| error.to_string())
}

fn log(LogSection { format, filter }: &LogSection) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("[log] filter: {error}\nhint: write `info`, or `warn,ballast_keeperd=debug`"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let logs = logs.with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Json => logs.json().init(),
        LogFormat::Human => logs.init(),
    }
    Ok(())
}
