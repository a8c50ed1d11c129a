//! Why a transaction was refused, in words: the sentence of the program's error, or of the token program's or the
//! runtime's.
//!
//! ```
//! use ballast_client::TransactionRefusal;
//! use solana_instruction_error::InstructionError;
//! use solana_transaction_error::TransactionError;
//!
//! let error = TransactionError::InstructionError(2, InstructionError::Custom(6400));
//! let refusal = TransactionRefusal::new(&error, &[]);
//! assert_eq!((refusal.name.as_str(), refusal.instruction), ("HealthTooLow", Some(2)));
//! ```

use crate::addresses::{SPL_TOKEN, SYSTEM, TOKEN_2022};
use anchor_lang::prelude::{Address, Error};
use ballast::error::BallastError;
use serde::Deserialize;
use solana_instruction_error::InstructionError;
use solana_transaction_error::TransactionError;
use spl_token_interface::error::TokenError;
use std::sync::LazyLock;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence} ({name})")]
pub struct TransactionRefusal {
    /// The position of the instruction that failed.
    pub instruction: Option<u8>,
    /// The program that refused, if the logs show it. It may be one that the instruction's program called.
    pub program: Option<Address>,
    pub name: String,
    /// What is wrong; for Ballast's own errors also what to do.
    pub sentence: String,
}

impl TransactionRefusal {
    /// `logs` are those of the transaction. Without them, a code counts as one of Ballast's errors.
    pub fn new(error: &TransactionError, logs: &[String]) -> Self {
        let TransactionError::InstructionError(index, reason) = error else {
            return Self { instruction: None, program: None, name: variant(error), sentence: format!("{error}.") };
        };
        let program = refused_by(logs);
        let (name, sentence) = match reason {
            InstructionError::Custom(code) => custom(program, *code),
            runtime => (variant(runtime), format!("{runtime}.")),
        };
        Self { instruction: Some(*index), program, name, sentence }
    }
}

/// Returns the program that refused: the innermost one that failed.
pub fn refused_by(logs: &[String]) -> Option<Address> {
    logs.iter().find_map(|line| line.strip_prefix("Program ")?.split_once(" failed: ")?.0.parse().ok())
}

/// Returns the sentence of one of the program's errors; `None` for any other error.
pub fn sentence(error: impl Into<Error>) -> Option<&'static str> {
    let Error::Custom(code) = error.into() else { return None };
    own(code).map(|entry| entry.msg.as_str())
}

fn custom(program: Option<Address>, code: u32) -> (String, String) {
    let unknown = || (format!("Custom({code})"), "The program gives no reason but its code.".to_owned());
    match program {
        Some(SPL_TOKEN | TOKEN_2022) => token_error(code),
        Some(SYSTEM) => system_error(code),
        None | Some(ballast::ID) => own(code).map(Entry::words).or_else(|| anchor_error(code)),
        Some(_) => None,
    }
    .unwrap_or_else(unknown)
}

/// Names an error of a token program. Both programs share the first codes. Only Token-2022 has the others, of which a
/// listed mint can cause one: its issuer has paused it.
fn token_error(code: u32) -> Option<(String, String)> {
    const PAUSED: u32 = 67;
    match TokenError::try_from(code) {
        Ok(error) => Some((variant(&error), format!("The token program: {error}."))),
        Err(_) if code == PAUSED => {
            Some(("MintPaused".to_owned(), "The token's issuer has paused it; wait until transfers resume.".to_owned()))
        }
        Err(_) => None,
    }
}

/// Names an error of the system program, which creates accounts and transfers SOL.
fn system_error(code: u32) -> Option<(String, String)> {
    let (name, sentence) = match code {
        0 => ("AccountAlreadyInUse", "The account exists already."),
        1 => (
            "InsufficientLamports",
            "The wallet does not have enough SOL; transfer some to it, or use a smaller amount.",
        ),
        _ => return None,
    };
    Some((name.to_owned(), sentence.to_owned()))
}

/// Names the errors that Anchor can return while it loads the program's accounts (docs/ACCOUNTS.md, "Checks that
/// repeat").
fn anchor_error(code: u32) -> Option<(String, String)> {
    let (name, sentence) = match code {
        2000 => ("ConstraintMut", "A writable account is passed as read-only; use this client's builders."),
        2007 => ("ConstraintExecutable", "An account that must be a program is not one; use this client's builders."),
        2040 => ("ConstraintDuplicateMutableAccount", "An account is passed twice; name two different accounts."),
        _ => return None,
    };
    Some((name.to_owned(), sentence.to_owned()))
}

/// Returns the name of an enum's variant, without its fields.
fn variant(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

/// An error in the IDL.
#[derive(Deserialize)]
struct Entry {
    code: u32,
    name: String,
    msg: String,
}

impl Entry {
    fn words(&self) -> (String, String) {
        (self.name.clone(), self.msg.clone())
    }
}

fn own(code: u32) -> Option<&'static Entry> {
    #[derive(Deserialize)]
    struct Idl {
        errors: Vec<Entry>,
    }
    // The macro that declares the program's errors puts their sentences only into the IDL.
    static IDL: LazyLock<Idl> = LazyLock::new(|| {
        let text = include_str!("../../../tests/snapshots/ballast.idl.json");
        serde_json::from_str(text).expect("the committed IDL, which `cargo xtask test` compares with the program")
    });
    IDL.errors.iter().find(|entry| entry.code == code)
}

impl From<BallastError> for TransactionRefusal {
    /// Describes an error as the program would.
    fn from(error: BallastError) -> Self {
        let Error::Custom(code) = Error::from(error) else { unreachable!("every error of the program has a code") };
        let (name, sentence) = custom(Some(ballast::ID), code);
        Self { instruction: None, program: Some(ballast::ID), name, sentence }
    }
}
