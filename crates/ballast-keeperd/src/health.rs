//! Whether the keeper is alive, and whether it is ready to act.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What the loop writes and the HTTP server reads.
pub struct DaemonHealth {
    silence: Duration,
    most_lag: u64,
    turned: Mutex<Instant>,
    heard: Mutex<Instant>,
    is_loaded: AtomicBool,
    source_slot: AtomicU64,
    cluster_slot: AtomicU64,
}

/// A turn of the loop takes milliseconds, and the loop turns at least once a second.
const STUCK: Duration = Duration::from_secs(10);

impl DaemonHealth {
    pub fn new(silence: Duration, most_lag: u64) -> Self {
        let now = Instant::now();
        Self {
            silence,
            most_lag,
            turned: Mutex::new(now),
            heard: Mutex::new(now),
            is_loaded: AtomicBool::new(false),
            source_slot: AtomicU64::new(0),
            cluster_slot: AtomicU64::new(0),
        }
    }

    pub fn turned(&self) {
        *lock(&self.turned) = Instant::now();
    }

    pub fn heard(&self) {
        *lock(&self.heard) = Instant::now();
    }

    pub fn loaded(&self, is_loaded: bool) {
        self.is_loaded.store(is_loaded, Ordering::Relaxed);
    }

    pub fn source_at(&self, slot: u64) {
        self.source_slot.fetch_max(slot, Ordering::Relaxed);
    }

    pub fn cluster_at(&self, slot: u64) {
        self.cluster_slot.fetch_max(slot, Ordering::Relaxed);
    }

    pub fn slots(&self) -> (u64, u64) {
        (self.source_slot.load(Ordering::Relaxed), self.cluster_slot.load(Ordering::Relaxed))
    }

    pub fn silent_for(&self) -> Duration {
        lock(&self.heard).elapsed()
    }

    /// Returns whether the source's slot is too old to act on.
    pub fn is_behind(&self) -> bool {
        let (source, cluster) = self.slots();
        source > 0 && cluster.saturating_sub(source) > self.most_lag
    }

    /// Returns why the process should be restarted, if it should.
    pub fn alive(&self) -> Result<(), String> {
        let stuck = lock(&self.turned).elapsed();
        if stuck > STUCK {
            return Err(format!("the loop has not turned for {} s", stuck.as_secs()));
        }
        let silent = self.silent_for();
        if silent > self.silence {
            return Err(format!("the source has been silent for {} s", silent.as_secs()));
        }
        Ok(())
    }

    /// Returns why the keeper would not act, if it would not.
    pub fn ready(&self) -> Result<(), String> {
        self.alive()?;
        if self.is_behind() {
            let (source, cluster) = self.slots();
            return Err(format!("the source is at slot {source}, the cluster at {cluster}"));
        }
        if !self.is_loaded.load(Ordering::Relaxed) {
            return Err("the market is not loaded".to_owned());
        }
        Ok(())
    }
}

/// Every value is whole, even if a thread has panicked with the lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
