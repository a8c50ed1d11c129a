//! What the authority and the guardian of a market do at once: pause, reserve_tighten, change_execute, change_cancel,
//! config_update, config_accept.

use crate::answer::CommandError;
use crate::args::{AdminArgs, PauseArgs, TightenArgs};
use crate::quantity::Quantity;
use crate::reserve;
use crate::settings;
use crate::transaction::{TransactionDraft, TransactionOutcome};
use anchor_lang::prelude::Address;
use ballast::state::Change;
use ballast_client::instructions::{self, Instruction};
use ballast_client::{ChangeTarget, Found, Snapshot};
use ballast_core::settings::Tightening;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use solana_rpc_client::rpc_client::RpcClient;

impl AdminArgs {
    fn snapshot(&self, node: &RpcClient) -> Result<Snapshot, CommandError> {
        Ok(Snapshot::read(node, &self.market.address)?)
    }

    fn perform(
        &self,
        node: &RpcClient,
        what: String,
        instruction: impl FnOnce(&Address) -> Instruction,
    ) -> Result<TransactionOutcome, CommandError> {
        let signer = self.signing.signer()?;
        self.consent.given(&self.signing, &what)?;
        TransactionDraft::new(what, vec![instruction(&signer.address)]).perform(node, &self.signing, &signer)
    }
}

pub fn pause(node: &RpcClient, args: &PauseArgs) -> Result<TransactionOutcome, CommandError> {
    let PauseArgs { asset, actions, secs, admin } = args;
    let market = admin.snapshot(node)?;
    let listed = reserve::find(&market, asset)?;
    let bits = actions.iter().fold(0, |bits, action| bits | action.bits());
    let values: Vec<_> = actions.iter().filter_map(ValueEnum::to_possible_value).collect();
    let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
    let symbol = reserve::symbol_of(listed);
    let what = match bits {
        0 => format!("end the pause of {symbol}"),
        _ => format!("pause {} of {symbol} for {secs} s", names.join(", ")),
    };
    admin.perform(node, what, |signer| {
        instructions::pause(signer, &market.config.address, &listed.reserve.address, bits, *secs)
    })
}

pub fn tighten(node: &RpcClient, args: &TightenArgs) -> Result<TransactionOutcome, CommandError> {
    let market = args.admin.snapshot(node)?;
    let listed = reserve::find(&market, &args.asset)?;
    let (pool, symbol) = (&listed.reserve.state.pool, reserve::symbol_of(listed));
    let (risk, limits) = (&pool.settings.risk, &pool.settings.limits);
    let atoms =
        |given: &Option<Quantity>, now: u64| given.as_ref().map_or(Ok(now), |given| given.exact_atoms(pool.decimals));
    let to = Tightening {
        ltv_bps: args.ltv_bps.unwrap_or(risk.ltv_bps),
        max_utilization_bps: args.max_utilization_bps.unwrap_or(limits.max_utilization_bps),
        supply_cap_atoms: atoms(&args.supply_cap, limits.supply_cap_atoms)?,
        borrow_cap_atoms: atoms(&args.borrow_cap, limits.borrow_cap_atoms)?,
        collateral_cap_usd: args.collateral_cap_usd.unwrap_or(limits.collateral_cap_usd),
        allowed_debts: limits.allowed_debts,
    };
    let mut tightened = pool.settings;
    tightened.tighten(&to).map_err(CommandError::refused)?;
    let (from, lower) = (settings::of_reserve(&pool.settings).0, settings::of_reserve(&tightened).0);
    let lowered = from.iter().zip(&lower).filter(|(from, to)| from != to);
    let lowered: Vec<_> = lowered.map(|((name, from), (_, to))| format!("{name} {from} -> {to}")).collect();
    if lowered.is_empty() {
        // A tightening without effect would still make every queued change of the reserve obsolete.
        let message = format!("this lowers no limit of {symbol}");
        return Err(CommandError::Input(message, "name a lower limit; `ballast reserve tighten --help` lists them"));
    }
    args.admin.perform(node, format!("tighten {symbol}: {}", lowered.join(", ")), |signer| {
        instructions::reserve_tighten(signer, &market.config.address, &listed.reserve.address, to)
    })
}

pub fn execute(node: &RpcClient, change: &Address, admin: &AdminArgs) -> Result<TransactionOutcome, CommandError> {
    let market = admin.snapshot(node)?;
    let Change { target, kind, source, .. } = queued(node, &market, change)?.state;
    let config = market.config.address;
    let changed = if target == config { ChangeTarget::Market } else { ChangeTarget::Reserve(target) };
    let new_price = (kind == Change::FEED).then_some(source.account);
    admin.perform(node, format!("execute the change {change} of {target}"), |signer| {
        instructions::change_execute(signer, &config, changed, *change, new_price)
    })
}

pub fn cancel(node: &RpcClient, change: &Address, admin: &AdminArgs) -> Result<TransactionOutcome, CommandError> {
    let market = admin.snapshot(node)?;
    let target = queued(node, &market, change)?.state.target;
    admin.perform(node, format!("cancel the change {change} of {target}"), |signer| {
        instructions::change_cancel(signer, &market.config.address, &market.config.state.authority, *change)
    })
}

fn queued(node: &RpcClient, market: &Snapshot, change: &Address) -> Result<Found<Change>, CommandError> {
    let queued = market.changes(node)?.into_iter().find(|queued| queued.address == *change);
    queued.ok_or_else(|| CommandError::NotFound(format!("the market has no queued change {change}")))
}

/// Offers the authority. The new authority has it once they accept.
pub fn hand_over(node: &RpcClient, to: &Address, admin: &AdminArgs) -> Result<TransactionOutcome, CommandError> {
    let what = format!("offer the authority over {} to {to}", admin.market.address);
    admin.perform(node, what, |signer| instructions::config_update(signer, &admin.market.address, *to))
}

pub fn accept(node: &RpcClient, admin: &AdminArgs) -> Result<TransactionOutcome, CommandError> {
    let what = format!("accept the authority over {}", admin.market.address);
    admin.perform(node, what, |signer| instructions::config_accept(signer, &admin.market.address))
}
