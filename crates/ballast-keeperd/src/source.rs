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

/// Reports what happens on the chain. A source survives every failure of its node: it reports [`KeeperEvent::Lost`],
/// tries again with growing waits, and then delivers all accounts.
#[async_trait]
pub trait Source: Send {
    /// Runs until there is nothing more to deliver, or the loop has ended.
    async fn run(&mut self, feed: EventFeed);
}

/// A source's end of the queue. The queue is bounded, so a source that is faster than the engine waits.
#[derive(Clone)]
pub struct EventFeed {
    pub events: mpsc::Sender<KeeperEvent>,
    /// The accounts to deliver besides those of the program.
    pub watched: watch::Receiver<Vec<Address>>,
    /// Asks the source to deliver all accounts again.
    pub reload: Arc<Notify>,
}

/// The loop has ended.
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
