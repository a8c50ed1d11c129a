//! The loop: what has arrived goes to the engine, and what it wants done is done.

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

/// Events that one turn takes at most.
const BATCH: usize = 4_096;
/// How often the loop turns when nothing arrives.
const BEAT: Duration = Duration::from_millis(250);

/// By then a source has read what it was told to.
const SETTLED: Duration = Duration::from_secs(5);

/// What decides: [`crate::recorded::RecordedEngine`], which has the engine in it.
pub trait Decider: Send {
    fn step(&mut self, batch: &[KeeperEvent]) -> Vec<KeeperAction>;
    /// For less than a millisecond, or a part of what a step takes; false: there was nothing to do.
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
    pub brain: B,
    pub health: Arc<DaemonHealth>,
    pub alerts: Alerts,
    /// None where nothing is sent.
    pub journal: Option<Journal>,
    pub sent: mpsc::UnboundedSender<SentTransaction>,
    /// Signatures that are over.
    pub closed: mpsc::UnboundedReceiver<String>,
    pub watched: watch::Sender<Vec<Address>>,
    /// For the router.
    pub wanted: watch::Sender<Vec<WantedRoute>>,
    pub reload: Arc<Notify>,
    pub turn: LoopState,
}

/// What the loop remembers from turn to turn.
#[derive(Default)]
pub struct LoopState {
    in_flight: HashSet<(Address, u64)>,
    /// The source is too far behind the cluster: the engine holds still until it has everything anew.
    is_behind: bool,
    /// The market is known, and recent enough to act on.
    is_ready: bool,
    /// The brain has more to tend to, as soon as no event waits.
    is_tending: bool,
    /// Since the loop is to end: nothing more is sent.
    stopping: Option<Instant>,
    status: EngineStatus,
    looked: Option<Instant>,
    /// Since the first look.
    known_since: Option<Instant>,
    /// The keeper's token accounts that are missing, as last told.
    closed_wallets: Vec<Address>,
    /// For the next turn.
    pending: Vec<KeeperEvent>,
}

impl<B: Decider> Daemon<B> {
    /// Until `stop` says so and nothing is under way any more, or `patience` is over.
    pub async fn run(
        &mut self,
        events: &mut mpsc::Receiver<KeeperEvent>,
        mut stop: watch::Receiver<bool>,
        patience: Duration,
    ) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut batch = std::mem::take(&mut self.turn.pending);
            tokio::select! {
                // In this order: the brain is tended while nothing else is to be done.
                biased;
                _ = stop.wait_for(|stop| *stop), if self.turn.stopping.is_none() => {
                    self.turn.stopping = Some(Instant::now());
                    tracing::info!(in_flight = self.turn.in_flight.len(), "stopping: nothing more is sent");
                }
                taken = events.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                _ = beat.tick() => {}
                // Not at once: whoever brings events is to run in between.
                () = tokio::task::yield_now(), if self.turn.is_tending => {}
            }
            self.turn(batch, events.len());
            let over = self.turn.stopping.is_some_and(|since| since.elapsed() >= patience);
            // Without a journal nothing was sent, and nothing can land.
            let is_done = self.turn.in_flight.is_empty() || self.journal.is_none();
            if self.turn.stopping.is_some() && (over || is_done) {
                self.settle();
                return;
            }
        }
    }

    fn turn(&mut self, mut batch: Vec<KeeperEvent>, queued: usize) {
        batch.iter().for_each(|event| self.hear(event));
        self.hold_still_when_behind(&mut batch);
        if !batch.is_empty() {
            let start = Instant::now();
            // The engine computes on all cores for milliseconds: other tasks move to another thread.
            let actions = tokio::task::block_in_place(|| self.brain.step(&batch));
            metrics::step(start.elapsed(), queued);
            self.act(actions);
            self.turn.is_tending = true;
        }
        if self.turn.is_tending {
            self.turn.is_tending = tokio::task::block_in_place(|| self.brain.tend());
        }
        self.settle();
        self.look(Instant::now());
        self.health.turned();
    }

    fn hear(&mut self, event: &KeeperEvent) {
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
                self.turn.in_flight.remove(&(*obligation, *attempt));
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

    /// A source that lags shows prices that were: whoever acts on them liquidates the healthy, and pays for the refusal.
    fn hold_still_when_behind(&mut self, batch: &mut Vec<KeeperEvent>) {
        let is_behind = self.health.is_behind();
        let has_loaded = batch.contains(&KeeperEvent::Loaded);
        if is_behind && (!self.turn.is_behind || has_loaded) {
            let (source, cluster) = self.health.slots();
            tracing::warn!(source, cluster, "the source is behind: nothing is sent");
            metrics::source_lost();
            batch.push(KeeperEvent::Lost);
        }
        if self.turn.is_behind && !is_behind {
            tracing::info!("the source has caught up: everything is loaded again");
            self.reload.notify_one();
        }
        self.turn.is_behind = is_behind;
    }

    fn act(&mut self, actions: Vec<KeeperAction>) {
        let mut signed = Vec::new();
        for action in actions {
            match action {
                KeeperAction::Send(transaction) => signed.push(transaction),
                KeeperAction::Notify(notice) => {
                    tracing::info!(target_account = bs58::encode(notice.obligation).into_string(), line = ?notice.line,
                        health_bps = notice.health_bps, "noticed");
                    self.alerts.tell(&notice, Instant::now());
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

    /// Written down first.
    fn send(&mut self, signed: Vec<SignedTransaction>) {
        if self.turn.stopping.is_some() {
            signed.iter().for_each(|_| metrics::withheld("stopping"));
            return;
        }
        let entries: Vec<_> = signed.iter().filter_map(entry).collect();
        let journaled = match &mut self.journal {
            Some(journal) => tokio::task::block_in_place(|| journal.sent(&entries)),
            None => Ok(()),
        };
        if let Err(error) = journaled {
            tracing::error!(%error, "nothing is sent that is not in the journal");
            for SignedTransaction { target, attempt, .. } in signed {
                metrics::withheld("journal");
                // As if it had expired: the target is tried again.
                self.turn.pending.push(KeeperEvent::Outcome { obligation: target, attempt, outcome: Outcome::Expired });
            }
            return;
        }
        for (entry, signed) in entries.into_iter().zip(signed) {
            let name = signed.kind.name();
            metrics::sent(name);
            let target = bs58::encode(signed.target).into_string();
            let (attempt, signature, slot) = (signed.attempt, &entry.signature, signed.slot);
            tracing::info!(kind = name, target, attempt, signature, slot, "sending");
            self.turn.in_flight.insert((signed.target, attempt));
            // Its receiver lives as long as this loop.
            let _ = self.sent.send(SentTransaction { entry, transaction: signed.transaction.into() });
        }
    }

    /// What is over need not be asked about after a restart.
    fn settle(&mut self) {
        while let Ok(signature) = self.closed.try_recv() {
            if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.closed(&signature)) {
                tracing::warn!(%error, signature, "the journal does not know that a transaction is over");
            }
        }
    }

    /// Every beat: what is shown, what is watched, and who has drawn a line.
    fn look(&mut self, now: Instant) {
        if self.turn.looked.is_some_and(|looked| now.duration_since(looked) < BEAT) {
            return;
        }
        self.turn.looked = Some(now);
        let status = self.brain.status();
        let knows = status.is_loaded && !self.turn.is_behind;
        if knows && !self.turn.is_ready {
            tracing::info!(slot = status.slot, obligations = status.obligations, "ready");
        }
        self.turn.is_ready = knows;
        self.health.loaded(knows);
        let (source, cluster) = self.health.slots();
        metrics::source(source, cluster, self.health.silent_for());
        metrics::engine(&status, &self.turn.status);
        metrics::score(&self.brain.score());
        tell_if_changed(&self.watched, self.brain.accounts());
        tell_if_changed(&self.wanted, self.brain.wanted_routes());
        self.warn_of_closed_wallets(&status);
        if status.is_loaded && !self.alerts.is_empty() {
            let brain = &self.brain;
            let (of_owner, health) =
                (|owner: &Address| brain.obligations_of(owner), |one: &Address| brain.health_bps(one));
            self.alerts.compare((status.slot, now), of_owner, health);
        }
        self.turn.status = status;
    }

    /// Once they have been read: the source learns of them from the reserves.
    fn warn_of_closed_wallets(&mut self, status: &EngineStatus) {
        let known_since = *self.turn.known_since.get_or_insert_with(Instant::now);
        if !status.is_loaded || known_since.elapsed() < SETTLED {
            return;
        }
        let closed = self.brain.token_accounts().into_iter().filter(|wallet| !wallet.is_open);
        let closed: Vec<_> = closed.collect();
        let addresses: Vec<_> = closed.iter().map(|wallet| wallet.address).collect();
        if addresses != self.turn.closed_wallets {
            for wallet in closed {
                let [account, mint] = [wallet.address, wallet.mint].map(|key| bs58::encode(key).into_string());
                tracing::warn!(
                    account,
                    mint,
                    "the keeper has no account for this token: nothing is liquidated with or for it"
                );
            }
            self.turn.closed_wallets = addresses;
        }
    }

    /// What may still land: sent by a keeper before this one.
    pub fn resume(&mut self, entries: Vec<JournalEntry>) {
        for entry in entries {
            tracing::info!(signature = entry.signature, "resumed: it may still land");
            self.turn.pending.push(KeeperEvent::Resumed(entry.attempt));
            self.turn.in_flight.insert((entry.attempt.target, entry.attempt.attempt));
            let _ = self.sent.send(SentTransaction { entry, transaction: Arc::new([]) });
        }
    }
}

fn tell_if_changed<T: PartialEq>(channel: &watch::Sender<T>, value: T) {
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
