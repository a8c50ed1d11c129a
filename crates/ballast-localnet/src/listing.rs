//! The market, through the program's own instructions: it opens, every asset is listed and opened, then changes get
//! their delay. Only the waiting is skipped, because a market has no delay while it is set up.

use crate::genesis::DOLLARS;
use crate::instructions::{self, Market};
use crate::keys::{self, key};
use crate::node::LocalNode;
use crate::prices::Prices;
use crate::wallets::{atoms, token_address};
use anyhow::Result;
use ballast_config::MarketFile;
use solana_signer::Signer;

/// Opens the market and lists every asset of the file.
pub fn list(node: &LocalNode, market: &Market, file: &MarketFile) -> Result<()> {
    let settings = file.market.settings()?;
    node.send("config_init", &[instructions::open(market, settings)], &market.authority)?;
    for reserve in &file.reserves {
        let listing = instructions::list(market, file, reserve)?;
        node.send(&format!("the listing of {}", reserve.symbol), &listing, &market.authority)?;
    }
    node.send("the market's delay", &instructions::close_setup(market, settings), &market.authority)
}

/// The lender supplies half of its tokens, in one transaction per asset.
pub fn supply(node: &LocalNode, market: &Market, prices: &Prices) -> Result<()> {
    let lender = key(keys::LENDER);
    node.send("obligation_open", &[instructions::obligation_open(market, &lender)], &lender)?;
    for (index, (asset, quote)) in market.assets.iter().zip(&prices.quotes).enumerate() {
        let amount = atoms(DOLLARS / 2.0 / quote.spot.dollars, asset.decimals);
        let source = token_address(asset, &lender.pubkey());
        let deposit = instructions::deposit(market, &lender, index, source, amount);
        node.send("the lender's deposit", &[deposit], &lender)?;
    }
    Ok(())
}
