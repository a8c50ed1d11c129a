//! A block engine with Jito's API. Each bundle has one transaction, which carries its own tip.

use super::Sink;
use crate::node::{NodeError, RpcNode};
use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

pub struct JitoSink {
    node: RpcNode,
    name: String,
}

impl JitoSink {
    /// `node` is the bundles URL of the block engine, `https://mainnet.block-engine.jito.wtf/api/v1/bundles`.
    pub fn new(node: RpcNode) -> Self {
        Self { name: node.endpoint().to_string(), node }
    }
}

#[async_trait]
impl Sink for JitoSink {
    fn name(&self) -> &str {
        &self.name
    }

    /// The block engine takes one bundle a second, and ignores a bundle that it already has.
    fn is_repeated(&self) -> bool {
        false
    }

    async fn send(&self, transaction: &[u8]) -> Result<(), NodeError> {
        let params = json!([[BASE64_STANDARD.encode(transaction)], { "encoding": "base64" }]);
        // The bundle's id only shows that the engine took it. The chain shows whether it landed.
        self.node.call::<String>("sendBundle", params).await.map(|_| ())
    }
}
