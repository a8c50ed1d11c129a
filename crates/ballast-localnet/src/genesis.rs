//! What exists before the market: the programs, mints, price accounts, and wallets with SOL and tokens. The accounts
//! are written, not sent, because on other clusters other people have created them.

use crate::instructions::{Market, SWAP_PROGRAM, swap_program_path};
use crate::keys::{self, key};
use crate::node::LocalNode;
use crate::prices::Prices;
use crate::publish::publish;
use crate::swaps;
use crate::wallets::{atoms, fund, give, mint};
use anyhow::{Result, anyhow};
use solana_signer::Signer;
use std::path::Path;

/// What every wallet with tokens holds of every asset, in USD.
pub const DOLLARS: f64 = 1_000_000.0;

/// Writes it all. `path` is the program to deploy at Ballast's address.
pub fn write(node: &LocalNode, market: &Market, prices: &Prices, path: &Path) -> Result<()> {
    for (program, path) in [(ballast::ID, path), (SWAP_PROGRAM, &swap_program_path())] {
        let elf = std::fs::read(path).map_err(|error| {
            anyhow!("cannot read {}: {error}\nhint: run `cargo xtask build`, which compiles it", path.display())
        })?;
        node.deploy(program, key(keys::AUTHORITY).pubkey(), &elf)?;
    }
    for name in keys::ALL {
        fund(node, &key(name).pubkey())?;
    }
    for (number, asset) in market.assets.iter().enumerate() {
        let amount = share(market, prices, number);
        let pools = swaps::pools(market).filter(|([_, to], _)| *to == number).count();
        node.set(asset.mint, mint(asset, amount * (keys::WITH_TOKENS.len() + pools) as u64))?;
        for name in keys::WITH_TOKENS {
            give(node, asset, &key(name).pubkey(), amount)?;
        }
    }
    for ([from, to], swap) in swaps::pools(market) {
        give(node, &market.assets[from], &swap.pool, 0)?;
        give(node, &market.assets[to], &swap.pool, share(market, prices, to))?;
    }
    publish(node, market, prices)
}

/// What every wallet and every pool holds of an asset.
fn share(market: &Market, prices: &Prices, number: usize) -> u64 {
    atoms(DOLLARS / prices.quotes[number].spot.dollars, market.assets[number].decimals)
}
