//! A source with a subscription of any kind. It loads all accounts by RPC once the subscription stands, so that it
//! misses no write.

use super::rpc::{Fault, Reader, SLOT};
use super::{Closed, EventFeed, Source};
use crate::backoff::Backoff;
use crate::endpoint::Endpoint;
use crate::node::NodeError;
use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast_keeper::event::KeeperEvent;
use std::time::Duration;
use tokio::time::{Instant, interval_at, sleep};

/// Slots pass every 0.4 s, so a subscription that is silent for this long is dead, whatever its socket says.
pub const SILENCE: Duration = Duration::from_secs(5);
const SLOWEST: Duration = Duration::from_secs(10);

/// A service that offers subscriptions.
#[async_trait]
pub trait Subscribe: Send + Sync {
    type Subscription: Subscription;

    fn endpoint(&self) -> &Endpoint;
    /// Subscribes to slots, to the market's accounts and to the watched ones. Returns when the subscriptions stand.
    async fn subscribe(&self, watched: &[Address]) -> Result<Self::Subscription, String>;
}

#[async_trait]
pub trait Subscription: Send {
    /// Returns the next events. A dropped call loses none.
    async fn next(&mut self) -> Result<Vec<KeeperEvent>, String>;
    /// Subscribes to more accounts. Returns when the subscriptions stand, with what has arrived meanwhile.
    async fn watch(&mut self, watched: &[Address]) -> Result<Vec<KeeperEvent>, String>;
}

pub struct StreamSource<S> {
    pub service: S,
    pub reader: Reader,
    /// How often the source reads all accounts. Nodes do not report closed accounts to subscribers of a program, and
    /// some do not report the clock.
    pub sweep_every: Duration,
}

#[async_trait]
impl<S: Subscribe> Source for StreamSource<S> {
    async fn run(&mut self, mut feed: EventFeed) {
        let mut backoff = Backoff::new(SLOT, SLOWEST);
        loop {
            let mut has_loaded = false;
            let fault = self.session(&mut feed, &mut has_loaded).await;
            if has_loaded {
                backoff.reset();
                if feed.send(KeeperEvent::Lost).await.is_err() {
                    return;
                }
            }
            let error = match fault {
                Err(Fault::Node(error)) => error,
                Ok(()) | Err(Fault::Closed) => return,
            };
            tracing::warn!(%error, "the source's stream failed");
            let wait = match error {
                NodeError::Busy { retry_after, .. } => backoff.next(retry_after),
                _ if has_loaded => SLOT,
                _ => backoff.next(None).min(SLOT * 2),
            };
            sleep(wait).await;
        }
    }
}

impl<S: Subscribe> StreamSource<S> {
    /// Runs until the subscription breaks.
    async fn session(&mut self, feed: &mut EventFeed, has_loaded: &mut bool) -> Result<(), Fault> {
        let endpoint = self.service.endpoint().clone();
        let broken = |reason| broken(&endpoint, reason);
        let mut subscription = self.service.subscribe(&feed.watched()).await.map_err(broken)?;
        self.load(&mut subscription, feed).await?;
        *has_loaded = true;
        let mut sweep = interval_at(Instant::now() + self.sweep_every, self.sweep_every);
        loop {
            tokio::select! {
                _ = sweep.tick() => {
                    let watched = feed.watched.borrow().clone();
                    feed.send_all(self.reader.watched(&watched).await?).await?;
                    feed.send_all(self.reader.sweep().await?).await?;
                }
                events = subscription.next() => feed.send_all(events.map_err(broken)?).await?,
                () = feed.reload.notified() => self.load(&mut subscription, feed).await?,
                changed = feed.watched.changed() => {
                    changed.map_err(|_| Closed)?;
                    let watched = feed.watched();
                    let arrived = subscription.watch(&watched).await.map_err(broken)?;
                    feed.send_all(self.reader.watched(&watched).await?.into_iter().chain(arrived)).await?;
                }
            }
        }
    }

    /// Loads all accounts. What arrives meanwhile is newer or known, so it comes after them.
    async fn load(&mut self, subscription: &mut S::Subscription, feed: &mut EventFeed) -> Result<(), Fault> {
        let watched = feed.watched();
        let endpoint = self.service.endpoint().clone();
        let mut arrived = Vec::new();
        let loaded = {
            let mut load = std::pin::pin!(self.reader.load(&watched));
            loop {
                tokio::select! {
                    loaded = &mut load => break loaded?,
                    events = subscription.next() => arrived.extend(events.map_err(|why| broken(&endpoint, why))?),
                }
            }
        };
        feed.send_all(loaded.into_iter().chain(arrived)).await?;
        Ok(())
    }
}

fn broken(endpoint: &Endpoint, reason: String) -> Fault {
    Fault::Node(NodeError::Silent { node: endpoint.clone(), method: "the subscription", reason })
}
