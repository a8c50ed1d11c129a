//! The result of a transaction.

use anchor_lang::Discriminator;
use anchor_lang::prelude::{Address, Error};
use ballast_client::refusal::refused_by;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_instruction_error::InstructionError;
use solana_transaction_error::TransactionError;

/// A transaction that succeeded.
#[derive(Debug)]
pub struct Receipt {
    pub compute_units: u64,
    pub logs: Vec<String>,
}

/// A transaction that was refused.
#[derive(Debug)]
pub struct Failure {
    pub error: TransactionError,
    pub logs: Vec<String>,
}

impl Receipt {
    /// Returns the only event of this type in the logs.
    pub fn event<E: Discriminator + bytemuck::Pod>(&self) -> E {
        let mut events = self.events::<E>();
        assert_eq!(events.len(), 1, "expected one such event in {:#?}", self.logs);
        events.remove(0)
    }

    /// Returns all events of this type, in order.
    pub fn events<E: Discriminator + bytemuck::Pod>(&self) -> Vec<E> {
        let payloads = self.logs.iter().filter_map(|line| line.strip_prefix("Program data: "));
        payloads
            .filter_map(|payload| {
                let bytes = BASE64_STANDARD.decode(payload).ok()?;
                let body = bytes.strip_prefix(E::DISCRIMINATOR)?;
                bytemuck::try_pod_read_unaligned(body).ok()
            })
            .collect()
    }
}

impl Failure {
    /// Whether the instruction failed with this error: a variant of `BallastError`, or an error of Anchor or the
    /// runtime.
    pub fn is(&self, expected: impl Into<Error>) -> bool {
        self.program_error().is_some_and(|error| error == expected.into())
    }

    /// The program that refused: the innermost that failed.
    pub fn refused_by(&self) -> Option<Address> {
        refused_by(&self.logs)
    }

    /// The error of the failed instruction.
    pub fn program_error(&self) -> Option<Error> {
        match &self.error {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => Some(Error::Custom(*code)),
            TransactionError::InstructionError(_, error) => Error::try_from(error.clone()).ok(),
            _ => None,
        }
    }
}

impl From<TransactionMetadata> for Receipt {
    fn from(meta: TransactionMetadata) -> Self {
        Self { compute_units: meta.compute_units_consumed, logs: meta.logs }
    }
}

impl From<FailedTransactionMetadata> for Failure {
    fn from(failed: FailedTransactionMetadata) -> Self {
        Self { error: failed.err, logs: failed.meta.logs }
    }
}
