//! What the operator decides: a part of the daemon's configuration file, and the beginning of a recording.

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
    /// Whether to liquidate with a flash loan if there is a route to sell the seized tokens. It needs no tokens of the
    /// keeper.
    #[serde(default = "yes")]
    pub flash: bool,
    /// Whether to record margin calls: a cure window begins with one.
    #[serde(default = "yes")]
    pub flag_calls: bool,
    /// Whether to record warnings, which help only the owner.
    #[serde(default = "yes")]
    pub flag_warnings: bool,
    /// The keeper does not flag smaller debts, or someone could open countless obligations for it to pay for. US cents.
    #[serde(default = "least_flag_cents")]
    pub least_flag_cents: u64,
    /// The most transactions of one step. The most profitable come first.
    #[serde(default = "most_sends")]
    pub most_sends: u32,
    /// The keeper refreshes a reserve in use when its mark is this old, in seconds, and when its price has jumped; 0:
    /// never.
    #[serde(default = "refresh_secs")]
    pub refresh_secs: u32,
    /// The keeper leaves liquidations that are expected to earn less to others. US cents.
    #[serde(default = "least_profit_cents")]
    pub least_profit_cents: u64,
    /// How far the seizure may fall below the plan, because prices move until the transaction lands.
    #[serde(default = "tolerance_bps")]
    pub tolerance_bps: u16,
    /// The cost of selling a seized token, in basis points of its value; and exceptions by mint, base58.
    #[serde(default = "sale_cost_bps")]
    pub sale_cost_bps: u16,
    #[serde(default)]
    pub sale_costs_bps: BTreeMap<String, u16>,
    /// The keeper does not use older routes.
    #[serde(default = "route_slots")]
    pub route_slots: u64,
    /// The keeper does not sign with older blockhashes.
    #[serde(default = "blockhash_slots")]
    pub blockhash_slots: u64,
    #[serde(default)]
    pub fees: FeeSettings,
    /// Lookup tables with the market's accounts, base58 by address.
    #[serde(default)]
    pub tables: BTreeMap<String, Vec<String>>,
    /// The owners or obligations to send notices about, base58.
    #[serde(default)]
    pub watch: Vec<String>,
    /// Whether to send notices about every obligation. It costs some 100 bytes of memory per obligation.
    #[serde(default)]
    pub watch_everybody: bool,
}

/// What to pay for a place in a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeeSettings {
    /// The price of a compute unit is the recent price times this, within floor and cap; micro-lamports.
    pub urgency_bps: u32,
    pub floor_micro_lamports: u64,
    pub cap_micro_lamports: u64,
    /// The account that gets tips, base58. Without it the keeper pays none.
    pub tip_account: Option<String>,
    pub cap_tip_lamports: u64,
    /// After this many consecutive losses of one target, price and tip are at their caps.
    pub most_losses: u32,
    /// The price of a SOL if the market does not list SOL; US cents.
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
    /// Returns the defaults for a market.
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

/// Why a setup is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error("`{key}`: `{value}` is not an address; write 32 bytes in base58")]
    Address { key: &'static str, value: String },
    #[error("`{key}` is {value} bps; the most is 10000")]
    Bps { key: &'static str, value: u64 },
}

impl SetupError {
    fn key(key: &'static str, value: &str) -> Result<Address, Self> {
        value.parse().map_err(|_| Self::Address { key, value: value.to_owned() })
    }
}

/// A setup with its addresses and rates parsed.
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
        let watched = setup.watch.iter().map(|name| SetupError::key("watch", name));
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

    /// Returns the cost of selling a token, in basis points of its value.
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

/// Half the life of a mark.
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

/// A quarter of a blockhash's life.
fn blockhash_slots() -> u64 {
    40
}
