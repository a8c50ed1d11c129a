//! Who knows what has become of transactions.

use crate::journal::JournalEntry;
use crate::node::{AsOf, NodeError, RpcNode};
use async_trait::async_trait;
use ballast_keeper::target::Outcome;
use serde::Deserialize;
use serde_json::{Value, json};

/// What nodes answer for at a time.
const BATCH: usize = 256;
/// Of a failure that is none of a program: the account is locked, the blockhash unknown, the fee unpaid.
const NOT_THE_PROGRAM: u32 = u32::MAX;

#[async_trait]
pub trait Outcomes: Send + Sync {
    /// Of those that are over, by signature; the others may still land.
    async fn outcomes(&self, open: &[JournalEntry]) -> Result<Vec<(String, Outcome)>, NodeError>;
}

#[derive(Deserialize)]
struct SignatureStatus {
    slot: u64,
    err: Option<Value>,
    #[serde(rename = "confirmationStatus")]
    confirmation: Option<String>,
}

impl SignatureStatus {
    /// Not before most of the stake has voted for it: a fork may still take it back.
    fn is_settled(&self) -> bool {
        matches!(self.confirmation.as_deref(), Some("confirmed" | "finalized"))
    }

    fn outcome(&self) -> Outcome {
        match &self.err {
            None => Outcome::Landed(self.slot),
            Some(error) => Outcome::Reverted(code(error)),
        }
    }
}

/// The custom error of an instruction.
fn code(error: &Value) -> u32 {
    let code = error["InstructionError"][1]["Custom"].as_u64();
    code.and_then(|code| u32::try_from(code).ok()).unwrap_or(NOT_THE_PROGRAM)
}

#[async_trait]
impl Outcomes for RpcNode {
    async fn outcomes(&self, open: &[JournalEntry]) -> Result<Vec<(String, Outcome)>, NodeError> {
        // Before the statuses: a block up to this height is final, and whatever is in it is found.
        let height: u64 = self.call("getBlockHeight", json!([{ "commitment": "finalized" }])).await?;
        let mut outcomes = Vec::new();
        for batch in open.chunks(BATCH) {
            let dead = batch.iter().any(|entry| entry.last_valid_height < height);
            let signatures: Vec<_> = batch.iter().map(|entry| entry.signature.as_str()).collect();
            // What landed long ago, while this keeper was not there, is only in the history.
            let params = json!([signatures, { "searchTransactionHistory": dead }]);
            let statuses: AsOf<Vec<Option<SignatureStatus>>> = self.call("getSignatureStatuses", params).await?;
            for (entry, status) in batch.iter().zip(statuses.value) {
                let outcome = match status {
                    Some(status) if status.is_settled() => status.outcome(),
                    None if entry.last_valid_height < height => Outcome::Expired,
                    _ => continue,
                };
                outcomes.push((entry.signature.clone(), outcome));
            }
        }
        Ok(outcomes)
    }
}
