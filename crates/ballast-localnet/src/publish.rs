//! The loop: every second it writes the oracle's prices into their accounts, dated by the chain's clock. Slots pass
//! meanwhile.

use crate::instructions::{Market, Quotation};
use crate::node::LocalNode;
use crate::orders::PriceOrders;
use crate::prices::{OracleQuote, Prices};
use crate::swaps;
use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

const EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop` receives.
pub fn run(
    node: &LocalNode,
    market: &Market,
    prices: &mut Prices,
    orders: &mut PriceOrders,
    stop: &Receiver<()>,
) -> Result<()> {
    let mut last = Instant::now();
    while stop.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        node.check_alive()?;
        prices.advance(last.elapsed());
        last = Instant::now();
        orders.obey(prices);
        publish(node, market, prices)?;
    }
    Ok(())
}

/// Writes all prices once.
pub fn publish(node: &LocalNode, market: &Market, prices: &Prices) -> Result<()> {
    let now = node.now();
    for (asset, quote) in market.assets.iter().zip(&prices.quotes) {
        node.set(asset.feed.address, asset.feed.account(&quotation(quote, now)))?;
    }
    swaps::publish(node, market, prices)
}

fn quotation(quote: &OracleQuote, publish_time: i64) -> Quotation {
    let OracleQuote { spot, average, .. } = quote;
    Quotation::new((spot.dollars, spot.confidence), (average.dollars, average.confidence), publish_time)
}

/// Receives when Ctrl-C or SIGTERM has come.
pub fn stopped() -> Result<Receiver<()>> {
    let (stop, stopped) = bounded(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = runtime.block_on(async {
        Ok::<_, std::io::Error>((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    })?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        });
        // No receiver: the process is ending already.
        let _ = stop.send(());
    });
    Ok(stopped)
}
