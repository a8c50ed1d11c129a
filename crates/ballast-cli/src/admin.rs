//! What a market's authority and its guardian do at once: pause, tighten, execute or cancel a change, hand the authority over.

use crate::act::{Act, Done};
use crate::answer::Failure;
use crate::args::{Admin, Paused, Tightened};
use crate::quantity::Quantity;
use crate::reserve;
use crate::settings;
use anchor_lang::prelude::Address;
use ballast::state::Change;
use ballast_client::instructions::{self, Instruction};
use ballast_client::{Found, Snapshot, ChangeTarget};
use ballast_core::pause::Pause;
use ballast_core::settings::Tightening;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use solana_rpc_client::rpc_client::RpcClient;

/// What a pause stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Action {
    Withdraw,
    Borrow,
    Liquidate,
    FlashBorrow,
    All,
    /// Ends a pause; the authority's alone
    None,
}

impl Action {
    fn bits(self) -> u64 {
        use ballast_core::pause::Pausable as Core;
        match self {
            Self::Withdraw => Core::Withdraw.bit(),
            Self::Borrow => Core::Borrow.bit(),
            Self::Liquidate => Core::Liquidate.bit(),
            Self::FlashBorrow => Core::FlashBorrow.bit(),
            Self::All => Pause::ALL,
            Self::None => 0,
        }
    }
}

impl Admin {
    fn market(&self, node: &RpcClient) -> Result<Snapshot, Failure> {
        Ok(Snapshot::read(node, &self.of.market)?)
    }

    fn perform(
        &self,
        node: &RpcClient,
        what: String,
        instruction: impl FnOnce(&Address) -> Instruction,
    ) -> Result<Done, Failure> {
        let signer = self.signing.signer()?;
        self.consent.given(&self.signing, &what)?;
        Act::new(what, vec![instruction(&signer.address)]).perform(node, &self.signing, &signer)
    }
}

pub fn pause(node: &RpcClient, Paused { asset, actions, secs, admin }: &Paused) -> Result<Done, Failure> {
    let market = admin.market(node)?;
    let listed = reserve::find(&market, &asset.0)?;
    let bits = actions.iter().fold(0, |bits, action| bits | action.bits());
    let named: Vec<_> = actions.iter().filter_map(Action::to_possible_value).collect();
    let named: Vec<_> = named.iter().map(PossibleValue::get_name).collect();
    let mint = listed.reserve.state.mint;
    let what = match bits {
        0 => format!("end the pause of {mint}"),
        _ => format!("pause {} of {mint} for {secs} s", named.join(", ")),
    };
    admin.perform(node, what, |signer| {
        instructions::pause(signer, &market.config.address, &listed.reserve.address, bits, *secs)
    })
}

pub fn tighten(node: &RpcClient, args: &Tightened) -> Result<Done, Failure> {
    let market = args.admin.market(node)?;
    let listed = reserve::find(&market, &args.asset.0)?;
    let (pool, mint) = (&listed.reserve.state.pool, listed.reserve.state.mint);
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
    tightened.tighten(&to).map_err(Failure::refused)?;
    let (from, lower) = (settings::of_reserve(&pool.settings).0, settings::of_reserve(&tightened).0);
    let lowered = from.iter().zip(&lower).filter(|(from, to)| from != to);
    let lowered: Vec<_> = lowered.map(|((name, from), (_, to))| format!("{name} {from} -> {to}")).collect();
    if lowered.is_empty() {
        // It would make whatever is queued for the reserve obsolete, for nothing.
        let said = format!("nothing of {mint} would be lower");
        return Err(Failure::Input(said, "name a limit: `ballast reserve tighten --help` lists them"));
    }
    args.admin.perform(node, format!("tighten {mint}: {}", lowered.join(", ")), |signer| {
        instructions::reserve_tighten(signer, &market.config.address, &listed.reserve.address, to)
    })
}

pub fn execute(node: &RpcClient, change: &Address, admin: &Admin) -> Result<Done, Failure> {
    let market = admin.market(node)?;
    let Change { target, kind, source, .. } = queued(node, &market, change)?.state;
    let config = market.config.address;
    let of = if target == config { ChangeTarget::Market } else { ChangeTarget::Reserve(target) };
    let new_price = (kind == Change::FEED).then_some(source.account);
    admin.perform(node, format!("execute the change {change} of {target}"), |signer| {
        instructions::change_execute(signer, &config, of, *change, new_price)
    })
}

pub fn cancel(node: &RpcClient, change: &Address, admin: &Admin) -> Result<Done, Failure> {
    let market = admin.market(node)?;
    let target = queued(node, &market, change)?.state.target;
    admin.perform(node, format!("cancel the change {change} of {target}"), |signer| {
        instructions::change_cancel(signer, &market.config.address, &market.config.state.authority, *change)
    })
}

fn queued(node: &RpcClient, market: &Snapshot, change: &Address) -> Result<Found<Change>, Failure> {
    let queued = market.changes(node)?.into_iter().find(|queued| queued.address == *change);
    queued.ok_or_else(|| Failure::NotFound(format!("{change} is no queued change of this market")))
}

/// The first half: the other accepts.
pub fn hand_over(node: &RpcClient, to: &Address, admin: &Admin) -> Result<Done, Failure> {
    let what = format!("offer the authority over {} to {to}", admin.of.market);
    admin.perform(node, what, |signer| instructions::config_update(signer, &admin.of.market, *to))
}

pub fn accept(node: &RpcClient, admin: &Admin) -> Result<Done, Failure> {
    let what = format!("take the authority over {}", admin.of.market);
    admin.perform(node, what, |signer| instructions::config_accept(signer, &admin.of.market))
}
