//! A node over JSON-RPC: the part that the keeper needs.

use crate::endpoint::Endpoint;
use crate::metrics;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Loading a large market takes a node some seconds.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct RpcNode {
    client: reqwest::Client,
    endpoint: Endpoint,
}

#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    #[error("{node} asks for fewer requests")]
    Busy { node: Endpoint, retry_after: Option<Duration> },
    #[error("{node} refuses {method}: {message} (code {code})")]
    Refused { node: Endpoint, method: &'static str, code: i64, message: String },
    #[error("{node} did not answer {method}: {reason}")]
    Silent { node: Endpoint, method: &'static str, reason: String },
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    message: String,
}

/// A node's answer, and the slot that it is of.
#[derive(Clone, Debug, Deserialize)]
pub struct AsOf<T> {
    pub context: RpcContext,
    pub value: T,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct RpcContext {
    pub slot: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct KeyedAccount {
    pub pubkey: String,
    pub account: EncodedAccount,
}

/// An account in base 64, as nodes send it.
#[derive(Clone, Debug, Deserialize)]
pub struct EncodedAccount {
    pub owner: String,
    data: (String, String),
    lamports: u64,
}

impl EncodedAccount {
    /// Returns `None` if the encoding is not the requested one. A closed account has no bytes.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if self.lamports == 0 {
            return Some(Vec::new());
        }
        let (data, encoding) = &self.data;
        BASE64_STANDARD.decode(data).ok().filter(|_| encoding == "base64")
    }
}

impl RpcNode {
    pub fn new(endpoint: Endpoint) -> Self {
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        Self { client: client.expect("TLS is compiled in, and nothing else is configured"), endpoint }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub async fn call<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, NodeError> {
        let start = Instant::now();
        let answer = self.ask(method, params).await;
        let outcome = match &answer {
            Ok(_) => "ok",
            Err(NodeError::Busy { .. }) => "busy",
            Err(NodeError::Refused { .. }) => "refused",
            Err(NodeError::Silent { .. }) => "silent",
        };
        metrics::node_request(method, outcome, start.elapsed());
        answer
    }

    async fn ask<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, NodeError> {
        // The library's errors contain the URL with its key.
        let silent = |error: reqwest::Error| self.silent(method, reason(error));
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = self.client.post(self.endpoint.expose().clone()).json(&body);
        let response = request.send().await.map_err(silent)?;
        if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            return Err(NodeError::Busy { node: self.endpoint.clone(), retry_after: seconds.map(Duration::from_secs) });
        }
        let status = response.status();
        let answer: Answer = match response.json().await {
            Ok(answer) => answer,
            Err(_) if !status.is_success() => return Err(self.silent(method, status.to_string())),
            Err(error) => return Err(silent(error)),
        };
        if let Some(RpcError { code, message }) = answer.error {
            return Err(NodeError::Refused { node: self.endpoint.clone(), method, code, message });
        }
        let unexpected =
            |error: serde_json::Error| self.silent(method, format!("its answer has another form: {error}"));
        serde_json::from_value(answer.result.unwrap_or_default()).map_err(unexpected)
    }

    fn silent(&self, method: &'static str, reason: String) -> NodeError {
        NodeError::Silent { node: self.endpoint.clone(), method, reason }
    }
}

/// Returns an HTTP error with its causes and without its URL.
pub fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut causes = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    causes.join(": ")
}
