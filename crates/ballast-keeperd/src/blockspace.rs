//! What it takes to get into a block: a blockhash, the fee that others pay, and the tip that bundles pay. It also
//! learns the cluster's slot.

use crate::endpoint::Endpoint;
use crate::health::DaemonHealth;
use crate::metrics;
use crate::node::{AsOf, NodeError, RpcNode};
use crate::source::Closed;
use crate::source::rpc::SLOT;
use anchor_lang::prelude::Address;
use ballast_keeper::event::KeeperEvent;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval, timeout};

const FEES_EVERY: Duration = Duration::from_secs(5);
/// A blockhash that takes longer is old on arrival.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most accounts that a node takes in one request.
const MOST_ACCOUNTS: usize = 128;
const LAMPORTS: f64 = 1e9;
/// No source is half a day behind. A slot this far ahead would make every later blockhash look old.
const OTHER_CLUSTER_SLOTS: u64 = 100_000;

pub struct Blockspace {
    /// The first one gives fees and balance. All give blockhashes, and the newest counts.
    pub nodes: Vec<RpcNode>,
    pub tip_floor: Option<Endpoint>,
    pub quantile_percent: u8,
    pub payer: Address,
    pub health: Arc<DaemonHealth>,
    pub events: mpsc::Sender<KeeperEvent>,
    /// The accounts whose fees count.
    pub written: watch::Receiver<Vec<Address>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Latest {
    blockhash: String,
    last_valid_block_height: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paid {
    prioritization_fee: u64,
}

#[derive(Deserialize)]
struct TipFloor {
    landed_tips_50th_percentile: f64,
}

impl Blockspace {
    pub async fn run(self) {
        let mut tick = interval(SLOT);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut asked_fees: Option<Instant> = None;
        let mut newest = 0;
        loop {
            tick.tick().await;
            if self.blockhash(&mut newest).await.is_err() {
                return;
            }
            if asked_fees.is_none_or(|asked| asked.elapsed() >= FEES_EVERY) {
                asked_fees = Some(Instant::now());
                if self.costs().await.is_err() {
                    return;
                }
            }
        }
    }

    async fn blockhash(&self, newest: &mut u64) -> Result<(), Closed> {
        let mut answers = tokio::task::JoinSet::new();
        for node in &self.nodes {
            let node = node.clone();
            answers.spawn(async move {
                let params = json!([{ "commitment": "confirmed" }]);
                timeout(PATIENCE, node.call::<AsOf<Latest>>("getLatestBlockhash", params)).await
            });
        }
        while let Some(answer) = answers.join_next().await {
            let latest = match answer {
                Ok(Ok(Ok(latest))) => latest,
                Ok(Ok(Err(error))) => {
                    tracing::debug!(%error, "no blockhash");
                    continue;
                }
                _ => continue,
            };
            let slot = latest.context.slot;
            let (source, _) = self.health.slots();
            if source == 0 {
                // Until the source has delivered a slot there is nothing to compare with, and nothing to send either.
                continue;
            }
            if slot > source.saturating_add(OTHER_CLUSTER_SLOTS) {
                tracing::warn!(slot, source, "a node belongs to another cluster than the source; check [send] rpc");
                continue;
            }
            self.health.cluster_at(slot);
            let Some(hash) = latest.value.blockhash.parse::<Address>().ok().filter(|_| slot > *newest) else {
                continue;
            };
            *newest = slot;
            let last_valid_height = latest.value.last_valid_block_height;
            let event = KeeperEvent::Blockhash { hash: hash.to_bytes(), slot, last_valid_height };
            self.events.send(event).await.map_err(|_| Closed)?;
        }
        Ok(())
    }

    /// Asks for fees, tip and balance. Without an answer, the last values stand.
    async fn costs(&self) -> Result<(), Closed> {
        match self.fee().await {
            Ok(Some(micro_lamports_per_unit)) => {
                metrics::fee(micro_lamports_per_unit);
                self.events.send(KeeperEvent::Fee { micro_lamports_per_unit }).await.map_err(|_| Closed)?;
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "no fees"),
        }
        if let Some(lamports) = self.tip().await {
            self.events.send(KeeperEvent::Tip { lamports }).await.map_err(|_| Closed)?;
        }
        let payer = bs58::encode(self.payer).into_string();
        let balance: Result<AsOf<u64>, _> = self.nodes[0].call("getBalance", json!([payer])).await;
        if let Ok(balance) = balance {
            metrics::balance(balance.value);
        }
        Ok(())
    }

    async fn fee(&self) -> Result<Option<u64>, NodeError> {
        let written = self.written.borrow().clone();
        let written: Vec<_> = written.iter().take(MOST_ACCOUNTS).map(|address| address.to_string()).collect();
        let paid: Vec<Paid> = self.nodes[0].call("getRecentPrioritizationFees", json!([written])).await?;
        Ok(quantile(paid.into_iter().map(|paid| paid.prioritization_fee).collect(), self.quantile_percent))
    }

    async fn tip(&self) -> Option<u64> {
        let url = self.tip_floor.as_ref()?.expose().clone();
        let floors = async { reqwest::get(url).await?.json::<Vec<TipFloor>>().await };
        let floors = timeout(PATIENCE, floors).await.ok()?.ok()?;
        let sol = floors.first()?.landed_tips_50th_percentile;
        // The conversion saturates: a nonsensical value becomes 0 or the cap.
        Some((sol * LAMPORTS) as u64)
    }
}

/// Returns the least value that `percent` of all values do not exceed.
fn quantile(mut values: Vec<u64>, percent: u8) -> Option<u64> {
    values.sort_unstable();
    let rank = (values.len() * usize::from(percent)).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = || vec![40, 10, 30, 20];
        let all = [0, 25, 26, 75, 100].map(|percent| quantile(values(), percent));
        assert_eq!(all, [Some(10), Some(10), Some(20), Some(30), Some(40)]);
        assert_eq!(quantile(Vec::new(), 75), None);
    }
}
