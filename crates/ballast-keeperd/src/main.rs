//! The command line of the keeper.

use ballast_keeperd::config::{KeeperConfig, LogFormat, LogSection};
use ballast_keeperd::recorded::replay;
use ballast_keeperd::run::{self, Mode};
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Watches a market of Ballast: flags who crosses a line, liquidates who may be liquidated, and tells who
/// wants to know.
#[derive(Parser)]
#[command(name = "ballast-keeper", version, max_term_width = 100, after_long_help = AFTER_HELP)]
struct Args {
    /// The configuration; crates/ballast-keeperd/keeper.example.toml explains every key
    #[arg(long, global = true, value_name = "FILE", default_value = "keeper.toml")]
    config: PathBuf,

    /// Where the journal and the snapshot go
    #[arg(long, global = true, value_name = "DIR", default_value = "keeper-state")]
    state: PathBuf,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Decides, signs and sends
    Run(Recording),
    /// Decides and signs, and sends nothing
    DryRun(Recording),
    /// Sends nothing, and says at the end whom it would have liquidated before others did, after, or never
    Shadow(Recording),
    /// Decides again what a recorded keeper has decided, with the configured key, and prints a digest of it
    Replay {
        /// What --record has written
        file: PathBuf,
    },
    /// Says whether the configuration can be used
    CheckConfig,
}

#[derive(clap::Args)]
struct Recording {
    /// Write all events to a new file, for `replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Every key of the configuration can be set by the environment: BALLAST_KEEPER_SOURCE__RPC is `rpc` in [source].
When it is ready it prints one line of JSON: where metrics and health are served, and whose key pays.
At the end it prints another with what was recorded, and one with the score of a shadow.

Exit status:
  0    stopped by Ctrl-C or SIGTERM, with nothing under way or after [limits] stop_secs
  1    could not start, or the configuration is at fault
  2    the command line is at fault
  130  stopped at once by a second signal";

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

/// An error as it is printed, with its hint on a line of its own.
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
            println!("{} can be used", args.config.display());
            Ok(())
        }
    }
}

fn start(config: &KeeperConfig, mode: Mode, state: &Path, record: Option<&Path>) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| format!("{error}\nhint: the system refuses threads; look at its limits"))?;
    runtime.block_on(run::run(config, mode, state, record)).map_err(|error| error.to_string())
}

fn log(LogSection { format, filter }: &LogSection) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("[log] filter: {error}\nhint: `info`, or `warn,ballast_keeperd=debug`"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let logs = logs.with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Json => logs.json().init(),
        LogFormat::Human => logs.init(),
    }
    Ok(())
}
