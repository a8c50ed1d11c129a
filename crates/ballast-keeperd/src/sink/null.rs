//! Takes everything and sends nothing: for dry runs and shadows, whose transactions are signed and expire.

use super::Sink;
use crate::node::NodeError;
use async_trait::async_trait;

pub struct NullSink;

#[async_trait]
impl Sink for NullSink {
    fn name(&self) -> &str {
        "null"
    }

    fn is_repeated(&self) -> bool {
        false
    }

    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError> {
        tracing::debug!(bytes = transaction.len(), "not sent: this is no live run");
        Ok(())
    }
}
