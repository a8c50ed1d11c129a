//! Why a transaction was refused, in words: the program's own sentence, or the name of what the token program or the runtime says.
//!
//! ```
//! use ballast_client::Refusal;
//! use solana_instruction_error::InstructionError;
//! use solana_transaction_error::TransactionError;
//!
//! let error = TransactionError::InstructionError(2, InstructionError::Custom(6400));
//! let refusal = Refusal::new(&error, &[]);
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
pub struct Refusal {
    /// Of the transaction's instructions, the one that failed.
    pub instruction: Option<u8>,
    /// Who refused, as far as the logs tell: perhaps a program that the instruction's own program called.
    pub program: Option<Address>,
    pub name: String,
    /// What is wrong and, of ours, what to do.
    pub sentence: String,
}

impl Refusal {
    /// `logs`: of the transaction; without them a code is taken for the program's own.
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

/// The program that refused: the innermost one that failed.
pub fn refused_by(logs: &[String]) -> Option<Address> {
    logs.iter().find_map(|line| line.strip_prefix("Program ")?.split_once(" failed: ")?.0.parse().ok())
}

/// The sentence of one of the program's errors.
pub fn sentence(error: impl Into<Error>) -> Option<&'static str> {
    let Error::Custom(code) = error.into() else { return None };
    own(code).map(|entry| entry.msg.as_str())
}

fn custom(program: Option<Address>, code: u32) -> (String, String) {
    let unknown = || (format!("Custom({code})"), "The program gives no reason but its code.".to_owned());
    match program {
        Some(SPL_TOKEN | TOKEN_2022) => of_tokens(code),
        Some(SYSTEM) => of_system(code),
        None | Some(ballast::ID) => own(code).map(Entry::words).or_else(|| of_anchor(code)),
        Some(_) => None,
    }
    .unwrap_or_else(unknown)
}

/// Both token programs share the first codes; of Token-2022's own, a mint that its issuer has paused is all that a listed one can do.
fn of_tokens(code: u32) -> Option<(String, String)> {
    const PAUSED: u32 = 67;
    match TokenError::try_from(code) {
        Ok(error) => Some((variant(&error), format!("The token program: {error}."))),
        Err(_) if code == PAUSED => {
            Some(("MintPaused".to_owned(), "The token's issuer has paused it; wait until it moves again.".to_owned()))
        }
        Err(_) => None,
    }
}

/// What can go wrong where accounts are made and SOL is moved.
fn of_system(code: u32) -> Option<(String, String)> {
    let (name, sentence) = match code {
        0 => ("AccountAlreadyInUse", "What is to be made is there already."),
        1 => ("InsufficientLamports", "The wallet has not enough SOL; transfer some to it, or use a smaller amount."),
        _ => return None,
    };
    Some((name.to_owned(), sentence.to_owned()))
}

/// What Anchor refuses while it loads accounts, as far as the program lets it (docs/ACCOUNTS.md, "Checks that repeat").
fn of_anchor(code: u32) -> Option<(String, String)> {
    let (name, sentence) = match code {
        2000 => ("ConstraintMut", "An account that changes is passed as read-only; use this client's builders."),
        2007 => ("ConstraintExecutable", "An account that should be a program is none; use this client's builders."),
        2040 => ("ConstraintDuplicateMutableAccount", "An account is passed twice; name two different ones."),
        _ => return None,
    };
    Some((name.to_owned(), sentence.to_owned()))
}

/// The name of an enum's variant, without what it carries.
fn variant(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

/// An error as the IDL has it.
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
    // The macro that declares the program's errors keeps their sentences for the IDL alone.
    static IDL: LazyLock<Idl> = LazyLock::new(|| {
        let text = include_str!("../../../tests/snapshots/ballast.idl.json");
        serde_json::from_str(text).expect("the committed IDL, which `cargo xtask test` compares with the program")
    });
    IDL.errors.iter().find(|entry| entry.code == code)
}

impl From<BallastError> for Refusal {
    /// What the program would say.
    fn from(error: BallastError) -> Self {
        let Error::Custom(code) = Error::from(error) else { unreachable!("errors of the program have codes") };
        let (name, sentence) = custom(Some(ballast::ID), code);
        Self { instruction: None, program: Some(ballast::ID), name, sentence }
    }
}
