//! How the command line answers: text for people, one JSON document for programs, and why it cannot.

use crate::command::Command;
use ballast::error::BallastError;
use ballast_client::Refusal;
use ballast_client::send::SendError;
use ballast_client::snapshot::ReadError;
use ballast_client::transaction::{PrepareError, Unsendable};
use ballast_config::ConfigError;
use clap::CommandFactory;
use clap_complete::Shell;
use serde::Serialize;
use std::fmt::Display;

/// What is printed, and with which status the process ends.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    pub json: serde_json::Value,
    pub status: u8,
}

impl Answer {
    pub const DONE: u8 = 0;
    pub const FAILED: u8 = 1;
    /// The command line or a file is at fault.
    pub const INPUT: u8 = 2;
    /// The program refuses, or would.
    pub const REFUSED: u8 = 3;
    /// It was sent, and has not landed as far as anybody knows.
    pub const UNSETTLED: u8 = 4;

    pub fn new(report: impl Serialize + Display) -> Result<Self, Failure> {
        let json = serde_json::to_value(&report).map_err(|error| Failure::Chain(error.to_string()))?;
        Ok(Self { text: report.to_string(), json, status: Self::DONE })
    }

    /// A script for the shell.
    pub fn completions(shell: Shell) -> Self {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Command::command(), "ballast", &mut script);
        let text = String::from_utf8_lossy(&script).into_owned();
        Self { json: text.as_str().into(), text, status: Self::DONE }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{}", without_urls(.0))]
    Chain(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Input(String, &'static str),
    /// In a simulation: nothing was sent.
    #[error("{0}")]
    Refused(Refusal),
    /// On the chain: something has changed since the simulation.
    #[error("{0}")]
    Landed(String),
    #[error("{}", without_urls(.0))]
    Unsettled(String, &'static str),
    #[error("{}", .0.to_string().split("\nhint: ").next().unwrap_or_default())]
    File(#[from] ConfigError),
}

impl Failure {
    pub fn chain(error: impl Display) -> Self {
        Self::Chain(error.to_string())
    }

    /// What the program would say of what core refuses.
    pub fn refused(refusal: ballast_core::Refusal) -> Self {
        Self::Refused(BallastError::from(refusal).into())
    }

    pub fn status(&self) -> u8 {
        match self {
            Self::Chain(_) | Self::NotFound(_) => Answer::FAILED,
            Self::Input(..) | Self::File(_) => Answer::INPUT,
            Self::Refused(_) | Self::Landed(_) => Answer::REFUSED,
            Self::Unsettled(..) => Answer::UNSETTLED,
        }
    }

    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            Self::Chain(_) => "is --url a node of the cluster on which the market is?".to_owned(),
            Self::NotFound(_) => "is the address the one that was meant, and --url a node of its cluster?".to_owned(),
            Self::Input(_, hint) | Self::Unsettled(_, hint) => (*hint).to_owned(),
            Self::Refused(_) => "that is what a simulation says; nothing was sent".to_owned(),
            Self::Landed(_) => "its fee is paid, and nothing else has changed".to_owned(),
            Self::File(error) => {
                error.to_string().split_once("\nhint: ").map_or_else(String::new, |(_, hint)| hint.to_owned())
            }
        }
    }
}

impl<E: std::error::Error> From<ReadError<E>> for Failure {
    fn from(error: ReadError<E>) -> Self {
        let said = error.to_string();
        match error {
            ReadError::Chain(_) => Self::Chain(said),
            ReadError::Account { .. } => Self::NotFound(said),
        }
    }
}

impl<E: std::error::Error> From<PrepareError<E>> for Failure {
    fn from(error: PrepareError<E>) -> Self {
        match error {
            PrepareError::Chain(error) => Self::chain(error),
            PrepareError::Unsendable(error) => error.into(),
            PrepareError::Refused(refusal) => Self::Refused(refusal),
            unpaid @ PrepareError::Unpaid { .. } => {
                Self::Input(unpaid.to_string(), "fund the wallet, or name a lower --priority-fee")
            }
        }
    }
}

impl From<Unsendable> for Failure {
    fn from(error: Unsendable) -> Self {
        Self::Input(
            error.to_string(),
            "name a --lookup-table; `solana address-lookup-table` makes one of what `ballast price show --json` lists",
        )
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        let said = error.to_string();
        match error {
            SendError::Unsent(_) => Self::Chain(said),
            SendError::Refused { .. } => Self::Landed(said),
            SendError::Expired { .. } => {
                Self::Unsettled(said, "nothing has changed; try again, perhaps with a higher --priority-fee")
            }
            SendError::Unknown { .. } => Self::Unsettled(said, "look it up before it is sent again"),
        }
    }
}

/// Reads nothing of an error but what it says: the addresses of nodes often contain the key that pays for them.
pub fn without_urls(text: &str) -> String {
    let without = |word: &str| {
        let Some(at) = word.find("://") else { return word.to_owned() };
        let scheme = word[..at].trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        // A URL has no whitespace, and may have all else: only what ends a sentence or a parenthesis is not its own.
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
