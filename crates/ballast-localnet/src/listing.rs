//! The market, through the program's own instructions: opened, every asset listed and opened, then closed to hasty changes. What is
//! skipped is the waiting: a market that is being set up has no delay.

use crate::genesis::{DOLLARS, atoms, token_address};
use crate::instructions::{self, Market};
use crate::keys::{self, key};
use crate::node::Node;
use crate::prices::Prices;
use anyhow::Result;
use ballast_config::MarketFile;
use solana_signer::Signer;

pub fn list(node: &Node, market: &Market, file: &MarketFile) -> Result<()> {
    let settings = file.market.settings()?;
    node.send("config_init", &[instructions::open(market, settings)], &market.authority)?;
    for reserve in &file.reserves {
        let listing = instructions::list(market, file, reserve)?;
        node.send(&format!("the listing of {}", reserve.symbol), &listing, &market.authority)?;
    }
    node.send("the market's delay", &instructions::close_setup(market, settings), &market.authority)
}

/// The lender supplies half of what it has, in one transaction per asset.
pub fn supply(node: &Node, market: &Market, prices: &Prices) -> Result<()> {
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
