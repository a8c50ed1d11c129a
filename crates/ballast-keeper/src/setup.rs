//! What whoever runs the keeper decides once: part of the daemon's configuration file, and the beginning of a recording.

use std::collections::{BTreeMap, BTreeSet};

use ballast_core::units::{BPS_ONE, Bps};
use serde::{Deserialize, Serialize};
use solana_message::AddressLookupTableAccount;

use anchor_lang::prelude::Address;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The market's config account, base58.
    pub market: String,
    /// Whether to liquidate at all.
    #[serde(default = "yes")]
    pub liquidate: bool,
    /// Whether to liquidate with a flash loan, where there is a route to sell what is seized: it takes no tokens of one's own.
    #[serde(default = "yes")]
    pub flash: bool,
    /// Whether to record margin calls: a cure window begins with one.
    #[serde(default = "yes")]
    pub flag_calls: bool,
    /// Whether to record warnings, which only the owner has something of.
    #[serde(default = "yes")]
    pub flag_warnings: bool,
    /// Whoever owes less is not flagged: else obligations without number could be opened for a keeper to pay for. US cents.
    #[serde(default = "least_flag_cents")]
    pub least_flag_cents: u64,
    /// The most transactions in one step; the most profitable come first.
    #[serde(default = "most_sends")]
    pub most_sends: u32,
    /// A reserve that somebody uses is refreshed when its mark is as old as this, in seconds, and when its price has jumped; 0: never.
    #[serde(default = "refresh_secs")]
    pub refresh_secs: u32,
    /// A liquidation that is expected to earn less is left to others. US cents.
    #[serde(default = "least_profit_cents")]
    pub least_profit_cents: u64,
    /// How much less than planned may be seized, of the plan: prices move until a transaction lands.
    #[serde(default = "tolerance_bps")]
    pub tolerance_bps: u16,
    /// What selling a seized token costs, of its value; by mint, base58, where it is another.
    #[serde(default = "sale_cost_bps")]
    pub sale_cost_bps: u16,
    #[serde(default)]
    pub sale_costs_bps: BTreeMap<String, u16>,
    /// A route quoted longer ago is not used.
    #[serde(default = "route_slots")]
    pub route_slots: u64,
    /// Nothing is signed with a blockhash older than this.
    #[serde(default = "blockhash_slots")]
    pub blockhash_slots: u64,
    #[serde(default)]
    pub fees: FeeSettings,
    /// Lookup tables with the market's accounts, base58 by address.
    #[serde(default)]
    pub tables: BTreeMap<String, Vec<String>>,
    /// Whom to tell about: owners or obligations, base58.
    #[serde(default)]
    pub watch: Vec<String>,
    /// To tell about everybody costs some 100 bytes of memory an obligation.
    #[serde(default)]
    pub watch_everybody: bool,
}

/// What is paid for a place in a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeeSettings {
    /// The price of a compute unit is what others have paid lately times this, within floor and cap; micro-lamports.
    pub urgency_bps: u32,
    pub floor_micro_lamports: u64,
    pub cap_micro_lamports: u64,
    /// Where a tip goes, base58; none without.
    pub tip_account: Option<String>,
    pub cap_tip_lamports: u64,
    /// After so many losses in a row of one target, price and tip are at their caps.
    pub most_losses: u32,
    /// What a SOL costs where the market lists none; US cents.
    pub sol_cents: u64,
}

impl Default for FeeSettings {
    fn default() -> Self {
        Self {
            urgency_bps: 12_000,
            floor_micro_lamports: 1_000,
            cap_micro_lamports: 5_000_000,
            tip_account: None,
            cap_tip_lamports: 100_000,
            most_losses: 10,
            sol_cents: 30_000,
        }
    }
}

impl Setup {
    /// The defaults, for a market.
    pub fn new(market: String) -> Self {
        Self {
            market,
            liquidate: true,
            flash: true,
            flag_calls: true,
            flag_warnings: true,
            least_flag_cents: least_flag_cents(),
            most_sends: most_sends(),
            refresh_secs: refresh_secs(),
            least_profit_cents: least_profit_cents(),
            tolerance_bps: tolerance_bps(),
            sale_cost_bps: sale_cost_bps(),
            sale_costs_bps: BTreeMap::new(),
            route_slots: route_slots(),
            blockhash_slots: blockhash_slots(),
            fees: FeeSettings::default(),
            tables: BTreeMap::new(),
            watch: Vec::new(),
            watch_everybody: false,
        }
    }
}

/// Why a setup cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("`{key}`: `{value}` is no address; give 32 bytes in base58")]
    Address { key: &'static str, value: String },
    #[error("`{key}` is {value} bps, 10000 at most")]
    Bps { key: &'static str, value: u64 },
}

impl SetupError {
    fn key(key: &'static str, value: &str) -> Result<Address, Self> {
        value.parse().map_err(|_| Self::Address { key, value: value.to_owned() })
    }
}

/// A setup's addresses, read.
pub struct ParsedSetup {
    pub config: Address,
    pub tip_account: Option<Address>,
    pub tables: Vec<AddressLookupTableAccount>,
    /// Owners and obligations.
    pub watched: BTreeSet<Address>,
    /// By mint.
    sale_costs: BTreeMap<Address, Bps>,
    sale_cost: Bps,
    pub tolerance: Bps,
}

impl ParsedSetup {
    pub fn new(setup: &Setup) -> Result<Self, SetupError> {
        let bps = |key, value: u16| {
            let value = u64::from(value);
            if value > BPS_ONE { Err(SetupError::Bps { key, value }) } else { Ok(Bps(value as u16)) }
        };
        let costs = setup.sale_costs_bps.iter();
        let costs =
            costs.map(|(mint, cost)| Ok((SetupError::key("sale_costs_bps", mint)?, bps("sale_costs_bps", *cost)?)));
        let watched = setup.watch.iter().map(|name| Ok(SetupError::key("watch", name)?));
        let tables = setup.tables.iter().map(|(table, listed)| {
            let addresses = listed.iter().map(|address| SetupError::key("tables", address));
            let addresses = addresses.collect::<Result<_, _>>()?;
            Ok(AddressLookupTableAccount { key: SetupError::key("tables", table)?, addresses })
        });
        let tip_account = setup.fees.tip_account.as_deref();
        Ok(Self {
            config: SetupError::key("market", &setup.market)?,
            tip_account: tip_account.map(|account| SetupError::key("fees.tip_account", account)).transpose()?,
            tables: tables.collect::<Result<_, _>>()?,
            watched: watched.collect::<Result<_, _>>()?,
            sale_costs: costs.collect::<Result<_, _>>()?,
            sale_cost: bps("sale_cost_bps", setup.sale_cost_bps)?,
            tolerance: bps("tolerance_bps", setup.tolerance_bps)?,
        })
    }

    /// What selling a token costs, of its value.
    pub fn sale_cost(&self, mint: &Address) -> Bps {
        self.sale_costs.get(mint).copied().unwrap_or(self.sale_cost)
    }
}

fn yes() -> bool {
    true
}

/// 100 USD.
fn least_flag_cents() -> u64 {
    10_000
}

fn most_sends() -> u32 {
    100
}

/// Half of what a mark lives.
fn refresh_secs() -> u32 {
    1_800
}

fn least_profit_cents() -> u64 {
    10
}

fn tolerance_bps() -> u16 {
    30
}

fn sale_cost_bps() -> u16 {
    20
}

/// Four seconds.
fn route_slots() -> u64 {
    10
}

/// A quarter of what a blockhash lives.
fn blockhash_slots() -> u64 {
    40
}
