//! Takes every transaction and sends none, for dry runs and shadows.

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
        tracing::debug!(bytes = transaction.len(), "not sent: the mode is a dry run or a shadow");
        Ok(())
    }
}
