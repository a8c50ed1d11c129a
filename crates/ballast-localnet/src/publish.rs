//! The loop: every second, what the oracle says is written into its accounts, dated by the chain's own clock. Slots pass meanwhile.

use crate::instructions::{Market, Quotation};
use crate::node::Node;
use crate::orders::Orders;
use crate::prices::{Prices, Quote};
use crate::swaps;
use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

const EVERY: Duration = Duration::from_secs(1);
/// Pyth's exponent for these feeds.
const EXPONENT: i32 = -8;

/// Until somebody wants it to end.
pub fn run(node: &Node, market: &Market, prices: &mut Prices, orders: &mut Orders, stop: &Receiver<()>) -> Result<()> {
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

pub fn publish(node: &Node, market: &Market, prices: &Prices) -> Result<()> {
    let now = node.now();
    for (asset, quote) in market.assets.iter().zip(&prices.quotes) {
        node.set(asset.feed.address, asset.feed.account(&quotation(quote, now)))?;
    }
    swaps::publish(node, market, prices)
}

fn quotation(quote: &Quote, publish_time: i64) -> Quotation {
    let scale = 10f64.powi(-EXPONENT);
    Quotation {
        spot: (quote.spot.dollars * scale).round() as i64,
        confidence: (quote.spot.confidence * scale).round() as u64,
        ema: (quote.average.dollars * scale).round() as i64,
        ema_confidence: (quote.average.confidence * scale).round() as u64,
        exponent: EXPONENT,
        publish_time,
    }
}

/// Says when Ctrl-C or SIGTERM has come.
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
        // Nobody listens any more: it is ending already.
        let _ = stop.send(());
    });
    Ok(stopped)
}
