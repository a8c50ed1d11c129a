//! The market at one moment: every reserve priced once, and the obligations below their lines.

use ballast_core::health::Totals;
use ballast_core::positions::Holding;
use ballast_core::price::PriceUse;
use ballast_core::quote::Quote;
use ballast_core::{Refusal, Result};
use rayon::prelude::*;

use crate::columns::kind;
use crate::market::TrackedMarket;
use crate::store::Store;
use crate::units::Units;

/// A slot and its time with the quotes of all reserves, as the program would make them in that slot for maintenance.
/// A pair's quotes are the same wherever the program accepts its prices, so the health of every pair is this one.
pub struct Tick {
    pub slot: u64,
    /// The cluster's clock in Unix seconds.
    pub now: i64,
    /// By listing number of the reserve.
    quotes: [Result<Quote>; Store::RESERVES],
    units: Units,
}

impl Tick {
    pub fn new(market: &TrackedMarket, slot: u64, now: i64) -> Self {
        let quotes = std::array::from_fn(|number| {
            let reserve = u8::try_from(number).ok().and_then(|number| market.reserve(number));
            let reserve = reserve.ok_or(Refusal::PriceRequired)?;
            let price = market.price(reserve).copied().unwrap_or_else(|| reserve.pool.marked_price());
            Quote::new(&reserve.pool, &price, PriceUse::Maintenance, now)
        });
        let units = Units::new(quotes.iter().map(|quote| quote.as_ref().ok()));
        Self { slot, now, quotes, units }
    }

    pub fn units(&self) -> &Units {
        &self.units
    }

    /// Returns the quote of a reserve, or why the program would refuse to make one.
    pub fn quote(&self, number: u8) -> Result<&Quote> {
        self.quotes.get(usize::from(number)).ok_or(Refusal::PriceRequired)?.as_ref().map_err(|refusal| *refusal)
    }

    /// Returns the totals that the program computes from the same positions.
    pub fn totals(&self, holdings: impl Iterator<Item = (u8, Holding)>) -> Result<Totals> {
        Totals::of(holdings, |number| self.quote(number))
    }

    /// Returns whether core finds an obligation below its call line, or below its warning line if the owner is not
    /// warned yet. Refuses if a price is refused.
    pub fn is_below(&self, store: &Store, row: u32) -> Result<bool> {
        let health = self.totals(store.holdings(row))?.maintenance;
        Ok(health.is_below(store.line_bps(row)))
    }

    /// Returns the rows that core might find below their lines, in order. The units of every row decide, so it misses
    /// none.
    pub fn filter(&self, store: &Store) -> Vec<u32> {
        let columns = store.columns();
        let rows = (0..u32::try_from(columns.kinds.len()).unwrap_or(u32::MAX)).into_par_iter();
        let rows = rows.zip(&columns.amounts).zip(&columns.kinds).zip(&columns.choices).with_min_len(4_096);
        rows.filter(|(((row, amounts), kinds), choice)| {
            let wide = kinds[0] & kind::WIDE != 0;
            let sums = if wide { self.units.sums_of(store, *row) } else { self.units.sums(amounts, kinds) };
            self.units.is_below(&sums, choice.line_bps())
        })
        .map(|(((row, _), _), _)| row)
        .collect()
    }

    /// Returns the rows below their lines, in order. The units filter every obligation, and core decides about the
    /// rest.
    pub fn scan(&self, store: &Store) -> Vec<u32> {
        let mut rows = self.filter(store);
        rows.retain(|row| self.is_below(store, *row) == Ok(true));
        rows
    }
}
