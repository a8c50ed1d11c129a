//! Prints the price of every reserve and the health of every obligation of a market, by default the localnet's:
//!
//! cargo run --locked --ignore-rust-version -p ballast-client --features rpc --example market [URL CONFIG]

use ballast_client::Snapshot;
use ballast_core::price::PriceUse;
use solana_rpc_client::rpc_client::RpcClient;

/// The node and the market of `cargo xtask localnet`, the same in every run.
const LOCALNET: [&str; 2] = ["http://127.0.0.1:8899", "4XYzXaH8P1WhyZqyL61uZvxUtCTmXvA4To8ZJYq2hF93"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named = std::env::args().skip(1).collect::<Vec<_>>();
    let [url, config] = if let [url, config] = named.as_slice() { [url.as_str(), config] } else { LOCALNET };
    let node = RpcClient::new(url.to_owned());
    let market = Snapshot::read(&node, &config.parse()?)?;
    println!("slot {}, {} reserves", market.moment.slot, market.reserves.len());
    for listed in &market.reserves {
        match &listed.price {
            Ok(price) => println!("{}: {}e{} USD", listed.reserve.address, price.spot, price.exponent),
            Err(reason) => println!("{}: {reason}", listed.reserve.address),
        }
    }
    for obligation in market.obligations(&node)? {
        // The program would compute the same in this slot.
        match market.totals(&obligation.state.positions, PriceUse::Liquidation) {
            Ok(totals) if totals.debt == Default::default() => println!("{}: owes nothing", obligation.address),
            Ok(totals) => println!("{}: health {} bps", obligation.address, totals.maintenance.factor_bps_floor()),
            Err(unvalued) => println!("{}: {unvalued}", obligation.address),
        }
    }
    Ok(())
}
