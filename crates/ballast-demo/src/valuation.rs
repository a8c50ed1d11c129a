//! Reads values from the client's snapshot of the market, by the demo's asset index.

use crate::figures::HealthFactor;
use crate::scenario::ASSETS;
use ballast_client::Snapshot;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Holding, Positions};
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;

pub fn pool(snapshot: &Snapshot, asset: usize) -> &Pool {
    &snapshot.reserves[asset].reserve.state.pool
}

/// The asset index of a position's reserve: assets are listed in this order.
pub fn asset(snapshot: &Snapshot, reserve: &ReserveId) -> Option<usize> {
    (0..ASSETS.len()).find(|asset| pool(snapshot, *asset).id == *reserve)
}

/// Maintenance health. `None` while a price cannot be used.
pub fn health(snapshot: &Snapshot, positions: &Positions) -> Option<HealthFactor> {
    snapshot.totals(positions, PriceUse::Liquidation).ok().map(|totals| totals.maintenance.into())
}

/// What a position is worth in tokens: collateral rounded down, debt rounded up.
pub fn atoms(snapshot: &Snapshot, asset: usize, holding: Holding) -> Atoms {
    let mut ledger = pool(snapshot, asset).ledger;
    ledger.accrue(snapshot.moment.unix_timestamp);
    let atoms = match holding {
        Holding::Collateral(shares) => ledger.supply_atoms_floor(shares),
        Holding::Debt(shares) => ledger.debt_atoms_ceil(shares),
    };
    atoms.unwrap_or_default()
}

/// Spot prices, for reports. NaN while a price account cannot be read.
pub fn dollars(snapshot: &Snapshot) -> [f64; ASSETS.len()] {
    std::array::from_fn(|asset| {
        let price = snapshot.reserves[asset].price.as_ref();
        price.map_or(f64::NAN, |price| price.spot as f64 * 10f64.powi(price.exponent))
    })
}
