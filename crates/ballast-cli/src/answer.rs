//! The answer of a command: text for people, one JSON document for programs, and an exit status. Or an error with a
//! hint.

use ballast::error::BallastError;
use ballast_client::TransactionRefusal;
use ballast_client::send::SendError;
use ballast_client::snapshot::ReadError;
use ballast_client::transaction::{PrepareError, Unsendable};
use ballast_config::MarketFileError;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Display;

/// What the process prints, and its exit status.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    pub json: serde_json::Value,
    pub status: u8,
}

impl Answer {
    pub const DONE: u8 = 0;
    /// The node did not answer, or does not have what was named.
    pub const FAILED: u8 = 1;
    /// The command line or a file is wrong.
    pub const INPUT: u8 = 2;
    /// The program refuses the transaction, or would.
    pub const REFUSED: u8 = 3;
    /// A transaction was sent and did not land, or its fate is unknown.
    pub const UNSETTLED: u8 = 4;

    pub fn new(report: impl Serialize + Display) -> Result<Self, CommandError> {
        let json = serde_json::to_value(&report).map_err(CommandError::node)?;
        Ok(Self { text: report.to_string(), json, status: Self::DONE })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{}", without_urls(.0))]
    Node(String),
    #[error("{0}")]
    NotFound(String),
    /// The command line or a file is wrong: what is wrong, and the hint.
    #[error("{0}")]
    Input(String, &'static str),
    /// The program would refuse the transaction. Nothing was sent.
    #[error("{}", problem(.0))]
    Refused(TransactionRefusal),
    /// The transaction has landed and the program has refused it: the chain has changed since the simulation.
    #[error("{0}")]
    Landed(String),
    /// A transaction was sent and did not land, or its fate is unknown: which of the two, and the hint.
    #[error("{}", without_urls(.0))]
    Unsettled(String, &'static str),
    #[error(transparent)]
    File(#[from] MarketFileError),
}

impl CommandError {
    pub fn node(error: impl Display) -> Self {
        Self::Node(error.to_string())
    }

    /// Words a refusal of core as the program words it.
    pub fn refused(refusal: ballast_core::Refusal) -> Self {
        Self::Refused(BallastError::from(refusal).into())
    }

    pub fn status(&self) -> u8 {
        match self {
            Self::Node(_) | Self::NotFound(_) => Answer::FAILED,
            Self::Input(..) | Self::File(_) => Answer::INPUT,
            Self::Refused(_) | Self::Landed(_) => Answer::REFUSED,
            Self::Unsettled(..) => Answer::UNSETTLED,
        }
    }

    /// Returns the next step.
    pub fn hint(&self) -> Cow<'static, str> {
        match self {
            Self::Node(_) => "check that --url names a node of the market's cluster".into(),
            Self::NotFound(_) => "check the address, and that --url names a node of its cluster".into(),
            Self::Input(_, hint) | Self::Unsettled(_, hint) => (*hint).into(),
            Self::Refused(refusal) => match halves(refusal) {
                (_, Some(next)) => format!("{next}; nothing was sent").into(),
                (_, None) => "nothing was sent".into(),
            },
            Self::Landed(_) => "the fee is paid and nothing else has changed".into(),
            Self::File(error) => error.hint().into(),
        }
    }
}

impl<E: std::error::Error> From<ReadError<E>> for CommandError {
    fn from(error: ReadError<E>) -> Self {
        let message = error.to_string();
        match error {
            ReadError::Chain(_) => Self::Node(message),
            ReadError::Account { .. } => Self::NotFound(message),
        }
    }
}

impl<E: std::error::Error> From<PrepareError<E>> for CommandError {
    fn from(error: PrepareError<E>) -> Self {
        match error {
            PrepareError::Chain(error) => Self::node(error),
            PrepareError::Unsendable(error) => error.into(),
            PrepareError::Refused(refusal) => Self::Refused(refusal),
            unpaid @ PrepareError::Unpaid { .. } => {
                Self::Input(unpaid.to_string(), "fund the wallet, or name a lower --priority-fee")
            }
        }
    }
}

impl From<Unsendable> for CommandError {
    fn from(error: Unsendable) -> Self {
        Self::Input(
            error.to_string(),
            "name a --lookup-table; create it with `solana address-lookup-table` from the addresses that \
             `ballast price show --json` lists",
        )
    }
}

impl From<SendError> for CommandError {
    fn from(error: SendError) -> Self {
        let message = error.to_string();
        match error {
            SendError::Unsent(_) => Self::Node(message),
            SendError::Refused { .. } => Self::Landed(message),
            SendError::Expired { .. } => {
                Self::Unsettled(message, "nothing has changed; try again, perhaps with a higher --priority-fee")
            }
            SendError::Unknown { .. } => Self::Unsettled(message, "look it up before you send it again"),
        }
    }
}

/// Returns what is wrong, in the form of an error: without a capital letter and a period.
fn problem(refusal: &TransactionRefusal) -> String {
    let (problem, _) = halves(refusal);
    let mut letters = problem.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect::<String>() + &format!(" ({})", refusal.name)
}

/// Splits the sentence of a refusal at its semicolon: what is wrong, and the next step.
fn halves(refusal: &TransactionRefusal) -> (&str, Option<&str>) {
    let sentence = refusal.sentence.trim_end_matches('.');
    sentence.split_once("; ").map_or((sentence, None), |(problem, next)| (problem, Some(next)))
}

/// Replaces every URL with "the node", because the URL of a node often contains the key that pays for it.
pub fn without_urls(text: &str) -> String {
    let without = |word: &str| {
        let Some(at) = word.find("://") else { return word.to_owned() };
        let scheme = word[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        // A URL may contain anything but whitespace. Only punctuation that ends a sentence or a parenthesis is cut off.
        let end = word.trim_end_matches(['"', '\'', ')', ':', ',', '.']).len().max(at);
        format!("{}the node{}", &word[..scheme], &word[end..])
    };
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end();
            without(bare) + &word[bare.len()..]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_becomes_an_error_and_a_hint() {
        let refused = |sentence: &str| {
            let (name, sentence) = ("PriceStale".to_owned(), sentence.to_owned());
            CommandError::Refused(TransactionRefusal { instruction: None, program: None, name, sentence })
        };
        let whole = refused("The price is too old; update the feed and try again.");
        assert_eq!(whole.to_string(), "the price is too old (PriceStale)");
        assert_eq!(whole.hint(), "update the feed and try again; nothing was sent");
        assert_eq!(refused("The price is too old.").hint(), "nothing was sent");
    }
}
