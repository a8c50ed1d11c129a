//! Where events come from.

pub mod forks;
pub mod rpc;
pub mod stream;
pub mod websocket;
pub mod yellowstone;

use anchor_lang::prelude::Address;
use async_trait::async_trait;
use ballast_keeper::event::KeeperEvent;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, watch};

/// What the chain does, as events. A source lives through whatever happens to its node: it says [`Event::Lost`], tries again, later each
/// time, and begins with everything there is.
#[async_trait]
pub trait Source: Send {
    /// Returns when there will be nothing more, or nobody listens.
    async fn run(&mut self, feed: EventFeed);
}

/// A source's end of the pipe. What the engine has not taken yet is bounded: a source that is faster waits.
#[derive(Clone)]
pub struct EventFeed {
    pub events: mpsc::Sender<KeeperEvent>,
    /// The accounts to deliver beside those of the program.
    pub watched: watch::Receiver<Vec<Address>>,
    /// Everything is to be delivered again.
    pub reload: Arc<Notify>,
}

/// Nobody listens any more.
#[derive(Debug)]
pub struct Closed;

impl EventFeed {
    pub async fn send(&self, event: KeeperEvent) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }

    pub async fn send_all(&self, events: impl IntoIterator<Item = KeeperEvent>) -> Result<(), Closed> {
        for event in events {
            self.send(event).await?;
        }
        Ok(())
    }

    pub fn watched(&mut self) -> Vec<Address> {
        self.watched.borrow_and_update().clone()
    }
}
