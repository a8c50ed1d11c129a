//! The loop: it hands events to the engine and carries out the engine's actions.

use crate::alerts::Alerts;
use crate::health::DaemonHealth;
use crate::in_flight::{SentTransaction, signature};
use crate::journal::{Journal, JournalEntry};
use crate::metrics;
use anchor_lang::prelude::Address;
use ballast_keeper::engine::KeeperTokenAccount;
use ballast_keeper::engine::WantedRoute;
use ballast_keeper::event::{Fate, KeeperAction, KeeperEvent, SignedTransaction};
use ballast_keeper::score::Score;
use ballast_keeper::snapshot::SnapshotError;
use ballast_keeper::status::EngineStatus;
use ballast_keeper::target::Outcome;
use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};

/// The most events of one turn.
const BATCH: usize = 4_096;
/// How often the loop turns without events.
const BEAT: Duration = Duration::from_millis(250);

/// After this time the source has read the watched accounts.
const SETTLED: Duration = Duration::from_secs(5);

/// Decides what to do: [`crate::recorded::RecordedEngine`], which contains the engine.
pub trait Decider: Send {
    fn step(&mut self, batch: &[KeeperEvent]) -> Vec<KeeperAction>;
    /// Works for less than a millisecond, or for a part of a step's time. Returns false if there was nothing to do.
    fn tend(&mut self) -> bool;
    fn accounts(&self) -> Vec<Address>;
    fn token_accounts(&self) -> Vec<KeeperTokenAccount>;
    fn wanted_routes(&self) -> Vec<WantedRoute>;
    fn status(&self) -> EngineStatus;
    fn score(&self) -> Score;
    fn health_bps(&self, obligation: &Address) -> Option<u64>;
    fn obligations_of(&self, owner: &Address) -> Vec<Address>;
    fn save(&mut self, to: &mut dyn Write) -> Result<(), SnapshotError>;
}

pub struct Daemon<B> {
    pub decider: B,
    pub health: Arc<DaemonHealth>,
    pub alerts: Alerts,
    /// `None` if the mode sends nothing.
    pub journal: Option<Journal>,
    pub sent: mpsc::UnboundedSender<SentTransaction>,
    /// Signatures of transactions that have ended.
    pub closed: mpsc::UnboundedReceiver<String>,
    pub watched: watch::Sender<Vec<Address>>,
    /// For the router.
    pub wanted: watch::Sender<Vec<WantedRoute>>,
    pub reload: Arc<Notify>,
    pub state: LoopState,
}

/// What the loop remembers from turn to turn.
#[derive(Default)]
pub struct LoopState {
    in_flight: HashSet<(Address, u64)>,
    /// The source is too far behind the cluster. The engine waits until everything is loaded again.
    is_behind: bool,
    /// The market is known, and recent enough to act on.
    is_ready: bool,
    /// The engine has more to tend, as soon as no event waits.
    is_tending: bool,
    /// When the loop was asked to stop. Since then it sends nothing more.
    stopping: Option<Instant>,
    status: EngineStatus,
    reported: Option<Instant>,
    /// The time of the first report.
    known_since: Option<Instant>,
    /// The missing token accounts of the last warning.
    closed_wallets: Vec<Address>,
    /// Events for the next turn.
    pending: Vec<KeeperEvent>,
}

impl<B: Decider> Daemon<B> {
    /// Runs until `stop` is set and nothing is in flight, or until `patience` is over.
    pub async fn run(
        &mut self,
        events: &mut mpsc::Receiver<KeeperEvent>,
        mut stop: watch::Receiver<bool>,
        patience: Duration,
    ) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut batch = std::mem::take(&mut self.state.pending);
            tokio::select! {
                // In this order: the loop tends the engine only while there is nothing else to do.
                biased;
                _ = stop.wait_for(|stop| *stop), if self.state.stopping.is_none() => {
                    self.state.stopping = Some(Instant::now());
                    tracing::info!(in_flight = self.state.in_flight.len(), "stopping: the keeper sends nothing more");
                }
                taken = events.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                _ = beat.tick() => {}
                // Yields first, so that the tasks that bring events can run.
                () = tokio::task::yield_now(), if self.state.is_tending => {}
            }
            self.turn(batch, events.len());
            let over = self.state.stopping.is_some_and(|since| since.elapsed() >= patience);
            // Without a journal nothing was sent, so nothing can land.
            let is_done = self.state.in_flight.is_empty() || self.journal.is_none();
            if self.state.stopping.is_some() && (over || is_done) {
                self.settle();
                return;
            }
        }
    }

    fn turn(&mut self, mut batch: Vec<KeeperEvent>, queued: usize) {
        batch.iter().for_each(|event| self.count(event));
        self.hold_still_when_behind(&mut batch);
        if !batch.is_empty() {
            let start = Instant::now();
            // The engine computes on all cores for milliseconds, so other tasks move to another thread.
            let actions = tokio::task::block_in_place(|| self.decider.step(&batch));
            metrics::step(start.elapsed(), queued);
            self.act(actions);
            self.state.is_tending = true;
        }
        if self.state.is_tending {
            self.state.is_tending = tokio::task::block_in_place(|| self.decider.tend());
        }
        self.settle();
        self.report(Instant::now());
        self.health.turned();
    }

    fn count(&mut self, event: &KeeperEvent) {
        let name = match event {
            KeeperEvent::Account(account) => {
                self.health.source_at(account.slot);
                "account"
            }
            KeeperEvent::Slot(slot, Fate::Processed) => {
                self.health.source_at(*slot);
                self.health.cluster_at(*slot);
                "slot"
            }
            KeeperEvent::Slot(_, Fate::Rooted) => "root",
            KeeperEvent::Slot(_, Fate::Dead) => "dead",
            KeeperEvent::Loading { .. } => "loading",
            KeeperEvent::Loaded => "loaded",
            KeeperEvent::Lost => {
                metrics::source_lost();
                metrics::event("lost");
                return;
            }
            KeeperEvent::Outcome { obligation, attempt, .. } => {
                self.state.in_flight.remove(&(*obligation, *attempt));
                metrics::event("outcome");
                return;
            }
            _ => {
                metrics::event("blockspace");
                return;
            }
        };
        self.health.heard();
        metrics::event(name);
    }

    /// A source that lags shows old prices. A keeper that acts on them tries to liquidate healthy obligations, and pays
    /// for the refusals.
    fn hold_still_when_behind(&mut self, batch: &mut Vec<KeeperEvent>) {
        let is_behind = self.health.is_behind();
        let has_loaded = batch.contains(&KeeperEvent::Loaded);
        if is_behind && (!self.state.is_behind || has_loaded) {
            let (source, cluster) = self.health.slots();
            tracing::warn!(source, cluster, "the source is behind: the keeper sends nothing");
            metrics::source_lost();
            batch.push(KeeperEvent::Lost);
        }
        if self.state.is_behind && !is_behind {
            tracing::info!("the source has caught up: the keeper loads everything again");
            self.reload.notify_one();
        }
        self.state.is_behind = is_behind;
    }

    fn act(&mut self, actions: Vec<KeeperAction>) {
        let mut signed = Vec::new();
        for action in actions {
            match action {
                KeeperAction::Send(transaction) => signed.push(transaction),
                KeeperAction::Notify(notice) => {
                    tracing::info!(target_account = bs58::encode(notice.obligation).into_string(), line = ?notice.line,
                        health_bps = notice.health_bps, "notice");
                    self.alerts.send(&notice, Instant::now());
                }
                KeeperAction::Reload => {
                    metrics::reload();
                    self.reload.notify_one();
                }
            }
        }
        if !signed.is_empty() {
            self.send(signed);
        }
    }

    /// Sends what the journal has on disk.
    fn send(&mut self, signed: Vec<SignedTransaction>) {
        if self.state.stopping.is_some() {
            signed.iter().for_each(|_| metrics::withheld("stopping"));
            return;
        }
        let entries: Vec<_> = signed.iter().filter_map(entry).collect();
        let journaled = match &mut self.journal {
            Some(journal) => tokio::task::block_in_place(|| journal.sent(&entries)),
            None => Ok(()),
        };
        if let Err(error) = journaled {
            tracing::error!(%error, "the journal failed, so the keeper does not send");
            for SignedTransaction { target, attempt, .. } in signed {
                metrics::withheld("journal");
                // As if it had expired, so that the keeper tries the target again.
                self.state.pending.push(KeeperEvent::Outcome {
                    obligation: target,
                    attempt,
                    outcome: Outcome::Expired,
                });
            }
            return;
        }
        for (entry, signed) in entries.into_iter().zip(signed) {
            let name = signed.kind.name();
            metrics::sent(name);
            let target = bs58::encode(signed.target).into_string();
            let (attempt, signature, slot) = (signed.attempt, &entry.signature, signed.slot);
            tracing::info!(kind = name, target, attempt, signature, slot, "sending");
            self.state.in_flight.insert((signed.target, attempt));
            // The receiver lives as long as this loop.
            let _ = self.sent.send(SentTransaction { entry, transaction: signed.transaction.into() });
        }
    }

    /// Closes ended transactions in the journal, so that a restart need not ask about them.
    fn settle(&mut self) {
        while let Ok(signature) = self.closed.try_recv() {
            if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.closed(&signature)) {
                tracing::warn!(%error, signature, "the journal could not record that a transaction has ended");
            }
        }
    }

    /// Updates metrics, watched accounts and the subscribers' own lines, once per beat.
    fn report(&mut self, now: Instant) {
        if self.state.reported.is_some_and(|reported| now.duration_since(reported) < BEAT) {
            return;
        }
        self.state.reported = Some(now);
        let status = self.decider.status();
        let knows = status.is_loaded && !self.state.is_behind;
        if knows && !self.state.is_ready {
            tracing::info!(slot = status.slot, obligations = status.obligations, "ready");
        }
        self.state.is_ready = knows;
        self.health.loaded(knows);
        let (source, cluster) = self.health.slots();
        metrics::source(source, cluster, self.health.silent_for());
        metrics::engine(&status, &self.state.status);
        metrics::score(&self.decider.score());
        send_if_changed(&self.watched, self.decider.accounts());
        send_if_changed(&self.wanted, self.decider.wanted_routes());
        self.warn_of_closed_wallets(&status);
        if status.is_loaded && !self.alerts.is_empty() {
            let decider = &self.decider;
            let (of_owner, health) =
                (|owner: &Address| decider.obligations_of(owner), |one: &Address| decider.health_bps(one));
            self.alerts.compare((status.slot, now), of_owner, health);
        }
        self.state.status = status;
    }

    /// Warns of missing token accounts. The source learns of them from the reserves, so the warning waits until they
    /// have been read.
    fn warn_of_closed_wallets(&mut self, status: &EngineStatus) {
        let known_since = *self.state.known_since.get_or_insert_with(Instant::now);
        if !status.is_loaded || known_since.elapsed() < SETTLED {
            return;
        }
        let closed = self.decider.token_accounts().into_iter().filter(|wallet| !wallet.is_open);
        let closed: Vec<_> = closed.collect();
        let addresses: Vec<_> = closed.iter().map(|wallet| wallet.address).collect();
        if addresses != self.state.closed_wallets {
            for wallet in closed {
                let [account, mint] = [wallet.address, wallet.mint].map(|key| bs58::encode(key).into_string());
                tracing::warn!(
                    symbol = wallet.symbol(),
                    account,
                    mint,
                    "the keeper has no account for this token, so it liquidates nothing with or for it"
                );
            }
            self.state.closed_wallets = addresses;
        }
    }

    /// Takes over the transactions of an earlier keeper that may still land.
    pub fn resume(&mut self, entries: Vec<JournalEntry>) {
        for entry in entries {
            tracing::info!(signature = entry.signature, "resumed a transaction that may still land");
            self.state.pending.push(KeeperEvent::Resumed(entry.attempt));
            self.state.in_flight.insert((entry.attempt.target, entry.attempt.attempt));
            let _ = self.sent.send(SentTransaction { entry, transaction: Arc::new([]) });
        }
    }
}

fn send_if_changed<T: PartialEq>(channel: &watch::Sender<T>, value: T) {
    channel.send_if_modified(|known| {
        let has_changed = *known != value;
        *known = value;
        has_changed
    });
}

fn entry(signed: &SignedTransaction) -> Option<JournalEntry> {
    let signature = signature(&signed.transaction)?;
    Some(JournalEntry { attempt: signed.attempt(), signature, last_valid_height: signed.last_valid_height })
}
