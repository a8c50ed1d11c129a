//! Asks the chain how transactions have ended.

use crate::journal::JournalEntry;
use crate::node::{AsOf, NodeError, RpcNode};
use async_trait::async_trait;
use ballast_keeper::target::Outcome;
use serde::Deserialize;
use serde_json::{Value, json};

/// The most signatures of one request.
const BATCH: usize = 256;
/// The code of a failure that does not come from a program: a locked account, an unknown blockhash, an unpaid fee.
const NOT_THE_PROGRAM: u32 = u32::MAX;

#[async_trait]
pub trait Outcomes: Send + Sync {
    /// Returns the outcomes of transactions that have ended, by signature. The others may still land.
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
    /// Returns whether most of the stake has voted for it. Before that, a fork may still undo it.
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

/// Returns the custom error of an instruction.
fn code(error: &Value) -> u32 {
    let code = error["InstructionError"][1]["Custom"].as_u64();
    code.and_then(|code| u32::try_from(code).ok()).unwrap_or(NOT_THE_PROGRAM)
}

#[async_trait]
impl Outcomes for RpcNode {
    async fn outcomes(&self, open: &[JournalEntry]) -> Result<Vec<(String, Outcome)>, NodeError> {
        // Asks before the statuses: blocks up to this height are final, so the statuses include everything in them.
        let height: u64 = self.call("getBlockHeight", json!([{ "commitment": "finalized" }])).await?;
        let mut outcomes = Vec::new();
        for batch in open.chunks(BATCH) {
            let dead = batch.iter().any(|entry| entry.last_valid_height < height);
            let signatures: Vec<_> = batch.iter().map(|entry| entry.signature.as_str()).collect();
            // Only the history has what landed long ago, while no keeper was running.
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
