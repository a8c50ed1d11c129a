//! A node that forwards transactions to the leaders.

use super::Sink;
use crate::node::{NodeError, RpcNode};
use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

pub struct RpcSink {
    node: RpcNode,
    name: String,
}

impl RpcSink {
    pub fn new(node: RpcNode) -> Self {
        Self { name: node.endpoint().to_string(), node }
    }
}

#[async_trait]
impl Sink for RpcSink {
    fn name(&self) -> &str {
        &self.name
    }

    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError> {
        // The engine has computed more than a preflight, on a newer state, and the keeper repeats by itself.
        let options = json!({ "encoding": "base64", "skipPreflight": true, "maxRetries": 0 });
        let params = json!([BASE64_STANDARD.encode(transaction), options]);
        match self.node.call::<String>("sendTransaction", params).await {
            // The answer to a repetition: the first one has landed.
            Err(NodeError::Refused { message, .. }) if message.contains("already been processed") => Ok(()),
            answer => answer.map(|_| ()),
        }
    }
}
