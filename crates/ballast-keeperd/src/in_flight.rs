//! Transactions that may land: repeated to all sinks, looked for on the chain, and given up when no block can contain them any more.

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

/// A node or a sink that takes longer is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct SentTransaction {
    pub entry: JournalEntry,
    /// Empty for what another keeper has sent, which it cannot repeat any more.
    pub transaction: Arc<[u8]>,
}

/// Looks after what was sent until the chain has spoken.
pub struct InFlight {
    pub outcomes: Arc<dyn Outcomes>,
    pub sinks: Vec<Arc<dyn Sink>>,
    pub every: Duration,
    pub sent: mpsc::UnboundedReceiver<SentTransaction>,
    pub events: mpsc::Sender<KeeperEvent>,
    /// Signatures that are over, for the journal.
    pub closed: mpsc::UnboundedSender<String>,
}

impl InFlight {
    /// Until nobody sends any more.
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
                // Beside the rest: a node that takes its time keeps nothing from being sent.
                _ = tick.tick(), if looking.is_empty() && !open.is_empty() => {
                    let (outcomes, asked) = (self.outcomes.clone(), open.iter().map(|sent| sent.entry.clone()));
                    let asked: Vec<_> = asked.collect();
                    looking.spawn(async move { timeout(PATIENCE, outcomes.outcomes(&asked)).await });
                }
                Some(looked) = looking.join_next() => {
                    match looked {
                        Ok(Ok(Ok(outcomes))) => self.close_all(&mut open, outcomes).await,
                        // Not known is not expired: it stays under way until a node has spoken.
                        Ok(Ok(Err(error))) => tracing::warn!(%error, "what became of transactions"),
                        _ => tracing::warn!("no node says in time what became of transactions"),
                    }
                    open.iter().for_each(|sent| self.hand_over(sent, |sink| sink.is_repeated()));
                }
            }
            metrics::in_flight(open.len());
        }
    }

    /// To all of these sinks at once; a sink that is slow keeps nobody waiting.
    fn hand_over(&self, sent: &SentTransaction, to: impl Fn(&dyn Sink) -> bool) {
        for sink in self.sinks.iter().filter(|sink| !sent.transaction.is_empty() && to(sink.as_ref())) {
            let (sink, sent) = (sink.clone(), sent.clone());
            tokio::spawn(async move {
                // Bounded, or the repetitions for a sink that hangs pile up.
                let error = match timeout(PATIENCE, sink.send(&sent.transaction)).await {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => format!("{} does not answer", sink.name()),
                };
                metrics::sink_failed(sink.name());
                tracing::warn!(error, signature = sent.entry.signature, "a sink did not take a transaction");
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
