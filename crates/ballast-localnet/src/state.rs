//! The state folder: a keypair file per wallet, and `addresses.json`. The latter is written last, so everything that it
//! names is ready.

use crate::instructions::{Market, SWAP_PROGRAM, SwapPool};
use crate::keys::{self, key};
use crate::node::Ports;
use crate::swaps;
use crate::wallets::token_address;
use anyhow::{Context, Result, anyhow};
use ballast_config::MarketFile;
use serde::Serialize;
use solana_keypair::write_keypair_file;
use solana_signer::Signer;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
pub struct Addresses {
    pub rpc_url: String,
    pub ws_url: String,
    pub program: String,
    pub config: String,
    pub reserves: Vec<ReserveAddresses>,
    pub wallets: Vec<WalletAddresses>,
    /// Serves the pools below as Jupiter's router would.
    pub swap_url: String,
    pub swap_program: String,
    pub swaps: Vec<PoolAddresses>,
}

/// A pool that gives one asset for another at the oracle's prices, less 30 bps.
#[derive(Serialize)]
pub struct PoolAddresses {
    pub from: String,
    pub to: String,
    pub price: String,
    pub pool: String,
    pub vault_in: String,
    pub vault_out: String,
}

#[derive(Serialize)]
pub struct ReserveAddresses {
    pub symbol: String,
    pub reserve: String,
    pub mint: String,
    pub decimals: u8,
    pub token_program: String,
    pub vault: String,
    pub voucher_mint: String,
    /// Pyth's account.
    pub price: String,
}

#[derive(Serialize)]
pub struct WalletAddresses {
    pub name: &'static str,
    pub address: String,
    pub keypair: PathBuf,
    /// By symbol. Empty for wallets that have only SOL.
    pub token_accounts: BTreeMap<String, String>,
}

impl PoolAddresses {
    fn new([from, to]: [&ballast_config::ReserveSection; 2], swap: &SwapPool) -> Self {
        let [from, to] = [from, to].map(|listed| listed.symbol.clone());
        let [price, pool, vault_in, vault_out] =
            [swap.price, swap.pool, swap.vault_in, swap.vault_out].map(|address| address.to_string());
        Self { from, to, price, pool, vault_in, vault_out }
    }
}

/// Writes the keypairs, and removes the `addresses.json` of an earlier run.
pub fn prepare(folder: &Path) -> Result<PathBuf> {
    let unusable = |error: &dyn Display| {
        anyhow!("cannot use the folder {}: {error}\nhint: choose another folder with --state", folder.display())
    };
    std::fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
    let folder = folder.canonicalize().map_err(|error| unusable(&error))?;
    let addresses = folder.join("addresses.json");
    if addresses.exists() {
        std::fs::remove_file(addresses).map_err(|error| unusable(&error))?;
    }
    for name in keys::ALL {
        write_keypair_file(&key(name), keypair(&folder, name)).map_err(|error| unusable(&error))?;
    }
    Ok(folder)
}

fn keypair(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("json")
}

impl Addresses {
    pub fn new(folder: &Path, ports: Ports, market: &Market, file: &MarketFile) -> Self {
        let listed = file.reserves.iter().zip(&market.assets);
        let reserves = listed.clone().map(|(listed, asset)| ReserveAddresses {
            symbol: listed.symbol.clone(),
            reserve: asset.reserve.to_string(),
            mint: asset.mint.to_string(),
            decimals: asset.decimals,
            token_program: asset.token_program.to_string(),
            vault: asset.vault.to_string(),
            voucher_mint: asset.voucher_mint.to_string(),
            price: asset.feed.address.to_string(),
        });
        let wallet = |name| {
            let address = key(name).pubkey();
            let tokens = listed.clone().filter(|_| keys::WITH_TOKENS.contains(&name));
            let tokens =
                tokens.map(|(listed, asset)| (listed.symbol.clone(), token_address(asset, &address).to_string()));
            let keypair = keypair(folder, name);
            WalletAddresses { name, address: address.to_string(), keypair, token_accounts: tokens.collect() }
        };
        Self {
            rpc_url: ports.rpc_url(),
            ws_url: ports.ws_url(),
            program: ballast::ID.to_string(),
            config: market.config.to_string(),
            reserves: reserves.collect(),
            wallets: keys::ALL.map(wallet).into(),
            swap_url: ports.swap_url(),
            swap_program: SWAP_PROGRAM.to_string(),
            swaps: swaps::pools(market)
                .map(|(pair, swap)| PoolAddresses::new(pair.map(|number| &file.reserves[number]), &swap))
                .collect(),
        }
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join("addresses.json");
        std::fs::write(&path, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// A list for people.
    pub fn summary(&self) -> String {
        let fixed = [
            ("rpc", &self.rpc_url),
            ("websocket", &self.ws_url),
            ("swaps", &self.swap_url),
            ("program", &self.program),
            ("config", &self.config),
        ];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
        let reserves = self.reserves.iter().flat_map(|ReserveAddresses { symbol, reserve, price, .. }| {
            [(format!("reserve {symbol}"), reserve), (format!("price {symbol}"), price)]
        });
        let wallets = self.wallets.iter().map(|wallet| (format!("wallet {}", wallet.name), &wallet.address));
        let lines = fixed.into_iter().chain(reserves).chain(wallets);
        lines.map(|(name, value)| format!("{name:<20} {value}\n")).collect()
    }
}
