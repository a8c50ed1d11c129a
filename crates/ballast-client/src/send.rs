//! Sends a signed transaction to a node and waits until it has landed or no longer can. The result says which.

use crate::refusal::TransactionRefusal;
use anchor_lang::prelude::Address;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::api::client_error::{Error, ErrorKind};
use solana_rpc_client::api::config::RpcSendTransactionConfig;
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction::versioned::VersionedTransaction;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(400);
/// Validators drop a transaction that they cannot place at once, so it is sent again after this time.
const RESEND: Duration = Duration::from_secs(2);
/// The most that [`recent_priority_fee`] returns, in micro-lamports per compute unit: 0.0002 SOL for 200,000 units.
pub const MAX_RECENT_FEE: u64 = 1_000_000;

/// A transaction that has succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    pub signature: String,
    pub slot: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The node did not accept the transaction, so it cannot land.
    #[error("the node did not accept the transaction: {0}")]
    Unsent(Error),
    #[error("transaction {signature} has landed, and the program refused it: {refusal}")]
    Refused { signature: String, refusal: TransactionRefusal },
    #[error("transaction {signature} has not landed and no longer can: its blockhash has expired")]
    Expired { signature: String },
    #[error("transaction {signature} was sent and may still land, but the node no longer answers: {error}")]
    Unknown { signature: String, error: Error },
}

/// Sends a transaction, and repeats it until the cluster has confirmed it or its blockhash has expired.
pub fn send(node: &RpcClient, transaction: &VersionedTransaction) -> Result<Landed, SendError> {
    let first = node.get_block_height().map_err(SendError::Unsent)?;
    match submit(node, transaction) {
        Err(error) if is_unsent(&error) => return Err(SendError::Unsent(error)),
        // The transaction may have arrived although the answer has not. The loop finds out.
        _ => {}
    }
    let mut sent = Instant::now();
    loop {
        if let Some(landed) = status(node, transaction)? {
            return Ok(landed);
        }
        // Asks for the expiry first, so that the status shows a transaction that lands between the two requests.
        if has_expired(node, transaction, first)? {
            let signature = signature(transaction);
            return status(node, transaction)?.ok_or(SendError::Expired { signature });
        }
        if sent.elapsed() >= RESEND {
            // A failure here loses nothing; the next status shows whether the node still answers.
            let _ = submit(node, transaction);
            sent = Instant::now();
        }
        std::thread::sleep(POLL);
    }
}

/// Whether the node has refused the transaction or was never reached. After any other error, such as a timeout, it may
/// have arrived.
fn is_unsent(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::RpcError(_) => true,
        ErrorKind::Reqwest(error) => {
            error.is_connect() || error.status().is_some_and(|status| status.is_client_error())
        }
        _ => false,
    }
}

/// Gives a transaction to the node and does not wait for it.
pub fn submit(node: &RpcClient, transaction: &VersionedTransaction) -> Result<(), Error> {
    // The caller has simulated it to set its limit, so the node need not simulate it again each time.
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
        Some(error) => Err(SendError::Refused { signature, refusal: TransactionRefusal::new(&error, &[]) }),
    }
}

/// Whether the blockhash has expired. One URL may serve many nodes, and one that lags does not know a new blockhash
/// yet. So this trusts the node only after the lifetime of a blockhash and some more blocks since `first`.
fn has_expired(node: &RpcClient, transaction: &VersionedTransaction, first: u64) -> Result<bool, SendError> {
    /// A blockhash lives for 150 blocks.
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

/// Returns the recent priority fee for writing these accounts, in micro-lamports per compute unit, at most
/// [`MAX_RECENT_FEE`]. The node remembers the lowest fee of some recent slots; this is their median.
pub fn recent_priority_fee(node: &RpcClient, written: &[Address]) -> Result<u64, Error> {
    let slots = node.get_recent_prioritization_fees(written)?;
    let mut fees: Vec<_> = slots.into_iter().map(|slot| slot.prioritization_fee).collect();
    fees.sort_unstable();
    Ok(fees.get(fees.len() / 2).copied().unwrap_or_default().min(MAX_RECENT_FEE))
}
