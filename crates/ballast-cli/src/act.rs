//! The one way to the chain of everything that acts: simulate, show, and, unless told otherwise, sign, send and wait.

use crate::answer::Failure;
use crate::effect::{Shift, Watched};
use crate::figures::table;
use crate::signing::{Signer, Signing};
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

/// What is to be done, in one transaction.
pub struct Act {
    /// In words, as one would ask for it: "deposit 1.5 of ...".
    pub what: String,
    pub instructions: Vec<Instruction>,
    /// Whose state is shown before and after.
    pub watched: Option<Watched>,
}

/// What has been done, or would be.
#[derive(Debug, Serialize)]
pub struct Done {
    pub what: String,
    pub effect: Vec<Shift>,
    /// "done", "nothing was sent" or "to be signed".
    pub outcome: &'static str,
    pub priority_fee_micro_lamports: u64,
    pub signature: Option<String>,
    pub slot: Option<u64>,
    /// The message of a transaction that others sign.
    pub transaction: Option<String>,
}

impl Act {
    pub fn new(what: String, instructions: Vec<Instruction>) -> Self {
        Self { what, instructions, watched: None }
    }

    pub fn perform(&self, node: &RpcClient, signing: &Signing, signer: &Signer) -> Result<Done, Failure> {
        self.perform_with(node, signing, signer, &[])
    }

    /// With keys that sign besides the signer.
    pub fn perform_with(
        &self,
        node: &RpcClient,
        signing: &Signing,
        signer: &Signer,
        others: &[&Keypair],
    ) -> Result<Done, Failure> {
        let fee = match signing.priority_fee {
            // Whoever calls what is printed pays for it.
            _ if signing.print_transaction => 0,
            Some(fee) => fee,
            None => send::recent_priority_fee(node, &written(&self.instructions)).map_err(Failure::chain)?,
        };
        let tables = &signing.tables(node)?;
        let envelope = Envelope { payer: signer.address, micro_lamports_per_unit: fee, tables };
        let watched = self.watched.as_ref().map(Watched::addresses).unwrap_or_default();
        let Prepared { message, accounts } = envelope.prepare(node, &self.instructions, &watched)?;
        let effect = self.watched.as_ref().map(|watched| watched.effect(&accounts));
        let done = Done {
            what: self.what.clone(),
            effect: effect.unwrap_or_default(),
            outcome: "nothing was sent",
            priority_fee_micro_lamports: fee,
            signature: None,
            slot: None,
            transaction: None,
        };
        if signing.print_transaction {
            let transaction = Some(self.to_be_signed(&signer.address, &message, tables)?);
            return Ok(Done { outcome: "to be signed", transaction, ..done });
        }
        if signing.dry_run {
            return Ok(done);
        }
        let keys: Vec<_> = [signer.key()?].into_iter().chain(others.iter().copied()).collect();
        let unsignable =
            |error| Failure::Input(format!("it cannot be signed: {error}"), "name the --keypair it asks for");
        let transaction = VersionedTransaction::try_new(message, &keys).map_err(unsignable)?;
        // Before it is sent: who stops waiting for it can look it up.
        eprintln!("sending {}", transaction.signatures[0]);
        let landed = send::send(node, &transaction)?;
        Ok(Done { outcome: "done", signature: Some(landed.signature), slot: Some(landed.slot), ..done })
    }

    /// Without instructions of the budget: a multisig calls what stands here, and pays for the call itself.
    fn to_be_signed(
        &self,
        payer: &Address,
        prepared: &VersionedMessage,
        tables: &[AddressLookupTableAccount],
    ) -> Result<String, Failure> {
        let message = v0::Message::try_compile(payer, &self.instructions, tables, *prepared.recent_blockhash());
        let message = VersionedMessage::V0(message.map_err(Unsendable::from)?);
        Ok(BASE64_STANDARD.encode(message.serialize()))
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        if !self.effect.is_empty() {
            let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            let rows =
                self.effect.iter().map(|shift| vec![shift.name.clone(), text(&shift.before), text(&shift.after)]);
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
