//! Where transactions go.

pub mod jito;
pub mod null;
pub mod rpc;

use crate::node::NodeError;
use async_trait::async_trait;

/// Takes signed transactions. It may get the same one again until it has landed: with one blockhash it lands once.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Returns the name for logs and metrics, without secrets.
    fn name(&self) -> &str;
    /// Returns whether the sink gets a transaction again while it has not landed.
    fn is_repeated(&self) -> bool {
        true
    }
    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError>;
}
