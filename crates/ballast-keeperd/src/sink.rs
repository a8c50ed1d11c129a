//! Where transactions go.

pub mod jito;
pub mod null;
pub mod rpc;

use crate::node::NodeError;
use async_trait::async_trait;

/// Takes a signed transaction, and may be given it again until it has landed: with one blockhash it lands once.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Of the log and the metrics: nothing secret.
    fn name(&self) -> &str;
    /// Whether it is given a transaction again while that has not landed.
    fn is_repeated(&self) -> bool {
        true
    }
    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError>;
}
