//! A Discord channel's webhook.

use super::{Channel, DeliveryFailure, Message, accepted};
use crate::endpoint::Endpoint;
use async_trait::async_trait;
use serde_json::json;

pub struct Discord {
    pub client: reqwest::Client,
    pub url: Endpoint,
}

#[async_trait]
impl Channel for Discord {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure> {
        // The text of a message must not ping anyone.
        let body = json!({ "content": message.text, "allowed_mentions": { "parse": [] } });
        accepted(self.client.post(self.url.expose().clone()).json(&body)).await
    }
}
