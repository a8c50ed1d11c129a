//! What the words of [`crate::command`] take.

use crate::admin::Action;
use crate::answer::Failure;
use crate::figures::Time;
use crate::owner::Granted;
use crate::quantity::{AssetName, Quantity};
use crate::signing::{self, Consent, Signing};
use anchor_lang::prelude::Address;
use ballast_client::addresses::obligation_address;
use clap::Args;
use solana_signer::Signer;
use std::path::PathBuf;

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
