//! `cargo xtask deploy`: deploys the program, applies the cluster's file, and verifies what landed. Each part finds out what is left to do.
//! So you can repeat an interrupted deployment, and repeating a complete one changes nothing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::build::{self, Toolchain};
use crate::{run, tools, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// localnet, devnet, mainnet, or a node's URL; put a URL that contains a key into the variable, because process lists show arguments
    #[arg(long, env = "BALLAST_CLUSTER", hide_env_values = true)]
    cluster: String,
    /// The key that upgrades the program and is the market's authority
    #[arg(long, value_name = "FILE")]
    keypair: PathBuf,
    /// The program's own key, for its first deployment
    #[arg(long, value_name = "FILE")]
    program_keypair: Option<PathBuf>,
    /// The market's file, if --cluster is a URL; else migrations/config/<cluster>.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// In micro-lamports per compute unit; by default what others paid recently
    #[arg(long, value_name = "MICRO_LAMPORTS")]
    priority_fee: Option<u64>,
    /// Say what is missing and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// A node, and the file of the market on its cluster.
struct Cluster {
    url: String,
    file: PathBuf,
}

pub fn run(args: &Args) -> Result<()> {
    let cluster = Cluster::of(args)?;
    // The committed sizes and compute units come from this toolchain.
    build::programs(Toolchain::Own)?;
    tools::build()?;
    let keypair = args.keypair.canonicalize().with_context(|| {
        format!("could not read {}\nhint: --keypair names the upgrade authority's file", args.keypair.display())
    })?;
    let program = ["program", "deploy", "--file", "target/deploy/ballast.so"];

    let mut deploy = cluster.acting(args, &program, &keypair);
    if let Some(key) = &args.program_keypair {
        deploy.arg("--program-keypair").arg(key.canonicalize().unwrap_or_else(|_| key.clone()));
    }
    run::show(&mut deploy)?;
    if args.dry_run {
        // The plan asks no program, so it works before the program is deployed.
        return run::show(cluster.ballast(&["config", "plan", "--file"]).arg(&cluster.file));
    }
    for verb in ["init", "apply"] {
        run::show(cluster.acting(args, &["config", verb, "--file"], &keypair).arg(&cluster.file))?;
    }
    cluster.verify(cluster.ballast(&program).arg("--dry-run").arg("--keypair").arg(&keypair))
}

impl Cluster {
    fn of(args: &Args) -> Result<Self> {
        let known = match args.cluster.as_str() {
            "localnet" => Some("http://127.0.0.1:8899"),
            "devnet" => Some("https://api.devnet.solana.com"),
            "mainnet" => Some("https://api.mainnet-beta.solana.com"),
            _ => None,
        };
        let (url, file) = match (known, &args.config) {
            (Some(url), config) => {
                let own = workspace::root().join("migrations/config").join(&args.cluster).with_extension("toml");
                (url, config.clone().unwrap_or(own))
            }
            (None, Some(config)) if args.cluster.starts_with("http") => (args.cluster.as_str(), config.clone()),
            (None, None) if args.cluster.starts_with("http") => {
                bail!("a URL does not say which market you mean\nhint: name its file with --config")
            }
            (None, _) => bail!("--cluster is unknown\nhint: use localnet, devnet, mainnet, or a node's URL"),
        };
        let missing = || {
            let hint = "write it like migrations/config/localnet.toml, and have it reviewed";
            format!("{} does not exist\nhint: {hint}", file.display())
        };
        let file = file.canonicalize().with_context(missing)?;
        Ok(Self { url: url.to_owned(), file })
    }

    /// The command line for this node. The URL goes into the environment: it may contain a key, and process lists show arguments.
    fn ballast(&self, arguments: &[&str]) -> Command {
        let mut ballast = tools::command("ballast");
        ballast.args(arguments).env("BALLAST_URL", &self.url);
        ballast
    }

    fn acting(&self, args: &Args, arguments: &[&str], keypair: &std::path::Path) -> Command {
        let mut ballast = self.ballast(&arguments[..2]);
        ballast.arg("--keypair").arg(keypair);
        if let Some(fee) = args.priority_fee {
            ballast.arg("--priority-fee").arg(fee.to_string());
        }
        ballast.args(args.dry_run.then_some("--dry-run")).args(args.yes.then_some("--yes"));
        ballast.args(&arguments[2..]);
        ballast
    }

    /// The program's bytes, and the plan of the file, read again. A step that waits is not a mistake.
    fn verify(&self, program: &mut Command) -> Result<()> {
        let program: Value = serde_json::from_str(&run::capture(program.arg("--json"))?)?;
        if program["outcome"] != "is as built" {
            bail!("the program on the chain is not the one that was built\nhint: run this again");
        }
        let mut plan = self.ballast(&["config", "plan", "--json", "--file"]);
        let plan: Value = serde_json::from_str(&run::capture(plan.arg(&self.file))?)?;
        let steps = plan["steps"].as_array().context("the plan has changed its form")?;
        let (waiting, left): (Vec<_>, Vec<_>) =
            steps.iter().partition(|step| step["instruction"] == "change_execute" && step["not_before"].is_string());
        if !left.is_empty() {
            bail!("{} steps are left\nhint: `ballast config plan` says which, and why", left.len());
        }
        println!("verified: the program has sha256 {}", program["sha256"].as_str().unwrap_or_default());
        match waiting.len() {
            0 => println!("verified: the market is as {} says", self.file.display()),
            some => println!("verified: {some} changes wait for their notice; run this again then"),
        }
        Ok(())
    }
}
