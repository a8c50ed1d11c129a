//! One transaction: simulate it, show its effect, then sign, send and wait for it, unless it is only to be shown or
//! printed. Every command that acts goes through here.

use crate::answer::CommandError;
use crate::effect::{FigureDiff, WatchedObligation};
use crate::figures::table;
use crate::signing::{Signing, WalletSigner};
use anchor_lang::prelude::Address;
use ballast_client::instructions::Instruction;
use ballast_client::send;
use ballast_client::transaction::{Envelope, Prepared, Unsendable, written};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use solana_keypair::Keypair;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction::versioned::VersionedTransaction;
use std::fmt;

/// A transaction that is not signed yet.
pub struct TransactionDraft {
    /// Its purpose, in the imperative: "deposit 1.5 of ...".
    pub what: String,
    pub instructions: Vec<Instruction>,
    /// The obligation whose figures are shown before and after.
    pub watched: Option<WatchedObligation>,
}

/// What the transaction has done, or would do.
#[derive(Debug, Serialize)]
pub struct TransactionOutcome {
    pub what: String,
    pub effect: Vec<FigureDiff>,
    /// "done", "nothing was sent" or "to be signed".
    pub outcome: &'static str,
    pub priority_fee_micro_lamports: u64,
    pub signature: Option<String>,
    pub slot: Option<u64>,
    /// The message in base 64, if others sign it.
    pub transaction: Option<String>,
}

impl TransactionDraft {
    pub fn new(what: String, instructions: Vec<Instruction>) -> Self {
        Self { what, instructions, watched: None }
    }

    pub fn perform(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
    ) -> Result<TransactionOutcome, CommandError> {
        self.perform_with(node, signing, signer, &[])
    }

    /// `others` sign besides the signer.
    pub fn perform_with(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &WalletSigner,
        others: &[&Keypair],
    ) -> Result<TransactionOutcome, CommandError> {
        let fee = match signing.priority_fee {
            // The multisig that calls the instructions pays its own fee.
            _ if signing.print_transaction => 0,
            Some(fee) => fee,
            None => send::recent_priority_fee(node, &written(&self.instructions)).map_err(CommandError::node)?,
        };
        let tables = &signing.tables(node)?;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: fee, tables };
        let watched = self.watched.as_ref().map(WatchedObligation::addresses).unwrap_or_default();
        let Prepared { message, accounts } = envelope.prepare(node, &self.instructions, &watched)?;
        let effect = self.watched.as_ref().map(|watched| watched.effect(&accounts));
        let outcome = TransactionOutcome {
            what: self.what.clone(),
            effect: effect.unwrap_or_default(),
            outcome: "nothing was sent",
            priority_fee_micro_lamports: fee,
            signature: None,
            slot: None,
            transaction: None,
        };
        if signing.print_transaction {
            let transaction = Some(self.printed(&signer.address, &message, tables)?);
            return Ok(TransactionOutcome { outcome: "to be signed", transaction, ..outcome });
        }
        if signing.dry_run {
            return Ok(outcome);
        }
        let keys: Vec<_> = [signer.key()?].into_iter().chain(others.iter().copied()).collect();
        let unsignable = |error| {
            CommandError::Input(
                format!("the transaction cannot be signed: {error}"),
                "name the --keypair that must sign",
            )
        };
        let transaction = VersionedTransaction::try_new(message, &keys).map_err(unsignable)?;
        // Printed before it is sent, so that a person who stops waiting can look it up.
        eprintln!("sending {}", transaction.signatures[0]);
        let landed = send::send(node, &transaction)?;
        let (signature, slot) = (Some(landed.signature), Some(landed.slot));
        Ok(TransactionOutcome { outcome: "done", signature, slot, ..outcome })
    }

    /// Encodes the message without the compute budget, because the multisig that calls the instructions sets its own.
    fn printed(
        &self,
        payer: &Address,
        prepared: &VersionedMessage,
        tables: &[AddressLookupTableAccount],
    ) -> Result<String, CommandError> {
        let message = v0::Message::try_compile(payer, &self.instructions, tables, *prepared.recent_blockhash());
        let message = VersionedMessage::V0(message.map_err(Unsendable::from)?);
        Ok(BASE64_STANDARD.encode(message.serialize()))
    }
}

impl fmt::Display for TransactionOutcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        if !self.effect.is_empty() {
            let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            let rows = self.effect.iter().map(|diff| vec![diff.name.clone(), text(&diff.before), text(&diff.after)]);
            writeln!(f, "{}", table(&["", "before", "after"], rows))?;
        }
        if let Some(transaction) = &self.transaction {
            return writeln!(f, "{transaction}");
        }
        write!(f, "{}", self.outcome)?;
        if let (Some(signature), Some(slot)) = (&self.signature, self.slot) {
            write!(f, " in slot {slot}: {signature}")?;
        }
        writeln!(f, "; priority fee {} micro-lamports per unit", self.priority_fee_micro_lamports)
    }
}
