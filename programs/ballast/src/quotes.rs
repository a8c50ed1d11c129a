//! Sums positions from the remaining accounts; the only code that reads them. docs/MODEL.md, "Lines". Enforces INV-5,
//! INV-6.
//!
//! For each position in slot order whose reserve the instruction does not name itself: its reserve, then its price
//! account, both read-only, and nothing else. `liquidate` and `flag` accept any order, and others beside them.

use crate::error::{BallastError, refused};
use crate::oracle;
use crate::state::{Reserve, VERSION};
use anchor_lang::prelude::*;
use ballast_core::health::Totals;
use ballast_core::op::deposit::Entry;
use ballast_core::op::withdraw::Margin;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Position, Positions, Side};
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;

/// Sums the positions whose reserve is not among `named`. For maintenance their order does not matter and others beside
/// them are ignored, so that a borrower who opens or closes a position cannot make a liquidation fail.
pub fn totals(
    positions: &Positions,
    named: &[&Pool],
    remaining: &[AccountView],
    usage: PriceUse,
    now: i64,
) -> Result<Totals> {
    let is_tolerant = usage == PriceUse::Maintenance;
    let mut totals = Totals::default();
    let mut pairs = remaining.chunks_exact(2);
    for position in positions.as_slice() {
        if named.iter().any(|pool| pool.id == position.reserve) {
            continue;
        }
        let [reserve, price] = match pairs.next() {
            Some([reserve, price]) if is_of(reserve, position) => [reserve, price],
            _ if is_tolerant => find(position, remaining)?,
            _ => return Err(BallastError::WrongRemainingAccounts.into()),
        };
        add(&mut totals, position, reserve, price, usage, now)?;
    }
    let is_exact = pairs.next().is_none() && pairs.remainder().is_empty();
    require!(is_exact || is_tolerant, BallastError::WrongRemainingAccounts);
    Ok(totals)
}

/// The address alone identifies a position's reserve: the obligation recorded it from an account that was fully
/// checked, and reserves are never closed.
#[inline(always)]
fn is_of(reserve: &AccountView, position: &Position) -> bool {
    ReserveId { bytes: reserve.address().to_bytes() } == position.reserve
}

/// Finds the accounts of a position that do not stand in its place.
#[cold]
fn find<'a>(position: &Position, remaining: &'a [AccountView]) -> Result<[&'a AccountView; 2]> {
    let pairs = remaining.chunks_exact(2).filter_map(|pair| pair.first().zip(pair.get(1)));
    let mut of_position = pairs.filter(|(reserve, _)| is_of(reserve, position));
    of_position.next().map(|(reserve, price)| [reserve, price]).ok_or(BallastError::WrongRemainingAccounts.into())
}

/// Adds one position.
#[inline(always)]
fn add(
    totals: &mut Totals,
    position: &Position,
    reserve: &AccountView,
    price: &AccountView,
    usage: PriceUse,
    now: i64,
) -> Result<()> {
    let data = reserve.try_borrow()?;
    let start = Reserve::DISCRIMINATOR.len();
    let reserve: &Reserve = data
        .get(start..start + size_of::<Reserve>())
        .and_then(|bytes| bytemuck::try_from_bytes(bytes).ok())
        .ok_or(BallastError::WrongRemainingAccounts)?;
    require!(reserve.version == VERSION, BallastError::UnknownVersion);
    let raw = match usage {
        PriceUse::Maintenance => oracle::read_or_mark(price, reserve)?,
        PriceUse::NewRisk | PriceUse::Liquidation => oracle::read(price, &reserve.source)?,
    };
    let quote = Quote::new(&reserve.pool, &raw, usage, now).map_err(refused)?;
    totals.add(position.holding(), &quote).map_err(refused)
}

/// What a withdrawal is checked against. Reads no account if the obligation has no debt.
pub fn margin(
    positions: &Positions,
    reserve: &Reserve,
    price: &AccountView,
    remaining: &[AccountView],
    now: i64,
) -> Result<Margin> {
    if !positions.has(Side::Debt) {
        return Ok(Margin::NoDebt);
    }
    let price = oracle::read(price, &reserve.source)?;
    let others = totals(positions, &[&reserve.pool], remaining, PriceUse::NewRisk, now)?;
    Ok(Margin::Initial { price, others })
}

/// Reads the price that new collateral of an obligation in debt needs.
pub fn entry(reserve: &Reserve, positions: &Positions, price: &AccountView) -> Result<Entry> {
    let free = Entry::is_free(&reserve.pool, positions);
    if free { Ok(Entry::Free) } else { oracle::read(price, &reserve.source).map(Entry::Priced) }
}
