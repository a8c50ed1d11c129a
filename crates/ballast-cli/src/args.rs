//! What can be asked and done.

use crate::admin::Action;
use crate::answer::Failure;
use crate::figures::Time;
use crate::owner::Granted;
use crate::quantity::{AssetName, Quantity};
use crate::signing::{self, Consent, Signing};
use anchor_lang::prelude::Address;
use ballast_client::addresses::obligation_address;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use solana_signer::Signer;
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
    /// The program's events, for an audit
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

#[derive(Args)]
pub struct Applied {
    #[arg(long)]
    pub file: PathBuf,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

/// What authority and guardian do.
#[derive(Args)]
pub struct Admin {
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

#[derive(Args)]
pub struct Paused {
    /// The reserve's address, its mint's, or SOL
    pub asset: AssetName,
    #[arg(long, value_delimiter = ',', required = true)]
    pub actions: Vec<Action>,
    /// For how long
    #[arg(long)]
    pub secs: u32,
    #[command(flatten)]
    pub admin: Admin,
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

#[derive(Args)]
pub struct Liquidated {
    pub obligation: Address,
    /// What is taken: a reserve's address, its mint's, or SOL
    #[arg(long)]
    pub collateral: AssetName,
    /// What is paid back
    #[arg(long)]
    pub debt: AssetName,
    /// In whole tokens of the debt; or "all" that the liquidation takes
    #[arg(long, default_value = "all")]
    pub max_repay: Quantity,
    /// Less collateral is refused
    #[arg(long)]
    pub min_seized: Option<Quantity>,
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct Flagged {
    pub obligation: Address,
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct Refreshed {
    /// The reserve's address, its mint's, or SOL
    pub asset: AssetName,
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct Given {
    /// In whole tokens
    #[arg(allow_negative_numbers = true)]
    pub amount: Quantity,
    /// The reserve's address, its mint's, or SOL
    pub asset: AssetName,
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct Opened {
    #[command(flatten)]
    pub of: Market,
    /// Which of the signer's
    #[arg(long, default_value_t = 0)]
    pub number: u16,
    #[command(flatten)]
    pub signing: Signing,
}

/// What is not named stays.
#[derive(Args)]
pub struct Decided {
    /// The health that a liquidation restores
    #[arg(long)]
    pub target_health_bps: Option<u16>,
    /// How far above 1 to be warned
    #[arg(long)]
    pub warning_bps: Option<u16>,
    /// Who may add collateral; 11111111111111111111111111111111 for nobody
    #[arg(long, value_name = "ADDRESS")]
    pub delegate: Option<Address>,
    /// What else the delegate may do
    #[arg(long, value_delimiter = ',')]
    pub rights: Vec<Granted>,
    #[command(flatten)]
    pub opened: Opened,
}

#[derive(Subcommand)]
pub enum Program {
    /// Who upgrades it, and the hash of what is there
    Show,
    /// Deploy or upgrade it; goes on where it was interrupted, and does nothing where it is as built
    Deploy(Deployed),
}

#[derive(Args)]
pub struct Deployed {
    /// target/deploy/ballast.so, as `cargo xtask build` makes it
    #[arg(long)]
    pub file: PathBuf,
    /// The program's own key, for its first deployment
    #[arg(long, value_name = "FILE")]
    pub program_keypair: Option<PathBuf>,
    /// A multisig that upgrades it: --keypair writes the buffer and gives it away, the upgrade is printed for the multisig
    #[arg(long, value_name = "ADDRESS", conflicts_with = "program_keypair")]
    pub upgrade_authority: Option<Address>,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

#[derive(Args)]
pub struct Reported {
    /// Of transactions that name this account: a reserve, an obligation, a wallet; by default all of the program's
    #[arg(long, value_name = "ADDRESS")]
    pub account: Option<Address>,
    /// From this moment on, as in 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Time>,
    /// Up to this moment, not included
    #[arg(long, value_name = "TIME")]
    pub until: Option<Time>,
    /// Write a table with a column for every field that any event has; "-" prints it
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// What is not named stays.
#[derive(Args)]
pub struct Tightened {
    /// The reserve's address, its mint's, or SOL
    pub asset: AssetName,
    #[arg(long)]
    pub ltv_bps: Option<u16>,
    #[arg(long)]
    pub max_utilization_bps: Option<u16>,
    /// In whole tokens
    #[arg(long)]
    pub supply_cap: Option<Quantity>,
    /// In whole tokens
    #[arg(long)]
    pub borrow_cap: Option<Quantity>,
    #[arg(long)]
    pub collateral_cap_usd: Option<u64>,
    #[command(flatten)]
    pub admin: Admin,
}

#[derive(Args)]
pub struct Market {
    /// The market's config account
    #[arg(long, env = "BALLAST_MARKET", value_name = "ADDRESS")]
    pub market: Address,
}

/// Tokens between a wallet and an obligation. SOL is wrapped and unwrapped on the way.
#[derive(Args)]
pub struct Movement {
    /// In whole tokens, as in 1.5; or "all": of the wallet, of the collateral, of the debt
    #[arg(allow_negative_numbers = true)]
    pub amount: Quantity,
    /// The reserve's address, its mint's, or SOL
    pub asset: AssetName,
    #[command(flatten)]
    pub of: Market,
    #[command(flatten)]
    pub own: Own,
    #[command(flatten)]
    pub signing: Signing,
}

/// Whose obligation is acted on.
#[derive(Args)]
pub struct Own {
    /// Another's, of whom the signer is the delegate or whose debt he pays
    #[arg(long, value_name = "ADDRESS", conflicts_with = "number")]
    obligation: Option<Address>,
    /// Which of the signer's own
    #[arg(long, default_value_t = 0)]
    pub number: u16,
}

impl Own {
    pub fn address(&self, config: &Address, signer: &Address) -> Address {
        self.obligation.unwrap_or_else(|| obligation_address(config, signer, self.number))
    }
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
            (None, Some(file)) => Ok(obligation_address(config, &signing::keypair(file)?.pubkey(), self.number)),
            (None, None) => {
                Err(Failure::Input("no obligation is named".to_owned(), "name one, or its owner's --keypair"))
            }
        }
    }
}
