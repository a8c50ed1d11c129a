//! What can be asked.

use crate::answer::Failure;
use anchor_lang::prelude::Address;
use ballast_client::addresses::obligation_address;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use solana_signer::Signer;
use std::path::PathBuf;

/// What stands in a Ballast market, and what a configuration file would change
#[derive(Parser)]
#[command(name = "ballast", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Command {
    /// A node's JSON-RPC
    // It may contain the key that pays for the node: shown nowhere.
    #[arg(long, global = true, env = "BALLAST_URL", hide_env_values = true, default_value = "http://127.0.0.1:8899")]
    pub url: String,
    /// One JSON document instead of text; 64-bit amounts are strings
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub noun: Noun,
}

const AFTER_HELP: &str = "\
Exit status:
  0  done
  1  the node did not answer, or what was named is not there
  2  the command line or a file is at fault
  3  config plan: the program would refuse some of it";

#[derive(Subcommand)]
pub enum Noun {
    /// Terms, keys and size of a market
    #[command(subcommand)]
    Market(MarketCommand),
    /// The assets of a market
    #[command(subcommand)]
    Reserve(Reserve),
    /// Who lends and borrows
    #[command(subcommand)]
    Obligation(Obligation),
    /// What the oracle says
    #[command(subcommand)]
    Price(Price),
    /// What is queued
    #[command(subcommand)]
    Change(Change),
    /// migrations/config/<cluster>.toml against the chain
    #[command(subcommand)]
    Config(Config),
    /// Print the completions of a shell
    Completions { shell: Shell },
}

#[derive(Subcommand)]
pub enum MarketCommand {
    Show(Market),
}

#[derive(Subcommand)]
pub enum Reserve {
    List(Market),
    Show {
        #[command(flatten)]
        of: Market,
        /// The reserve's address, or its mint's
        reserve: Address,
    },
}

#[derive(Subcommand)]
pub enum Obligation {
    /// The least healthy first
    List {
        #[command(flatten)]
        of: Market,
        /// Those alone that anybody may liquidate, and those whose health nobody can tell
        #[arg(long)]
        unhealthy: bool,
    },
    Show {
        #[command(flatten)]
        of: Market,
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Subcommand)]
pub enum Price {
    /// Of all reserves, or of one
    Show {
        #[command(flatten)]
        of: Market,
        /// The reserve's address, or its mint's
        reserve: Option<Address>,
    },
}

#[derive(Subcommand)]
pub enum Change {
    List(Market),
}

#[derive(Subcommand)]
pub enum Config {
    /// What it would take to make the chain what the file says
    Plan {
        #[arg(long)]
        file: PathBuf,
    },
}

#[derive(Args)]
pub struct Market {
    /// The market's config account
    #[arg(long, env = "BALLAST_MARKET", value_name = "ADDRESS")]
    pub market: Address,
}

#[derive(Args)]
pub struct Which {
    /// By default, the keypair's own
    obligation: Option<Address>,
    /// Whose; nothing is signed
    #[arg(long, env = "BALLAST_KEYPAIR", value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// Which of his
    #[arg(long, default_value_t = 0)]
    number: u16,
}

impl Which {
    pub fn address(&self, config: &Address) -> Result<Address, Failure> {
        match (self.obligation, &self.keypair) {
            (Some(obligation), _) => Ok(obligation),
            (None, Some(file)) => {
                // Why a key cannot be read is said by nobody: the reason might quote it.
                let unusable =
                    |_| Failure::Input(format!("{} is no keypair", file.display()), "`solana-keygen new` makes one");
                let owner = solana_keypair::read_keypair_file(file).map_err(unusable)?.pubkey();
                Ok(obligation_address(config, &owner, self.number))
            }
            (None, None) => {
                Err(Failure::Input("no obligation is named".to_owned(), "name one, or its owner's --keypair"))
            }
        }
    }
}
