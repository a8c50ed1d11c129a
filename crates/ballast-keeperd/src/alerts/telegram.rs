//! A Telegram bot.

use super::{Channel, DeliveryFailure, Message, accepted};
use crate::endpoint::{Endpoint, Secret};
use async_trait::async_trait;
use serde_json::json;

pub struct Telegram {
    pub client: reqwest::Client,
    pub url: Endpoint,
    pub token: Secret,
    pub chat: String,
}

#[async_trait]
impl Channel for Telegram {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure> {
        let method = self.url.join(&format!("bot{}/sendMessage", self.token.expose()));
        let body = json!({ "chat_id": self.chat, "text": message.text });
        accepted(self.client.post(method.expose().clone()).json(&body)).await
    }
}
