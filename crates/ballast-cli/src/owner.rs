//! What an owner does with an obligation as a whole: obligation_open, obligation_close, obligation_settings.

use crate::answer::CommandError;
use crate::args::{ObligationSettingsArgs, OwnObligationArgs};
use crate::transaction::{TransactionDraft, TransactionOutcome};
use anchor_lang::prelude::Address;
use ballast::instructions::OwnerSettings;
use ballast::state::Obligation;
use ballast_client::addresses::obligation_address;
use ballast_client::{Snapshot, instructions};
use solana_rpc_client::rpc_client::RpcClient;

pub fn open(node: &RpcClient, args: &OwnObligationArgs) -> Result<TransactionOutcome, CommandError> {
    let OwnObligationArgs { market, number, signing } = args;
    let signer = signing.signer()?;
    let obligation = obligation_address(&market.address, &signer.address, *number);
    let open = instructions::obligation_open(&signer.address, &market.address, *number);
    TransactionDraft::new(format!("open the obligation {obligation}"), vec![open]).perform(node, signing, &signer)
}

/// Closes an empty obligation. Its rent returns to the owner.
pub fn close(node: &RpcClient, args: &OwnObligationArgs) -> Result<TransactionOutcome, CommandError> {
    let OwnObligationArgs { market, number, signing } = args;
    let signer = signing.signer()?;
    let obligation = obligation_address(&market.address, &signer.address, *number);
    let close = instructions::obligation_close(&signer.address, &obligation);
    TransactionDraft::new(format!("close the obligation {obligation}"), vec![close]).perform(node, signing, &signer)
}

/// Changes the settings that are named and keeps the others.
pub fn settings(node: &RpcClient, args: &ObligationSettingsArgs) -> Result<TransactionOutcome, CommandError> {
    let OwnObligationArgs { market, number, signing } = &args.own;
    let signer = signing.signer()?;
    let address = obligation_address(&market.address, &signer.address, *number);
    let now: Obligation = Snapshot::read(node, &market.address)?.obligation(node, &address)?.state;
    let settings = OwnerSettings {
        target_health_bps: args.target_health_bps.unwrap_or(now.target_health_bps),
        warning_bps: args.warning_bps.unwrap_or(now.warning_bps),
        delegate: args.delegate.unwrap_or(now.delegate),
        delegate_rights: match args.rights.as_slice() {
            [] => now.delegate_rights,
            rights => rights.iter().fold(0, |bits, right| bits | right.bits()),
        },
    };
    let OwnerSettings { target_health_bps, warning_bps, delegate, delegate_rights } = settings;
    let delegate = if delegate == Address::default() { "nobody".to_owned() } else { delegate.to_string() };
    let what = format!(
        "set obligation {address}: target_health_bps {target_health_bps}, warning_bps {warning_bps}, \
         delegate {delegate}, rights {delegate_rights}"
    );
    let set = instructions::obligation_settings(&signer.address, &address, settings);
    TransactionDraft::new(what, vec![set]).perform(node, signing, &signer)
}
