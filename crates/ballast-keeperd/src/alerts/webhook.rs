//! Posts the message as JSON to any URL. With a secret it signs the body, so that the receiver can check the sender.

use super::{Channel, DeliveryFailure, Message, accepted};
use crate::endpoint::{Endpoint, Secret};
use async_trait::async_trait;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The header with `sha256=` and the HMAC of the body in hexadecimal.
const SIGNATURE: &str = "x-ballast-signature";

pub struct Webhook {
    pub client: reqwest::Client,
    pub url: Endpoint,
    pub hmac_secret: Option<Secret>,
}

#[async_trait]
impl Channel for Webhook {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure> {
        let body = serde_json::to_vec(message).map_err(|error| DeliveryFailure::Lasting(error.to_string()))?;
        let mut request = self.client.post(self.url.expose().clone()).header("content-type", "application/json");
        if let Some(secret) = &self.hmac_secret {
            request = request.header(SIGNATURE, signature(secret, &body));
        }
        accepted(request.body(body)).await
    }
}

pub fn signature(secret: &Secret, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("a key of any length");
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_that_of_the_rfc() {
        let secret: Secret = serde_json::from_str("\"Jefe\"").expect("text");
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature(&secret, b"what do ya want for nothing?"), expected);
    }
}
