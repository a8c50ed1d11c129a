//! What an owner does with an obligation as a whole: open it, close it, decide about it.

use crate::act::{Act, Done};
use crate::answer::Failure;
use crate::args::{Decided, Opened};
use anchor_lang::prelude::Address;
use ballast::instructions::OwnerSettings;
use ballast::state::{Obligation, Right};
use ballast_client::addresses::obligation_address;
use ballast_client::{Snapshot, instructions};
use clap::ValueEnum;
use solana_rpc_client::rpc_client::RpcClient;

/// What a delegate may do besides adding collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Granted {
    Withdraw,
    Borrow,
    None,
}

impl Granted {
    fn bit(self) -> u64 {
        match self {
            Self::Withdraw => Right::Withdraw.bit(),
            Self::Borrow => Right::Borrow.bit(),
            Self::None => 0,
        }
    }
}

pub fn open(node: &RpcClient, Opened { of, number, signing }: &Opened) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let obligation = obligation_address(&of.market, &signer.address, *number);
    let open = instructions::obligation_open(&signer.address, &of.market, *number);
    Act::new(format!("open the obligation {obligation}"), vec![open]).perform(node, signing, &signer)
}

/// Its rent returns to the owner.
pub fn close(node: &RpcClient, Opened { of, number, signing }: &Opened) -> Result<Done, Failure> {
    let signer = signing.signer()?;
    let obligation = obligation_address(&of.market, &signer.address, *number);
    let close = instructions::obligation_close(&signer.address, &obligation);
    Act::new(format!("close the obligation {obligation}"), vec![close]).perform(node, signing, &signer)
}

/// What is not named stays.
pub fn settings(node: &RpcClient, args: &Decided) -> Result<Done, Failure> {
    let Opened { of, number, signing } = &args.opened;
    let signer = signing.signer()?;
    let market = Snapshot::read(node, &of.market)?;
    let address = obligation_address(&of.market, &signer.address, *number);
    let now: Obligation = market.obligation(node, &address)?.state;
    let settings = OwnerSettings {
        target_health_bps: args.target_health_bps.unwrap_or(now.target_health_bps),
        warning_bps: args.warning_bps.unwrap_or(now.warning_bps),
        delegate: args.delegate.unwrap_or(now.delegate),
        delegate_rights: match args.rights.as_slice() {
            [] => now.delegate_rights,
            rights => rights.iter().fold(0, |bits, right| bits | right.bit()),
        },
    };
    let OwnerSettings { target_health_bps, warning_bps, delegate, delegate_rights } = settings;
    let nobody = if delegate == Address::default() { "nobody".to_owned() } else { delegate.to_string() };
    let what = format!(
        "set obligation {address}: target_health_bps {target_health_bps}, warning_bps {warning_bps}, delegate {nobody}, \
         rights {delegate_rights}"
    );
    let set = instructions::obligation_settings(&signer.address, &address, settings);
    Act::new(what, vec![set]).perform(node, signing, &signer)
}
