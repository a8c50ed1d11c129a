//! Where a liquidator sells what it has seized: a pool for every two assets of one token program, which trades at the oracle's prices
//! less a fee. The program behind it is the tests' (tests/stage); on other clusters there are real markets.

use crate::genesis::token_address;
use crate::instructions::{Asset, Market, SWAP_PROGRAM, Swap, swap_pool};
use crate::keys::key;
use crate::node::Node;
use crate::prices::Prices;
use anyhow::Result;
use solana_account::Account;
use solana_signer::Signer;

/// What a pool keeps of every trade: 30 bps.
const KEPT: f64 = 0.997;
/// Keeps six digits of the smallest quotient.
const SCALE: f64 = 1e6;
const RENT: u64 = 10_000_000;

/// Which assets, by number, and the pool that gives the second for the first.
pub fn pools(market: &Market) -> impl Iterator<Item = ([usize; 2], Swap)> {
    let assets = &market.assets;
    let pairs = (0..assets.len()).flat_map(|from| (0..assets.len()).map(move |to| [from, to]));
    let traded = pairs.filter(|[from, to]| from != to && assets[*from].token_program == assets[*to].token_program);
    traded.map(|pair| {
        let [from, to] = pair.map(|number| &assets[number]);
        let price = key(&format!("swap {}-{}", pair[0], pair[1])).pubkey();
        let pool = swap_pool(&price).0;
        let [vault_in, vault_out] = [from, to].map(|asset| token_address(asset, &pool));
        (pair, Swap { price, pool, vault_in, vault_out })
    })
}

/// Every pool trades at these prices from now on.
pub fn publish(node: &Node, market: &Market, prices: &Prices) -> Result<()> {
    for (pair, swap) in pools(market) {
        let data = rate(pair.map(|number| (&market.assets[number], prices.quotes[number].spot.dollars)));
        let data = data.map(u64::to_le_bytes).concat();
        node.set(swap.price, Account { lamports: RENT, data, owner: SWAP_PROGRAM, ..Account::default() })?;
    }
    Ok(())
}

/// Atoms out, for atoms in.
fn rate([(from, paid), (to, got)]: [(&Asset, f64); 2]) -> [u64; 2] {
    let one = |asset: &Asset| 10f64.powi(asset.decimals.into());
    [paid / got * KEPT * one(to) * SCALE, one(from) * SCALE].map(|atoms| atoms.round() as u64)
}

/// What [`rate`] has written, if it is one.
pub fn rate_of(data: &[u8]) -> Option<[u64; 2]> {
    let (numerator, rest) = data.split_first_chunk()?;
    let rate = [u64::from_le_bytes(*numerator), u64::from_le_bytes(*rest.first_chunk()?)];
    (rate[1] != 0).then_some(rate)
}
