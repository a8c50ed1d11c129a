//! The accounts that health depends on, decoded as a keeper would fetch them; from here on everything is a pure function.

use crate::figures::Health;
use crate::scenario::ASSETS;
use anyhow::{Result, anyhow};
use ballast::oracle;
use ballast::state::{Config, Reserve};
use ballast_core::health::Totals;
use ballast_core::terms::LiquidationTerms;
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::units::Atoms;
use ballast_testkit::{Market, World};

pub struct Snapshot {
    pub now: i64,
    pub slot: u64,
    pub terms: LiquidationTerms,
    pub pools: Vec<Pool>,
    pub prices: Vec<RawPrice>,
}

impl Snapshot {
    pub fn read(world: &World, market: &Market) -> Result<Self> {
        let config: Config = world.read(&market.config);
        let (now, slot, terms) = (world.now(), world.slot(), config.market.terms);
        let mut snapshot = Self { now, slot, terms, pools: Vec::new(), prices: Vec::new() };
        for asset in &market.assets {
            let reserve: Reserve = world.read(&asset.reserve);
            let price = world.get(&reserve.source.account);
            let price = oracle::parse(&price.data, &reserve.source.feed_id)
                .map_err(|error| anyhow!("a price account cannot be parsed: {error:?}"))?;
            snapshot.pools.push(reserve.pool);
            snapshot.prices.push(price);
        }
        Ok(snapshot)
    }

    /// The asset index of a position's reserve.
    pub fn asset(&self, reserve: &ballast_core::pool::ReserveId) -> Option<usize> {
        self.pools.iter().position(|pool| pool.id == *reserve)
    }

    pub fn quote(&self, asset: usize) -> ballast_core::Result<Quote> {
        Quote::new(&self.pools[asset], &self.prices[asset], PriceUse::Liquidation, self.now)
    }

    /// Maintenance totals of all positions but those in `without`, summed by the program's own functions.
    pub fn totals(&self, positions: &Positions, without: &[usize]) -> ballast_core::Result<Totals> {
        let mut totals = Totals::default();
        for position in positions.as_slice() {
            match self.asset(&position.reserve) {
                Some(asset) if !without.contains(&asset) => totals.add(position.holding(), &self.quote(asset)?)?,
                _ => {}
            }
        }
        Ok(totals)
    }

    /// `None` while a price cannot be used.
    pub fn health(&self, positions: &Positions) -> Option<Health> {
        self.totals(positions, &[]).ok().map(|totals| totals.maintenance.into())
    }

    /// What a position is worth in tokens: collateral rounded down, debt rounded up.
    pub fn atoms(&self, asset: usize, holding: Holding) -> Atoms {
        let mut ledger = self.pools[asset].ledger;
        ledger.accrue(self.now);
        let atoms = match holding {
            Holding::Collateral(shares) => ledger.supply_atoms_floor(shares),
            Holding::Debt(shares) => ledger.debt_atoms_ceil(shares),
        };
        atoms.unwrap_or_default()
    }

    /// For reports.
    pub fn dollars(&self) -> [f64; ASSETS.len()] {
        std::array::from_fn(|asset| {
            let price = &self.prices[asset];
            price.spot as f64 * 10f64.powi(price.exponent)
        })
    }
}
