//! Where a liquidator sells seized collateral: a pool for every two assets of one token program. A pool trades at the
//! oracle's prices less a fee. Its program is tests/stage; other clusters have real markets.

use crate::instructions::{ListedAsset, Market, SWAP_PROGRAM, SwapPool, swap_pool};
use crate::keys::key;
use crate::node::LocalNode;
use crate::prices::Prices;
use crate::wallets::token_address;
use anyhow::Result;
use solana_account::Account;
use solana_signer::Signer;

/// The part of the oracle's rate that a trader gets: a pool keeps 30 bps.
const RETURNED: f64 = 0.997;
/// Keeps six digits of the smallest rate.
const SCALE: f64 = 1e6;
const RENT: u64 = 10_000_000;

/// The pools, each with the numbers of its two assets. A pool gives the second for the first.
pub fn pools(market: &Market) -> impl Iterator<Item = ([usize; 2], SwapPool)> {
    let assets = &market.assets;
    let pairs = (0..assets.len()).flat_map(|from| (0..assets.len()).map(move |to| [from, to]));
    let traded = pairs.filter(|[from, to]| from != to && assets[*from].token_program == assets[*to].token_program);
    traded.map(|pair| {
        let [from, to] = pair.map(|number| &assets[number]);
        let price = key(&format!("swap {}-{}", pair[0], pair[1])).pubkey();
        let pool = swap_pool(&price).0;
        let [vault_in, vault_out] = [from, to].map(|asset| token_address(asset, &pool));
        (pair, SwapPool { price, pool, vault_in, vault_out })
    })
}

/// Sets the prices at which every pool trades from now on.
pub fn publish(node: &LocalNode, market: &Market, prices: &Prices) -> Result<()> {
    for (pair, swap) in pools(market) {
        let data = rate(pair.map(|number| (&market.assets[number], prices.quotes[number].spot.dollars)));
        let data = data.map(u64::to_le_bytes).concat();
        node.set(swap.price, Account { lamports: RENT, data, owner: SWAP_PROGRAM, ..Account::default() })?;
    }
    Ok(())
}

/// Returns the atoms that a pool pays, and the atoms that it takes for them.
fn rate([(from, paid), (to, got)]: [(&ListedAsset, f64); 2]) -> [u64; 2] {
    let one = |asset: &ListedAsset| 10f64.powi(asset.decimals.into());
    [paid / got * RETURNED * one(to) * SCALE, one(from) * SCALE].map(|atoms| atoms.round() as u64)
}

/// Reads what [`rate`] has written. `None` if the data is not a rate.
pub fn rate_of(data: &[u8]) -> Option<[u64; 2]> {
    let (numerator, rest) = data.split_first_chunk()?;
    let rate = [u64::from_le_bytes(*numerator), u64::from_le_bytes(*rest.first_chunk()?)];
    (rate[1] != 0).then_some(rate)
}
