//! `obligation list`, `obligation show`.

use crate::figures::{Dollars, HealthFigure, Tokens, table};
use crate::reserve;
use anchor_lang::prelude::Address;
use ballast::state::Obligation;
use ballast_client::{Found, Snapshot};
use ballast_core::positions::{Holding, Side};
use ballast_core::price::PriceUse;
use serde::Serialize;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ObligationFilter {
    All,
    /// Those that can be liquidated, and those whose health is unknown.
    Unhealthy,
}

#[derive(Debug, Serialize)]
pub struct ObligationView {
    pub obligation: String,
    pub owner: String,
    /// None if a price or a reserve is missing. In JSON, basis points, and null without debt.
    pub health: Option<HealthFigure>,
    /// Whether health allows a liquidation; exact, while `health` is rounded down.
    pub liquidatable: Option<bool>,
    pub collateral_usd: Option<Dollars>,
    pub debt_usd: Option<Dollars>,
    /// Why the health is unknown.
    pub unvalued: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct ObligationList(pub Vec<ObligationView>);

/// Lists obligations, the least healthy first; those whose health is unknown come before all others.
pub fn list(market: &Snapshot, all: &[Found<Obligation>], filter: ObligationFilter) -> ObligationList {
    let mut views: Vec<_> = all.iter().map(|obligation| view(market, obligation)).collect();
    views.retain(|view| filter == ObligationFilter::All || view.liquidatable != Some(false));
    views.sort_by_key(|view| (view.health, view.obligation.clone()));
    ObligationList(views)
}

pub fn view(market: &Snapshot, obligation: &Found<Obligation>) -> ObligationView {
    let totals = market.totals(&obligation.state.positions, PriceUse::Maintenance);
    let known = totals.as_ref().ok();
    ObligationView {
        obligation: obligation.address.to_string(),
        owner: obligation.state.owner.to_string(),
        health: known.map(|totals| HealthFigure(totals.maintenance.factor_bps_floor())),
        liquidatable: known.map(|totals| !totals.maintenance.covers_debt()),
        collateral_usd: known.map(|totals| totals.collateral.into()),
        debt_usd: known.map(|totals| totals.debt.into()),
        unvalued: totals.as_ref().err().map(ToString::to_string),
    }
}

impl fmt::Display for ObligationList {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.0.iter().map(|view| {
            let dollars = |value: &Option<Dollars>| value.map_or_else(String::new, |value| value.to_string());
            let health = view.health.map_or_else(|| "unknown".to_owned(), |health| health.to_string());
            let (collateral, debt) = (dollars(&view.collateral_usd), dollars(&view.debt_usd));
            vec![
                view.obligation.clone(),
                view.owner.clone(),
                health,
                collateral,
                debt,
                view.unvalued.clone().unwrap_or_default(),
            ]
        });
        writeln!(f, "{}", table(&["obligation", "owner", "health", "collateral, $", "debt, $", ""], rows))
    }
}

/// An obligation with its positions.
#[derive(Debug, Serialize)]
pub struct ObligationDetails {
    #[serde(flatten)]
    pub summary: ObligationView,
    pub number: u16,
    pub delegate: Option<String>,
    pub target_health_bps: u16,
    pub warning_bps: u16,
    /// Slots since the margin call, if there is one in force.
    pub called_slots_ago: Option<u64>,
    /// Slots since a liquidation was first found to be allowed. The bonus grows from there.
    pub allowed_slots_ago: Option<u64>,
    /// Slots since the loss of a deep obligation became certain.
    pub certain_slots_ago: Option<u64>,
    pub positions: Vec<PositionView>,
}

#[derive(Debug, Serialize)]
pub struct PositionView {
    /// None if the market does not list the reserve.
    pub symbol: Option<String>,
    pub reserve: String,
    pub side: &'static str,
    /// With interest; none if the amount cannot be computed, such as after a write-off that took all value.
    pub amount: Option<Tokens>,
}

pub fn show(market: &Snapshot, found: &Found<Obligation>) -> ObligationDetails {
    let Obligation { number, delegate, target_health_bps, warning_bps, call, positions, .. } = &found.state;
    let slot = market.moment.slot;
    ObligationDetails {
        summary: view(market, found),
        number: *number,
        delegate: (*delegate != Address::default()).then(|| delegate.to_string()),
        target_health_bps: *target_health_bps,
        warning_bps: *warning_bps,
        called_slots_ago: call.slots_since(slot),
        allowed_slots_ago: if call.turn_at == 0 { None } else { Some(slot.saturating_sub(call.turn_at)) },
        certain_slots_ago: call.slots_since_certain(slot),
        positions: positions.as_slice().iter().map(|held| position(market, held)).collect(),
    }
}

pub fn position(market: &Snapshot, position: &ballast_core::positions::Position) -> PositionView {
    let amount = market.listed(&position.reserve).and_then(|listed| {
        let pool = &listed.reserve.state.pool;
        let mut ledger = pool.ledger;
        ledger.accrue(market.moment.unix_timestamp);
        let atoms = match position.holding() {
            Holding::Collateral(shares) => ledger.supply_atoms_floor(shares),
            Holding::Debt(shares) => ledger.debt_atoms_ceil(shares),
        };
        atoms.ok().map(|atoms| Tokens { atoms: atoms.0.into(), decimals: pool.decimals })
    });
    let side = match position.side() {
        Side::Collateral => "collateral",
        Side::Debt => "debt",
    };
    let symbol = market.listed(&position.reserve).map(|listed| reserve::symbol_of(listed).to_owned());
    PositionView { symbol, reserve: Address::from(position.reserve.bytes).to_string(), side, amount }
}

fn slots_ago(slots: Option<u64>) -> String {
    slots.map_or_else(|| "no".to_owned(), |slots| format!("{slots} slots ago"))
}

impl fmt::Display for ObligationDetails {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { summary, number, delegate, target_health_bps, warning_bps, positions, .. } = self;
        let Self { called_slots_ago, allowed_slots_ago, certain_slots_ago, .. } = self;
        let unknown = || summary.unvalued.clone().unwrap_or_default();
        let rows = [
            ("obligation", summary.obligation.clone()),
            ("owner", summary.owner.clone()),
            ("number", number.to_string()),
            ("delegate", delegate.clone().unwrap_or_else(|| "nobody".to_owned())),
            ("health", summary.health.map_or_else(unknown, |health| health.to_string())),
            ("collateral, $", summary.collateral_usd.map_or_else(String::new, |value| value.to_string())),
            ("debt, $", summary.debt_usd.map_or_else(String::new, |value| value.to_string())),
            ("target_health_bps", target_health_bps.to_string()),
            ("warning_bps", warning_bps.to_string()),
            ("called", slots_ago(*called_slots_ago)),
            ("liquidation allowed", slots_ago(*allowed_slots_ago)),
            ("loss certain", slots_ago(*certain_slots_ago)),
        ];
        rows.iter().try_for_each(|(name, value)| writeln!(f, "{name:<34}{value}"))?;
        let held = positions.iter().map(|position| {
            let amount = position.amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string());
            let asset = position.symbol.as_ref().unwrap_or(&position.reserve).clone();
            vec![position.side.to_owned(), asset, amount]
        });
        writeln!(f, "{}", table(&["side", "asset", "tokens"], held))
    }
}
