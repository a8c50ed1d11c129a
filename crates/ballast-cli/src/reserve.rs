//! `reserve list`, `reserve show`.

use crate::answer::CommandError;
use crate::figures::{Percent, Rows, Tokens, UnixTime, decimal, table};
use crate::quantity::AssetName;
use crate::settings;
use ballast::symbol::symbol_text;
use ballast_client::Snapshot;
use ballast_client::snapshot::PricedReserve;
use ballast_core::curve::{RatePerSecond, Utilization};
use ballast_core::pause::Pausable;
use ballast_core::pool::Pool;
use ballast_core::units::Bps;
use serde::Serialize;
use std::fmt;

/// A reserve at the moment of the snapshot.
#[derive(Debug, Serialize)]
pub struct ReserveView {
    pub number: u8,
    pub symbol: String,
    pub reserve: String,
    pub mint: String,
    /// USD per token; none if the price account cannot be read.
    pub price: Option<String>,
    /// The claims of suppliers, interest included.
    pub supplied: Tokens,
    /// The debt of borrowers, interest included.
    pub borrowed: Tokens,
    pub utilization_bps: Percent,
    pub borrow_rate_bps: Percent,
    /// The loan-to-value in force now, which volatility may lower.
    pub ltv_bps: Percent,
    /// The liquidation threshold in force now.
    pub liquidation_threshold_bps: Percent,
    /// "closed" until its first settings, "open", or which actions are paused until when.
    pub state: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct ReserveList(pub Vec<ReserveView>);

pub fn list(market: &Snapshot) -> ReserveList {
    ReserveList(market.reserves.iter().map(|listed| view(listed, market.moment.unix_timestamp)).collect())
}

fn view(listed: &PricedReserve, now: i64) -> ReserveView {
    let pool = &listed.reserve.state.pool;
    let mut ledger = pool.ledger;
    ledger.accrue(now);
    // The program has settled the ledger, so neither sum overflows.
    let (claims, debt) = (ledger.claims_ceil().unwrap_or(u128::MAX), ledger.debt_floor().unwrap_or(u128::MAX));
    let utilization = Utilization::of_ceil(debt, ledger.cash_atoms).map_or(Bps(0), Bps::from);
    let weights = pool.weights_at(pool.volatility.haircut_bps, now);
    let tokens = |atoms| Tokens { atoms, decimals: pool.decimals };
    ReserveView {
        number: pool.listing_number,
        symbol: symbol_of(listed).to_owned(),
        reserve: listed.reserve.address.to_string(),
        mint: listed.reserve.state.mint.to_string(),
        price: listed.price.as_ref().ok().map(|raw| decimal(raw.spot.into(), raw.exponent)),
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
    let paused = [pool.pause.authority, pool.pause.guardian].into_iter().filter_map(|closure| {
        let paused: Vec<_> = actions.into_iter().filter(|action| closure.stops(*action, now)).collect();
        (!paused.is_empty()).then(|| format!("{paused:?} paused until {}", UnixTime(closure.ends_at)))
    });
    let paused: Vec<_> = paused.collect();
    if paused.is_empty() { "open".to_owned() } else { paused.join("; ") }
}

impl fmt::Display for ReserveList {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let head = ["", "asset", "price, $", "supplied", "borrowed", "used", "rate", "ltv", "liquidation", "state"];
        let rows = self.0.iter().map(|view| {
            vec![
                view.number.to_string(),
                view.symbol.clone(),
                view.price.clone().unwrap_or_else(|| "none".to_owned()),
                view.supplied.to_string(),
                view.borrowed.to_string(),
                view.utilization_bps.to_string(),
                view.borrow_rate_bps.to_string(),
                view.ltv_bps.to_string(),
                view.liquidation_threshold_bps.to_string(),
                view.state.clone(),
            ]
        });
        writeln!(f, "{}", table(&head, rows))
    }
}

/// The symbol of a reserve.
pub fn symbol_of(listed: &PricedReserve) -> &str {
    symbol_text(&listed.reserve.state.symbol)
}

/// Finds a reserve by its symbol, by its address or by the address of its mint. The program does not keep two reserves
/// from having one symbol; then the symbol names neither.
pub fn find<'a>(market: &'a Snapshot, name: &AssetName) -> Result<&'a PricedReserve, CommandError> {
    let is_named = |listed: &&PricedReserve| match name {
        AssetName::Address(address) => listed.reserve.address == *address || listed.reserve.state.mint == *address,
        AssetName::Symbol(symbol) => listed.reserve.state.symbol == *symbol,
    };
    let mut named = market.reserves.iter().filter(is_named);
    match (named.next(), named.next()) {
        (Some(listed), None) => Ok(listed),
        (Some(_), Some(_)) => {
            let problem = format!("the market has more than one reserve with the symbol {name}");
            Err(CommandError::Input(problem, "name the reserve by its address; `ballast reserve list --json` shows it"))
        }
        (None, _) => {
            let symbols = market.reserves.iter().map(symbol_of).collect::<Vec<_>>().join(", ");
            Err(CommandError::NotFound(format!("the market has no reserve {name}; it has {symbols}")))
        }
    }
}

pub fn show(market: &Snapshot, name: &AssetName) -> Result<Rows, CommandError> {
    let listed = find(market, name)?;
    let view = view(listed, market.moment.unix_timestamp);
    let (asset, pool) = (listed.asset(), &listed.reserve.state.pool);
    let tokens = |atoms: u64| Tokens { atoms: atoms.into(), decimals: pool.decimals }.to_string();
    let mut rows = vec![
        ("symbol", view.symbol),
        ("reserve", view.reserve),
        ("number", view.number.to_string()),
        ("state", view.state),
        ("mint", view.mint),
        ("decimals", pool.decimals.to_string()),
        ("token_program", asset.token_program.to_string()),
        ("vault", asset.vault.to_string()),
        ("voucher_mint", asset.voucher_mint.to_string()),
        ("price_account", asset.price.to_string()),
        ("price", view.price.unwrap_or_else(|| "none".to_owned())),
        ("supplied", view.supplied.to_string()),
        ("borrowed", view.borrowed.to_string()),
        ("cash", tokens(pool.ledger.cash_atoms)),
        ("insurance", tokens(pool.ledger.insurance_atoms)),
        ("utilization", view.utilization_bps.to_string()),
        ("borrow_rate", view.borrow_rate_bps.to_string()),
        ("ltv_in_force", view.ltv_bps.to_string()),
        ("liquidation_threshold_in_force", view.liquidation_threshold_bps.to_string()),
        ("changes", pool.epoch.to_string()),
    ];
    rows.extend(settings::of_reserve(&pool.settings).0);
    Ok(Rows(rows))
}
