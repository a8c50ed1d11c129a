//! What can be asked and done: a tree of words.

use crate::args::{
    Admin, Applied, Decided, Deployed, Flagged, Given, Liquidated, Market, Movement, Opened, Paused, Refreshed,
    Reported, Tightened, Which,
};
use crate::quantity::AssetName;
use anchor_lang::prelude::Address;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Looks at a Ballast market, acts in it, and keeps it as its configuration file says
#[derive(Parser)]
#[command(name = "ballast", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Command {
    /// A node's JSON-RPC
    // It may contain the key that pays for the node: shown nowhere.
    #[arg(long, global = true, env = "BALLAST_URL", hide_env_values = true, default_value = "http://127.0.0.1:8899")]
    pub url: String,
    /// One JSON document instead of text; 64-bit amounts are strings. What goes wrong is text on standard error all the same
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
  3  the program refuses it, or would
  4  a transaction was sent and did not land, or nobody knows yet; the message says which";

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
    /// Supply tokens as collateral; opens the obligation where there is none
    Deposit(Movement),
    /// Take collateral back
    Withdraw(Movement),
    /// Take a loan
    Borrow(Movement),
    /// Pay debt back, one's own or another's
    Repay(Movement),
    /// Close an unhealthy obligation as far as its target health, from one's own tokens
    Liquidate(Liquidated),
    /// Record that an obligation has crossed its warning line or that of the margin call
    Flag(Flagged),
    /// Persist a reserve's interest and mark its price
    Refresh(Refreshed),
    /// Collateral as a token
    #[command(subcommand)]
    Voucher(Voucher),
    /// A reserve's insurance bucket
    #[command(subcommand)]
    Insurance(Insurance),
    /// What the protocol has earned
    #[command(subcommand)]
    Fees(Fees),
    /// Close a reserve to some actions, for at most a day
    Pause(Paused),
    /// The program's bytes
    #[command(subcommand)]
    Program(Program),
    /// The program's final events, for an audit
    Report(Reported),
    /// Print the completions of a shell
    Completions { shell: Shell },
}

#[derive(Subcommand)]
pub enum MarketCommand {
    Show(Market),
    /// Offer the authority to somebody, who accepts it
    HandOver {
        /// 11111111111111111111111111111111 for nobody
        to: Address,
        #[command(flatten)]
        admin: Admin,
    },
    /// Take the authority that was offered
    Accept(Admin),
}

#[derive(Subcommand)]
pub enum Reserve {
    List(Market),
    Show {
        #[command(flatten)]
        of: Market,
        /// The reserve's address, its mint's, or SOL
        reserve: AssetName,
    },
    /// Lower limits at once; the guardian may, too
    Tighten(Tightened),
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
    Open(Opened),
    /// An empty one; its rent returns
    Close(Opened),
    /// What its owner decides
    Settings(Decided),
}

#[derive(Subcommand)]
pub enum Price {
    /// Of all reserves, or of one
    Show {
        #[command(flatten)]
        of: Market,
        /// The reserve's address, its mint's, or SOL
        reserve: Option<AssetName>,
    },
}

#[derive(Subcommand)]
pub enum Change {
    List(Market),
    /// Put in force what has waited
    Execute {
        change: Address,
        #[command(flatten)]
        admin: Admin,
    },
    /// Give it up; the guardian may, too
    Cancel {
        change: Address,
        #[command(flatten)]
        admin: Admin,
    },
}

#[derive(Subcommand)]
pub enum Config {
    /// What it would take to make the chain what the file says
    Plan {
        #[arg(long)]
        file: PathBuf,
    },
    /// Open the market that the file describes, without assets
    Init(Applied),
    /// Do what the plan says, as far as it is due; again later, and after an interruption
    Apply(Applied),
}

#[derive(Subcommand)]
pub enum Voucher {
    /// Take collateral out as vouchers, one per share
    Mint(Movement),
    /// Bring vouchers back as collateral
    Burn(Movement),
}

#[derive(Subcommand)]
pub enum Insurance {
    /// Give tokens to it
    Fund(Given),
}

#[derive(Subcommand)]
pub enum Fees {
    /// Pay them to the market's fee receiver; anybody may
    Collect(Refreshed),
}

#[derive(Subcommand)]
pub enum Program {
    /// Who upgrades it, and the hash of what is there
    Show,
    /// Deploy or upgrade it; goes on where it was interrupted, and does nothing where it is as built
    Deploy(Deployed),
}
