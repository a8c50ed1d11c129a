//! E-mail over SMTP.

use super::{Channel, DeliveryFailure, Message};
use crate::endpoint::Endpoint;
use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailbox,
}

impl Email {
    /// `url`: `smtps://user:password@host`, or `smtp://` with `?tls=required` if the server starts without TLS.
    pub fn new(url: &Endpoint, from: &str, to: &str) -> Result<Self, String> {
        let mailbox =
            |text: &str| text.parse::<Mailbox>().map_err(|error| format!("`{text}` is not a mailbox: {error}"));
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose().as_str());
        let transport = transport.map_err(|error| format!("{url}: {error}"))?.build();
        Ok(Self { transport, from: mailbox(from)?, to: mailbox(to)? })
    }
}

#[async_trait]
impl Channel for Email {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure> {
        let mail = lettre::Message::builder().from(self.from.clone()).to(self.to.clone());
        let subject = format!("Ballast: {} of {}", message.line, message.obligation);
        let mail = mail.subject(subject).body(message.text.clone());
        let mail = mail.map_err(|error| DeliveryFailure::Lasting(error.to_string()))?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(DeliveryFailure::Lasting(error.to_string())),
            Err(error) => Err(DeliveryFailure::Passing(error.to_string())),
        }
    }
}
