//! Transactions in flight: the keeper repeats them to all sinks, asks the chain about them, and stops when no
//! block can contain them anymore.

use crate::journal::JournalEntry;
use crate::metrics;
use crate::outcomes::Outcomes;
use crate::sink::Sink;
use ballast_keeper::event::KeeperEvent;
use ballast_keeper::target::Outcome;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The keeper asks a node or a sink again after this time.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct SentTransaction {
    pub entry: JournalEntry,
    /// Empty for a transaction of an earlier keeper, which this one cannot repeat.
    pub transaction: Arc<[u8]>,
}

/// Looks after sent transactions until the chain knows their outcome.
pub struct InFlight {
    pub outcomes: Arc<dyn Outcomes>,
    pub sinks: Vec<Arc<dyn Sink>>,
    pub every: Duration,
    pub sent: mpsc::UnboundedReceiver<SentTransaction>,
    pub events: mpsc::Sender<KeeperEvent>,
    /// Signatures of ended transactions, for the journal.
    pub closed: mpsc::UnboundedSender<String>,
}

impl InFlight {
    /// Runs until the loop ends.
    pub async fn run(mut self) {
        let mut open: Vec<SentTransaction> = Vec::new();
        let mut looking = JoinSet::new();
        let mut tick = tokio::time::interval(self.every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                sent = self.sent.recv() => {
                    let Some(sent) = sent else { return };
                    self.hand_over(&sent, |_| true);
                    open.push(sent);
                }
                // In its own task, so that a slow node delays no transaction.
                _ = tick.tick(), if looking.is_empty() && !open.is_empty() => {
                    let (outcomes, asked) = (self.outcomes.clone(), open.iter().map(|sent| sent.entry.clone()));
                    let asked: Vec<_> = asked.collect();
                    looking.spawn(async move { timeout(PATIENCE, outcomes.outcomes(&asked)).await });
                }
                Some(looked) = looking.join_next() => {
                    match looked {
                        Ok(Ok(Ok(outcomes))) => self.close_all(&mut open, outcomes).await,
                        // Without an answer the outcome is unknown, so the transactions stay in flight.
                        Ok(Ok(Err(error))) => tracing::warn!(%error, "the node did not say how transactions ended"),
                        _ => tracing::warn!("the node did not say in time how transactions ended"),
                    }
                    open.iter().for_each(|sent| self.hand_over(sent, |sink| sink.is_repeated()));
                }
            }
            metrics::in_flight(open.len());
        }
    }

    /// Hands a transaction to several sinks at once. A slow sink does not delay the others.
    fn hand_over(&self, sent: &SentTransaction, to: impl Fn(&dyn Sink) -> bool) {
        for sink in self.sinks.iter().filter(|sink| !sent.transaction.is_empty() && to(sink.as_ref())) {
            let (sink, sent) = (sink.clone(), sent.clone());
            tokio::spawn(async move {
                // With a time limit, or the repetitions for a hanging sink would pile up.
                let error = match timeout(PATIENCE, sink.send(&sent.transaction)).await {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => format!("{} did not answer", sink.name()),
                };
                metrics::sink_failed(sink.name());
                tracing::warn!(error, signature = sent.entry.signature, "a sink refused a transaction");
            });
        }
    }

    async fn close_all(&self, open: &mut Vec<SentTransaction>, outcomes: Vec<(String, Outcome)>) {
        for (signature, outcome) in outcomes {
            if let Some(at) = open.iter().position(|sent| sent.entry.signature == signature) {
                self.close(open.swap_remove(at), outcome).await;
            }
        }
    }

    async fn close(&self, sent: SentTransaction, outcome: Outcome) {
        let JournalEntry { attempt, signature, .. } = sent.entry;
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
        let event = KeeperEvent::Outcome { obligation: attempt.target, attempt: attempt.attempt, outcome };
        // If the loop has ended, the journal keeps the transaction open and the next start asks again.
        if self.events.send(event).await.is_ok() {
            let _ = self.closed.send(signature);
        }
    }
}

/// Returns the first signature of a transaction in the wire format, in base 58.
pub fn signature(transaction: &[u8]) -> Option<String> {
    transaction.get(1..65).map(|bytes| bs58::encode(bytes).into_string())
}
