//! `reserve list`, `reserve show`.

use crate::answer::Failure;
use crate::figures::{Percent, Rows, Time, Tokens, table};
use crate::{price, settings};
use anchor_lang::prelude::Address;
use ballast_client::Snapshot;
use ballast_client::snapshot::ListedReserve;
use ballast_core::curve::{RatePerSecond, Utilization};
use ballast_core::pause::Pausable;
use ballast_core::pool::Pool;
use ballast_core::units::Bps;
use serde::Serialize;
use std::fmt;

/// A reserve at a moment.
#[derive(Debug, Serialize)]
pub struct Line {
    pub number: u8,
    pub reserve: String,
    pub mint: String,
    /// USD per token; none where the account is no price.
    pub price: Option<String>,
    /// What suppliers may claim, and what borrowers owe, interest included.
    pub supplied: Tokens,
    pub borrowed: Tokens,
    pub utilization_bps: Percent,
    pub borrow_rate_bps: Percent,
    /// As in force now.
    pub ltv_bps: Percent,
    pub liquidation_threshold_bps: Percent,
    /// "closed" until its first settings.
    pub state: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Line>);

pub fn list(market: &Snapshot) -> List {
    List(market.reserves.iter().map(|listed| line(listed, market.moment.unix_timestamp)).collect())
}

fn line(listed: &ListedReserve, now: i64) -> Line {
    let pool = &listed.reserve.state.pool;
    let mut ledger = pool.ledger;
    ledger.accrue(now);
    // Sums of a reserve that the program has settled are within its domain.
    let (claims, debt) = (ledger.claims_ceil().unwrap_or(u128::MAX), ledger.debt_floor().unwrap_or(u128::MAX));
    let utilization = Utilization::of_ceil(debt, ledger.cash_atoms).map_or(Bps(0), Bps::from);
    let weights = pool.weights_at(now);
    let tokens = |atoms| Tokens { atoms, decimals: pool.decimals };
    Line {
        number: pool.listing_number,
        reserve: listed.reserve.address.to_string(),
        mint: listed.reserve.state.mint.to_string(),
        price: listed.price.as_ref().ok().map(|raw| price::dollars(raw.spot.into(), raw.exponent)),
        supplied: tokens(claims),
        borrowed: tokens(debt),
        utilization_bps: Percent(utilization.get()),
        borrow_rate_bps: Percent(Bps::from(RatePerSecond(ledger.borrow_rate)).get()),
        ltv_bps: Percent(weights.loan_to_value.get()),
        liquidation_threshold_bps: Percent(weights.liquidation_threshold.get()),
        state: state(pool, now),
    }
}

fn state(pool: &Pool, now: i64) -> String {
    if pool.opened_at == 0 {
        return "closed".to_owned();
    }
    let actions = [Pausable::Withdraw, Pausable::Borrow, Pausable::Liquidate, Pausable::FlashBorrow];
    let paused: Vec<_> = actions.into_iter().filter(|action| pool.pause.stops(*action, now)).collect();
    if paused.is_empty() { "open".to_owned() } else { format!("{paused:?} paused until {}", Time(pool.pause.ends_at)) }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let head = ["", "reserve", "price, $", "supplied", "borrowed", "used", "rate", "ltv", "liquidation", "state"];
        let rows = self.0.iter().map(|line| {
            vec![
                line.number.to_string(),
                line.reserve.clone(),
                line.price.clone().unwrap_or_else(|| "none".to_owned()),
                line.supplied.to_string(),
                line.borrowed.to_string(),
                line.utilization_bps.to_string(),
                line.borrow_rate_bps.to_string(),
                line.ltv_bps.to_string(),
                line.liquidation_threshold_bps.to_string(),
                line.state.clone(),
            ]
        });
        writeln!(f, "{}", table(&head, rows))
    }
}

/// By the reserve's address or its mint's.
pub fn find<'a>(market: &'a Snapshot, address: &Address) -> Result<&'a ListedReserve, Failure> {
    let named = |listed: &&ListedReserve| listed.reserve.address == *address || listed.reserve.state.mint == *address;
    let missing = || Failure::NotFound(format!("{address} is no reserve of this market and no mint of one"));
    market.reserves.iter().find(named).ok_or_else(missing)
}

pub fn show(market: &Snapshot, address: &Address) -> Result<Rows, Failure> {
    let listed = find(market, address)?;
    let line = line(listed, market.moment.unix_timestamp);
    let (asset, pool) = (listed.asset(), &listed.reserve.state.pool);
    let tokens = |atoms: u64| Tokens { atoms: atoms.into(), decimals: pool.decimals }.to_string();
    let mut rows = vec![
        ("reserve", line.reserve),
        ("number", line.number.to_string()),
        ("state", line.state),
        ("mint", line.mint),
        ("decimals", pool.decimals.to_string()),
        ("token_program", asset.token_program.to_string()),
        ("vault", asset.vault.to_string()),
        ("voucher_mint", asset.voucher_mint.to_string()),
        ("price_account", asset.price.to_string()),
        ("price", line.price.unwrap_or_else(|| "none".to_owned())),
        ("supplied", line.supplied.to_string()),
        ("borrowed", line.borrowed.to_string()),
        ("cash", tokens(pool.ledger.cash_atoms)),
        ("insurance", tokens(pool.ledger.insurance_atoms)),
        ("utilization", line.utilization_bps.to_string()),
        ("borrow_rate", line.borrow_rate_bps.to_string()),
        ("ltv_in_force", line.ltv_bps.to_string()),
        ("liquidation_threshold_in_force", line.liquidation_threshold_bps.to_string()),
        ("changes", pool.epoch.to_string()),
    ];
    rows.extend(settings::of_reserve(&pool.settings).0);
    Ok(Rows(rows))
}
