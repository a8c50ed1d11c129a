//! Borrowers to warn and to liquidate when prices fall. Each has wrapped SOL as collateral and owes USDC. Their health
//! ranges from just what a new loan needs to what survives a fall of a third.

use crate::instructions::{self, Market};
use crate::keys::key;
use crate::node::LocalNode;
use crate::prices::Prices;
use crate::wallets::{atoms, fund, give};
use anyhow::{Context, Result};
use ballast_config::MarketFile;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// The collateral of each borrower, in USD.
const DOLLARS: f64 = 5_000.0;
/// What the most and the least daring borrower owe, as a part of the collateral's value.
const LOAN_TO_VALUE: [f64; 2] = [0.74, 0.5];

/// Opens `count` obligations.
pub fn gather(node: &LocalNode, market: &Market, file: &MarketFile, prices: &Prices, count: usize) -> Result<()> {
    let number = |symbol: &str| file.reserves.iter().position(|reserve| reserve.symbol == symbol);
    let pair = number("SOL")
        .zip(number("USDC"))
        .context("a crowd needs SOL and USDC\nhint: list both, or leave out --crowd")?;
    let owners = (0..count).map(|person| key(&format!("crowd {person}"))).collect::<Vec<_>>();
    for (person, owner) in owners.iter().enumerate() {
        // Evenly spaced, from the most daring to the least.
        let caution = person as f64 / (count.max(2) - 1) as f64;
        let loan_to_value = LOAN_TO_VALUE[0] + caution * (LOAN_TO_VALUE[1] - LOAN_TO_VALUE[0]);
        enter(node, market, prices, pair.into(), owner, loan_to_value)?;
    }
    Ok(())
}

fn enter(
    node: &LocalNode,
    market: &Market,
    prices: &Prices,
    pair: [usize; 2],
    owner: &Keypair,
    ltv: f64,
) -> Result<()> {
    let worth = |number: usize, dollars: f64| {
        atoms(dollars / prices.quotes[number].spot.dollars, market.assets[number].decimals)
    };
    let ([sol, usdc], wallet) = (pair, owner.pubkey());
    let (collateral, debt) = (worth(sol, DOLLARS), worth(usdc, DOLLARS * ltv));
    fund(node, &wallet)?;
    let source = give(node, &market.assets[sol], &wallet, collateral)?;
    let destination = give(node, &market.assets[usdc], &wallet, 0)?;
    let entry = [
        instructions::obligation_open(market, owner),
        instructions::deposit(market, owner, sol, source, collateral),
        instructions::borrow(market, owner, pair, destination, debt),
    ];
    node.send("a borrower's loan", &entry, owner)
}
