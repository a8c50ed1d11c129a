//! `obligation list`, `obligation show`.

use crate::figures::{Dollars, Health, Tokens, table};
use anchor_lang::prelude::Address;
use ballast::state::Obligation;
use ballast_client::{Found, Snapshot};
use ballast_core::positions::{Holding, Side};
use ballast_core::price::PriceUse;
use serde::Serialize;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    Unhealthy,
}

#[derive(Debug, Serialize)]
pub struct Line {
    pub obligation: String,
    pub owner: String,
    /// In basis points in JSON, none without debt.
    pub health: Option<Health>,
    /// By anybody, as far as health decides; exact where `health` is rounded.
    pub liquidatable: Option<bool>,
    pub collateral_usd: Option<Dollars>,
    pub debt_usd: Option<Dollars>,
    /// Why nobody can tell.
    pub unvalued: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Line>);

pub fn list(market: &Snapshot, all: &[Found<Obligation>], which: Which) -> List {
    let mut lines: Vec<_> = all.iter().map(|obligation| line(market, obligation)).collect();
    lines.retain(|line| which == Which::All || line.liquidatable != Some(false));
    lines.sort_by_key(|line| (line.health, line.obligation.clone()));
    List(lines)
}

pub fn line(market: &Snapshot, obligation: &Found<Obligation>) -> Line {
    let totals = market.totals(&obligation.state.positions, PriceUse::Liquidation);
    let told = totals.as_ref().ok();
    Line {
        obligation: obligation.address.to_string(),
        owner: obligation.state.owner.to_string(),
        health: told.map(|totals| Health(totals.maintenance.factor_bps_floor())),
        liquidatable: told.map(|totals| !totals.maintenance.covers_debt()),
        collateral_usd: told.map(|totals| totals.collateral.into()),
        debt_usd: told.map(|totals| totals.debt.into()),
        unvalued: totals.as_ref().err().map(ToString::to_string),
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.0.iter().map(|line| {
            let dollars = |value: &Option<Dollars>| value.map_or_else(String::new, |value| value.to_string());
            let health = line.health.map_or_else(|| "unknown".to_owned(), |health| health.to_string());
            let (collateral, debt) = (dollars(&line.collateral_usd), dollars(&line.debt_usd));
            vec![
                line.obligation.clone(),
                line.owner.clone(),
                health,
                collateral,
                debt,
                line.unvalued.clone().unwrap_or_default(),
            ]
        });
        writeln!(f, "{}", table(&["obligation", "owner", "health", "collateral, $", "debt, $", ""], rows))
    }
}

/// With its positions.
#[derive(Debug, Serialize)]
pub struct Full {
    #[serde(flatten)]
    pub line: Line,
    pub number: u16,
    pub delegate: Option<String>,
    pub target_health_bps: u16,
    pub warning_bps: u16,
    /// Slots since a margin call that still counts.
    pub called_slots_ago: Option<u64>,
    pub positions: Vec<Position>,
}

#[derive(Debug, Serialize)]
pub struct Position {
    pub reserve: String,
    pub side: &'static str,
    /// Interest included; none where the reserve's losses have taken the value.
    pub amount: Option<Tokens>,
}

pub fn show(market: &Snapshot, found: &Found<Obligation>) -> Full {
    let Obligation { number, delegate, target_health_bps, warning_bps, call, positions, .. } = &found.state;
    Full {
        line: line(market, found),
        number: *number,
        delegate: (*delegate != Address::default()).then(|| delegate.to_string()),
        target_health_bps: *target_health_bps,
        warning_bps: *warning_bps,
        called_slots_ago: call.slots_since(market.moment.slot),
        positions: positions.as_slice().iter().map(|held| position(market, held)).collect(),
    }
}

pub fn position(market: &Snapshot, position: &ballast_core::positions::Position) -> Position {
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
    Position { reserve: Address::from(position.reserve.bytes).to_string(), side, amount }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { line, number, delegate, target_health_bps, warning_bps, called_slots_ago, positions } = self;
        let unknown = || line.unvalued.clone().unwrap_or_default();
        let rows = [
            ("obligation", line.obligation.clone()),
            ("owner", line.owner.clone()),
            ("number", number.to_string()),
            ("delegate", delegate.clone().unwrap_or_else(|| "nobody".to_owned())),
            ("health", line.health.map_or_else(unknown, |health| health.to_string())),
            ("collateral, $", line.collateral_usd.map_or_else(String::new, |value| value.to_string())),
            ("debt, $", line.debt_usd.map_or_else(String::new, |value| value.to_string())),
            ("target_health_bps", target_health_bps.to_string()),
            ("warning_bps", warning_bps.to_string()),
            ("called", called_slots_ago.map_or_else(|| "no".to_owned(), |slots| format!("{slots} slots ago"))),
        ];
        rows.iter().try_for_each(|(name, value)| writeln!(f, "{name:<34}{value}"))?;
        let held = positions.iter().map(|position| {
            let amount = position.amount.map_or_else(|| "unknown".to_owned(), |amount| amount.to_string());
            vec![position.side.to_owned(), position.reserve.clone(), amount]
        });
        writeln!(f, "{}", table(&["side", "reserve", "tokens"], held))
    }
}
