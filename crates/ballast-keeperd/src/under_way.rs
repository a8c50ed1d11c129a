//! Transactions that may land: repeated to all sinks, looked for on the chain, and given up when no block can contain them any more.

use crate::journal::Entry;
use crate::metrics;
use crate::node::{AsOf, Node, NodeError};
use crate::sink::Sink;
use ballast_keeper::event::Event;
use ballast_keeper::target::Outcome;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// What nodes answer for at a time.
const BATCH: usize = 256;
/// Of a failure that is none of a program: the account is locked, the blockhash unknown, the fee unpaid.
const NOT_THE_PROGRAM: u32 = u32::MAX;

#[derive(Clone)]
pub struct Sent {
    pub entry: Entry,
    /// Empty for what another keeper has sent, which it cannot repeat any more.
    pub transaction: Arc<[u8]>,
}

/// Looks after what was sent until the chain has spoken.
pub struct UnderWay {
    pub node: Node,
    pub sinks: Vec<Arc<dyn Sink>>,
    pub every: Duration,
    pub sent: mpsc::UnboundedReceiver<Sent>,
    pub events: mpsc::Sender<Event>,
    /// Signatures that are over, for the journal.
    pub closed: mpsc::UnboundedSender<String>,
}

#[derive(Deserialize)]
struct Status {
    slot: u64,
    err: Option<Value>,
    #[serde(rename = "confirmationStatus")]
    confirmation: Option<String>,
}

impl Status {
    /// Not before most of the stake has voted for it: a fork may still take it back.
    fn is_settled(&self) -> bool {
        matches!(self.confirmation.as_deref(), Some("confirmed" | "finalized"))
    }

    fn outcome(&self) -> Outcome {
        match &self.err {
            None => Outcome::Landed(self.slot),
            Some(error) => Outcome::Reverted(code(error)),
        }
    }
}

/// The custom error of an instruction.
fn code(error: &Value) -> u32 {
    let code = error["InstructionError"][1]["Custom"].as_u64();
    code.and_then(|code| u32::try_from(code).ok()).unwrap_or(NOT_THE_PROGRAM)
}

impl UnderWay {
    /// Until nobody sends any more.
    pub async fn run(mut self) {
        let mut open: Vec<Sent> = Vec::new();
        let mut tick = tokio::time::interval(self.every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                sent = self.sent.recv() => {
                    let Some(sent) = sent else { return };
                    self.hand_over(&sent, |_| true);
                    open.push(sent);
                }
                _ = tick.tick(), if !open.is_empty() => match self.look(&open).await {
                    Ok(outcomes) => {
                        for (signature, outcome) in outcomes {
                            let Some(at) = open.iter().position(|sent| sent.entry.signature == signature) else { continue };
                            self.close(open.swap_remove(at), outcome).await;
                        }
                        open.iter().for_each(|sent| self.hand_over(sent, |sink| sink.is_repeated()));
                    }
                    // Not known is not expired: it stays under way until a node has spoken.
                    Err(error) => tracing::warn!(%error, "what became of transactions"),
                },
            }
            metrics::in_flight(open.len());
        }
    }

    /// To all of these sinks at once; a sink that is slow keeps nobody waiting.
    fn hand_over(&self, sent: &Sent, to: impl Fn(&dyn Sink) -> bool) {
        for sink in self.sinks.iter().filter(|sink| !sent.transaction.is_empty() && to(sink.as_ref())) {
            let (sink, sent) = (sink.clone(), sent.clone());
            tokio::spawn(async move {
                if let Err(error) = sink.send(&sent.transaction).await {
                    metrics::sink_failed(sink.name());
                    tracing::warn!(%error, signature = sent.entry.signature, "a sink did not take a transaction");
                }
            });
        }
    }

    async fn look(&self, open: &[Sent]) -> Result<Vec<(String, Outcome)>, NodeError> {
        // Before the statuses: a block up to this height is final, and whatever is in it is found.
        let height: u64 = self.node.call("getBlockHeight", json!([{ "commitment": "finalized" }])).await?;
        let mut outcomes = Vec::new();
        for batch in open.chunks(BATCH) {
            let dead = batch.iter().any(|sent| sent.entry.last_valid_height < height);
            let signatures: Vec<_> = batch.iter().map(|sent| sent.entry.signature.as_str()).collect();
            // What landed long ago, while this keeper was not there, is only in the history.
            let params = json!([signatures, { "searchTransactionHistory": dead }]);
            let statuses: AsOf<Vec<Option<Status>>> = self.node.call("getSignatureStatuses", params).await?;
            for (sent, status) in batch.iter().zip(statuses.value) {
                let outcome = match status {
                    Some(status) if status.is_settled() => status.outcome(),
                    None if sent.entry.last_valid_height < height => Outcome::Expired,
                    _ => continue,
                };
                outcomes.push((sent.entry.signature.clone(), outcome));
            }
        }
        Ok(outcomes)
    }

    async fn close(&self, sent: Sent, outcome: Outcome) {
        let Entry { attempt, signature, .. } = sent.entry;
        let kind = attempt.kind.name();
        let name = match outcome {
            Outcome::Landed(slot) => {
                metrics::landed_after(slot.saturating_sub(attempt.slot));
                "landed"
            }
            Outcome::Lost(_) => "lost",
            Outcome::Reverted(code) => {
                metrics::reverted(code);
                "reverted"
            }
            Outcome::Expired => "expired",
        };
        metrics::outcome(kind, name);
        let target = bs58::encode(attempt.target).into_string();
        tracing::info!(kind, target, attempt = attempt.attempt, signature, ?outcome, "settled");
        let event = Event::Outcome { obligation: attempt.target, attempt: attempt.attempt, outcome };
        // Nobody listens any more: then the journal keeps it open, and the next start asks again.
        if self.events.send(event).await.is_ok() {
            let _ = self.closed.send(signature);
        }
    }
}

/// The first signature of a transaction in the wire format, base 58.
pub fn signature(transaction: &[u8]) -> Option<String> {
    transaction.get(1..65).map(|bytes| bs58::encode(bytes).into_string())
}
