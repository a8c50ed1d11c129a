//! A signed transaction to a node, until it has landed or no longer can. Nobody is left guessing which.

use crate::refusal::Refusal;
use anchor_lang::prelude::Address;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::api::client_error::{Error, ErrorKind};
use solana_rpc_client::api::config::RpcSendTransactionConfig;
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction::versioned::VersionedTransaction;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(400);
/// Validators drop what they cannot place at once.
const RESEND: Duration = Duration::from_secs(2);
/// The most that [`recent_priority_fee`] answers, in micro-lamports per compute unit: 0.0002 SOL for 200,000 units.
pub const MAX_RECENT_FEE: u64 = 1_000_000;

/// A transaction that went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    pub signature: String,
    pub slot: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The node would not even take it.
    #[error("the node did not take it: {0}")]
    Unsent(Error),
    #[error("transaction {signature} has landed and was refused: {refusal}")]
    Refused { signature: String, refusal: Refusal },
    #[error("transaction {signature} has not landed and no longer can: its blockhash has expired")]
    Expired { signature: String },
    #[error("transaction {signature} was sent and may still land; the node no longer answers: {error}")]
    Unknown { signature: String, error: Error },
}

/// Sends, resends, and waits until the cluster has voted for it or its blockhash has expired.
pub fn send(node: &RpcClient, transaction: &VersionedTransaction) -> Result<Landed, SendError> {
    let first = node.get_block_height().map_err(SendError::Unsent)?;
    match submit(node, transaction) {
        Err(error) if is_unsent(&error) => return Err(SendError::Unsent(error)),
        // It may have arrived although its answer has not: what follows finds out.
        _ => {}
    }
    let mut sent = Instant::now();
    loop {
        if let Some(landed) = status(node, transaction)? {
            return Ok(landed);
        }
        // Asked first: what lands between the two questions is seen by the second.
        if has_expired(node, transaction, first)? {
            let signature = signature(transaction);
            return status(node, transaction)?.ok_or(SendError::Expired { signature });
        }
        if sent.elapsed() >= RESEND {
            // Nothing is lost by one that does not arrive; the next question tells whether the node is there.
            let _ = submit(node, transaction);
            sent = Instant::now();
        }
        std::thread::sleep(POLL);
    }
}

/// Whether the node has said no, or was never reached. All else, such as an answer that has not come in time, leaves it open.
fn is_unsent(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::RpcError(_) => true,
        ErrorKind::Reqwest(error) => {
            error.is_connect() || error.status().is_some_and(|status| status.is_client_error())
        }
        _ => false,
    }
}

/// Hands it to the node and does not wait.
pub fn submit(node: &RpcClient, transaction: &VersionedTransaction) -> Result<(), Error> {
    // Simulated before, by whoever set its limit; the node need not do it again for every resending.
    let config = RpcSendTransactionConfig { skip_preflight: true, max_retries: Some(0), ..Default::default() };
    node.send_transaction_with_config(transaction, config).map(drop)
}

fn status(node: &RpcClient, transaction: &VersionedTransaction) -> Result<Option<Landed>, SendError> {
    let signature = signature(transaction);
    let answer = match node.get_signature_statuses(&transaction.signatures[..1]) {
        Ok(answer) => answer.value,
        Err(error) => return Err(SendError::Unknown { signature, error }),
    };
    let Some(status) = answer.into_iter().flatten().next() else { return Ok(None) };
    if !status.satisfies_commitment(CommitmentConfig::confirmed()) {
        return Ok(None);
    }
    match status.err {
        None => Ok(Some(Landed { signature, slot: status.slot })),
        Some(error) => Err(SendError::Refused { signature, refusal: Refusal::new(&error, &[]) }),
    }
}

/// Behind one URL are many nodes, and one that is behind does not know a new blockhash yet: it is believed when as many blocks have passed
/// as a blockhash lives, and some more.
fn has_expired(node: &RpcClient, transaction: &VersionedTransaction, first: u64) -> Result<bool, SendError> {
    const BLOCKS: u64 = 150 + 32;
    let unknown = |error| SendError::Unknown { signature: signature(transaction), error };
    if node.get_block_height().map_err(unknown)? < first.saturating_add(BLOCKS) {
        return Ok(false);
    }
    let blockhash = transaction.message.recent_blockhash();
    node.is_blockhash_valid(blockhash, CommitmentConfig::confirmed()).map(|valid| !valid).map_err(unknown)
}

fn signature(transaction: &VersionedTransaction) -> String {
    transaction.signatures.first().map(ToString::to_string).unwrap_or_default()
}

/// What others have lately paid at least, in micro-lamports per compute unit, to write these accounts: the median of the slots that the
/// node remembers, and no more than [`MAX_RECENT_FEE`].
pub fn recent_priority_fee(node: &RpcClient, written: &[Address]) -> Result<u64, Error> {
    let slots = node.get_recent_prioritization_fees(written)?;
    let mut fees: Vec<_> = slots.into_iter().map(|slot| slot.prioritization_fee).collect();
    fees.sort_unstable();
    Ok(fees.get(fees.len() / 2).copied().unwrap_or_default().min(MAX_RECENT_FEE))
}
