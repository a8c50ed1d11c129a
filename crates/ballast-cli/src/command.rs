//! The tree of commands, as clap parses it. The doc comments are the help texts.

use crate::args::{
    AdminArgs, ApplyArgs, DeployArgs, FlagArgs, InsuranceFundArgs, LiquidateArgs, MarketArgs, ObligationSettingsArgs,
    ObligationShowArgs, OwnObligationArgs, PauseArgs, ReportArgs, ReserveArgs, TightenArgs, TransferArgs,
};
use crate::quantity::AssetName;
use anchor_lang::prelude::Address;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Show a Ballast market, act in it, and keep it as its configuration file says
#[derive(Parser)]
#[command(name = "ballast", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Command {
    /// The JSON-RPC address of a node
    // Help never shows its value: it may contain the key that pays for the node.
    #[arg(long, global = true, env = "BALLAST_URL", hide_env_values = true, default_value = "http://127.0.0.1:8899")]
    pub url: String,
    /// Print one JSON document instead of text; 64-bit amounts are strings, and errors stay text on standard error
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub request: Request,
}

const AFTER_HELP: &str = "\
Exit status:
  0  done
  1  the node did not answer, or does not have what was named
  2  the command line or a file is wrong
  3  the program refuses the transaction, or would
  4  a transaction was sent and did not land, or its fate is unknown; the message says which";

#[derive(Subcommand)]
pub enum Request {
    /// A market's terms, keys and size, and its authority
    #[command(subcommand)]
    Market(MarketCommand),
    /// The assets of a market
    #[command(subcommand)]
    Reserve(ReserveCommand),
    /// The accounts of borrowers
    #[command(subcommand)]
    Obligation(ObligationCommand),
    /// The oracle's prices
    #[command(subcommand)]
    Price(PriceCommand),
    /// The queued changes of a market
    #[command(subcommand)]
    Change(ChangeCommand),
    /// Compare a market with its file, migrations/config/<cluster>.toml, and apply the file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Supply tokens as collateral; opens the obligation if it does not exist
    Deposit(TransferArgs),
    /// Withdraw collateral
    Withdraw(TransferArgs),
    /// Borrow tokens against collateral
    Borrow(TransferArgs),
    /// Repay debt, your own or another owner's
    Repay(TransferArgs),
    /// Repay an unhealthy obligation's debt from your own tokens and seize its collateral, up to its target health
    Liquidate(LiquidateArgs),
    /// Record that an obligation has crossed its warning line or the call line
    Flag(FlagArgs),
    /// Store a reserve's interest and mark its price
    Refresh(ReserveArgs),
    /// Turn collateral into vouchers, and vouchers into collateral
    #[command(subcommand)]
    Voucher(VoucherCommand),
    /// The insurance bucket of a reserve
    #[command(subcommand)]
    Insurance(InsuranceCommand),
    /// The fees that the protocol has earned
    #[command(subcommand)]
    Fees(FeesCommand),
    /// Close a reserve to some actions, for at most a day
    Pause(PauseArgs),
    /// The deployed program
    #[command(subcommand)]
    Program(ProgramCommand),
    /// Report the program's final events, for an audit
    Report(ReportArgs),
    /// Print the completions of a shell
    Completions { shell: Shell },
}

#[derive(Subcommand)]
pub enum MarketCommand {
    /// Show a market
    Show(MarketArgs),
    /// Offer the authority to another key, which accepts it with `market accept`
    HandOver {
        /// The new authority; 11111111111111111111111111111111 withdraws the offer
        to: Address,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Accept the authority that was offered
    Accept(AdminArgs),
}

#[derive(Subcommand)]
pub enum ReserveCommand {
    /// List all reserves
    List(MarketArgs),
    /// Show a reserve with its settings
    Show {
        #[command(flatten)]
        market: MarketArgs,
        /// The asset's symbol, or the address of its reserve or mint
        reserve: AssetName,
    },
    /// Lower limits at once; the guardian may, too
    Tighten(TightenArgs),
}

#[derive(Subcommand)]
pub enum ObligationCommand {
    /// List all obligations, the least healthy first
    List {
        #[command(flatten)]
        market: MarketArgs,
        /// Only obligations that can be liquidated, and those whose health is unknown
        #[arg(long)]
        unhealthy: bool,
    },
    /// Show an obligation with its positions
    Show(ObligationShowArgs),
    /// Open an obligation
    Open(OwnObligationArgs),
    /// Close an empty obligation; its rent returns to the owner
    Close(OwnObligationArgs),
    /// Change the owner's settings of an obligation
    Settings(ObligationSettingsArgs),
}

#[derive(Subcommand)]
pub enum PriceCommand {
    /// Show the prices of all reserves, or of one
    Show {
        #[command(flatten)]
        market: MarketArgs,
        /// The asset's symbol, or the address of its reserve or mint
        reserve: Option<AssetName>,
    },
}

#[derive(Subcommand)]
pub enum ChangeCommand {
    /// List the queued changes, the next first
    List(MarketArgs),
    /// Execute a change whose notice is over
    Execute {
        /// The change's address
        change: Address,
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Cancel a change; the guardian may, too
    Cancel {
        /// The change's address
        change: Address,
        #[command(flatten)]
        admin: AdminArgs,
    },
}

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Show the steps that would make the chain match the file
    Plan {
        /// The market's file, such as migrations/config/localnet.toml
        #[arg(long)]
        file: PathBuf,
    },
    /// Open the market that the file describes, without assets
    Init(ApplyArgs),
    /// Do the steps of the plan that are due; run it again later, or after an interruption, for the rest
    Apply(ApplyArgs),
}

#[derive(Subcommand)]
pub enum VoucherCommand {
    /// Take collateral out as vouchers, one for each share
    Mint(TransferArgs),
    /// Turn vouchers back into collateral
    Burn(TransferArgs),
}

#[derive(Subcommand)]
pub enum InsuranceCommand {
    /// Give tokens to the insurance bucket
    Fund(InsuranceFundArgs),
}

#[derive(Subcommand)]
pub enum FeesCommand {
    /// Pay the fees to the market's fee receiver; anybody may
    Collect(ReserveArgs),
}

#[derive(Subcommand)]
pub enum ProgramCommand {
    /// Show the upgrade authority and the hash of the deployed program
    Show,
    /// Deploy or upgrade the program; continues an interrupted deployment, and does nothing if the program is up to
    /// date
    Deploy(DeployArgs),
}
