//! What must not be logged: paths and queries contain API keys and bot tokens.

use reqwest::Url;
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// A URL that shows only its scheme, host and port.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        // The library's error would quote the value, which may contain a secret.
        let text = String::deserialize(text).map_err(|_| de::Error::custom("a URL must be text; put it in quotes"))?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl Endpoint {
    pub fn parse(text: &str) -> Result<Self, String> {
        // The parser's reason quotes no part of the text.
        Url::parse(text).map(Self).map_err(|reason| format!("not a URL: {reason}"))
    }

    /// Returns the whole URL with its secrets, for the connection alone.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// Appends to the path, and drops the query.
    pub fn join(&self, tail: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{tail}", self.0.path().trim_end_matches('/')));
        Self(url)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or("?"))?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A password or a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        // The library's error would quote the value.
        let text = String::deserialize(text);
        text.map(Self).map_err(|_| de::Error::custom("a secret must be text; put it in quotes, in the environment too"))
    }
}

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_shows_scheme_host_and_port_alone() {
        let endpoint = Endpoint::parse("https://me:pass@rpc.example:8899/v1/KEY?api-key=KEY").expect("a URL");
        assert_eq!(format!("{endpoint} {endpoint:?}"), "https://rpc.example:8899 https://rpc.example:8899");
        let secret: Secret = serde_json::from_str("\"KEY\"").expect("text");
        assert_eq!(format!("{secret:?}"), "(secret)");
    }
}
