//! The arguments of each command in [`crate::command`].

use crate::answer::CommandError;
use crate::figures::UnixTime;
use crate::quantity::{AssetName, Quantity};
use crate::signing::{self, Consent, Signing};
use anchor_lang::prelude::Address;
use ballast_client::addresses::obligation_address;
use ballast_core::op::obligation_settings::Right;
use ballast_core::pause::{Pausable, Pause};
use clap::{Args, ValueEnum};
use solana_signer::Signer;
use std::path::PathBuf;

#[derive(Args)]
pub struct MarketArgs {
    /// The address of the market's config account
    #[arg(id = "market", long = "market", env = "BALLAST_MARKET", value_name = "ADDRESS")]
    pub address: Address,
}

/// The arguments of every command that only the authority or the guardian may run.
#[derive(Args)]
pub struct AdminArgs {
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

#[derive(Args)]
pub struct ApplyArgs {
    /// The market's file, such as migrations/config/localnet.toml
    #[arg(long)]
    pub file: PathBuf,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

#[derive(Args)]
pub struct PauseArgs {
    /// The asset's symbol, or the address of its reserve or mint
    pub asset: AssetName,
    /// What to pause
    #[arg(long, value_delimiter = ',', required = true)]
    pub actions: Vec<PauseAction>,
    /// How long the pause lasts, in seconds, at most a day
    #[arg(long)]
    pub secs: u32,
    #[command(flatten)]
    pub admin: AdminArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PauseAction {
    Withdraw,
    Borrow,
    Liquidate,
    FlashBorrow,
    All,
    /// End a pause; only the authority may
    None,
}

impl PauseAction {
    /// Returns the bits that the instruction `pause` takes.
    pub fn bits(self) -> u64 {
        match self {
            Self::Withdraw => Pausable::Withdraw.bit(),
            Self::Borrow => Pausable::Borrow.bit(),
            Self::Liquidate => Pausable::Liquidate.bit(),
            Self::FlashBorrow => Pausable::FlashBorrow.bit(),
            Self::All => Pause::ALL,
            Self::None => 0,
        }
    }
}

/// Settings that are not named stay as they are.
#[derive(Args)]
pub struct TightenArgs {
    /// The asset's symbol, or the address of its reserve or mint
    pub asset: AssetName,
    /// The new loan-to-value
    #[arg(long)]
    pub ltv_bps: Option<u16>,
    /// The new utilization limit
    #[arg(long)]
    pub max_utilization_bps: Option<u16>,
    /// The new supply cap, in whole tokens
    #[arg(long)]
    pub supply_cap: Option<Quantity>,
    /// The new borrow cap, in whole tokens
    #[arg(long)]
    pub borrow_cap: Option<Quantity>,
    /// The new collateral cap
    #[arg(long)]
    pub collateral_cap_usd: Option<u64>,
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// Tokens between a wallet and an obligation. SOL is wrapped and unwrapped in the same transaction.
#[derive(Args)]
pub struct TransferArgs {
    /// In whole tokens, such as 1.5; or "all": of the wallet, of the collateral, or of the debt
    #[arg(allow_negative_numbers = true)]
    pub amount: Quantity,
    /// The asset's symbol, or the address of its reserve or mint
    pub asset: AssetName,
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub obligation: ObligationChoice,
    #[command(flatten)]
    pub signing: Signing,
}

/// The obligation that a transfer acts on.
#[derive(Args)]
pub struct ObligationChoice {
    /// The obligation of another owner, if the signer is their delegate or pays their debt
    #[arg(id = "obligation", long = "obligation", value_name = "ADDRESS", conflicts_with = "number")]
    address: Option<Address>,
    /// The number of the signer's obligation
    #[arg(long, default_value_t = 0)]
    pub number: u16,
}

impl ObligationChoice {
    pub fn address(&self, config: &Address, signer: &Address) -> Address {
        self.address.unwrap_or_else(|| obligation_address(config, signer, self.number))
    }
}

#[derive(Args)]
pub struct ObligationShowArgs {
    #[command(flatten)]
    pub market: MarketArgs,
    /// The obligation's address; by default, the obligation of --keypair
    obligation: Option<Address>,
    /// The keypair of the owner; it signs nothing
    #[arg(long, env = "BALLAST_KEYPAIR", value_name = "FILE")]
    keypair: Option<PathBuf>,
    /// The number of the owner's obligation
    #[arg(long, default_value_t = 0)]
    number: u16,
}

impl ObligationShowArgs {
    pub fn address(&self) -> Result<Address, CommandError> {
        match (self.obligation, &self.keypair) {
            (Some(obligation), _) => Ok(obligation),
            (None, Some(file)) => {
                let owner = signing::keypair(file)?.pubkey();
                Ok(obligation_address(&self.market.address, &owner, self.number))
            }
            (None, None) => {
                let hint = "name the obligation's address, or the --keypair of its owner";
                Err(CommandError::Input("no obligation is named".to_owned(), hint))
            }
        }
    }
}

#[derive(Args)]
pub struct OwnObligationArgs {
    #[command(flatten)]
    pub market: MarketArgs,
    /// The number of the signer's obligation
    #[arg(long, default_value_t = 0)]
    pub number: u16,
    #[command(flatten)]
    pub signing: Signing,
}

/// Settings that are not named stay as they are.
#[derive(Args)]
pub struct ObligationSettingsArgs {
    /// The health factor that a liquidation restores
    #[arg(long)]
    pub target_health_bps: Option<u16>,
    /// How far above 1 the warning line is
    #[arg(long)]
    pub warning_bps: Option<u16>,
    /// Who may add collateral; 11111111111111111111111111111111 for nobody
    #[arg(long, value_name = "ADDRESS")]
    pub delegate: Option<Address>,
    /// What else the delegate may do
    #[arg(long, value_delimiter = ',')]
    pub rights: Vec<DelegateRight>,
    #[command(flatten)]
    pub own: OwnObligationArgs,
}

/// What a delegate may do besides adding collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DelegateRight {
    Withdraw,
    Borrow,
    None,
}

impl DelegateRight {
    /// Returns the bits that the instruction `obligation_settings` takes.
    pub fn bits(self) -> u64 {
        match self {
            Self::Withdraw => Right::Withdraw.bit(),
            Self::Borrow => Right::Borrow.bit(),
            Self::None => 0,
        }
    }
}

#[derive(Args)]
pub struct LiquidateArgs {
    /// The obligation's address
    pub obligation: Address,
    /// The collateral to seize: its symbol, or the address of its reserve or mint
    #[arg(long)]
    pub collateral: AssetName,
    /// The debt to repay: its symbol, or the address of its reserve or mint
    #[arg(long)]
    pub debt: AssetName,
    /// The most to repay, in whole tokens of the debt; "all" for as much as the liquidation takes
    #[arg(long, default_value = "all")]
    pub max_repay: Quantity,
    /// The least collateral to seize, in whole tokens
    #[arg(long)]
    pub min_seized: Option<Quantity>,
    /// An obligation of the signer without debt that takes the collateral; the reserve then needs no cash
    #[arg(long)]
    pub taker: Option<Address>,
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct FlagArgs {
    /// The obligation's address
    pub obligation: Address,
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub signing: Signing,
}

/// The arguments of the commands that only name a reserve: `refresh` and `fees collect`.
#[derive(Args)]
pub struct ReserveArgs {
    /// The asset's symbol, or the address of its reserve or mint
    pub asset: AssetName,
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct InsuranceFundArgs {
    /// In whole tokens
    #[arg(allow_negative_numbers = true)]
    pub amount: Quantity,
    /// The asset's symbol, or the address of its reserve or mint
    pub asset: AssetName,
    #[command(flatten)]
    pub market: MarketArgs,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Args)]
pub struct DeployArgs {
    /// The compiled program, target/deploy/ballast.so; `cargo xtask build` makes it
    #[arg(long)]
    pub file: PathBuf,
    /// The program's own keypair, for its first deployment
    #[arg(long, value_name = "FILE")]
    pub program_keypair: Option<PathBuf>,
    /// A multisig that upgrades the program: --keypair writes the buffer and gives it to the multisig, and the upgrade
    /// is printed for the multisig to sign
    #[arg(long, value_name = "ADDRESS", conflicts_with = "program_keypair")]
    pub upgrade_authority: Option<Address>,
    #[command(flatten)]
    pub signing: Signing,
    #[command(flatten)]
    pub consent: Consent,
}

#[derive(Args)]
pub struct ReportArgs {
    /// Only transactions that name this account, such as a reserve, an obligation or a wallet; by default, every
    /// transaction of the program
    #[arg(long, value_name = "ADDRESS")]
    pub account: Option<Address>,
    /// Only from this time on, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<UnixTime>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<UnixTime>,
    /// Write a table with a column for every field of every event; "-" prints it
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}
