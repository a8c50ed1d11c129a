//! The sales that liquidations would need now: what the daemon asks a router for.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast_core::Result;
use ballast_core::positions::Holding;
use ballast_core::quote::Quote;
use ballast_core::unit_value::UnitValue;
use ballast_core::units::Usd;

use super::Engine;
use crate::pair::{PairedHoldings, ReservePair, pairs};

/// A sale that could repay a flash loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedRoute {
    /// The mints.
    pub sold: Address,
    pub bought: Address,
    /// The most that one liquidation would sell.
    pub sold_atoms: u64,
}

impl Engine {
    /// Returns the sales for all obligations below their lines, in the order of the mints. An obligation that is warned
    /// now may be liquidated in the next slot.
    pub fn wanted_routes(&self) -> Vec<WantedRoute> {
        let Some(tick) = self.index.tick.as_ref().filter(|_| self.setup.flash && self.setup.liquidate) else {
            return Vec::new();
        };
        let store = self.market.obligations();
        let rows = self.index.trigger.below(store, tick);
        let mut wanted: BTreeMap<ReservePair, u64> = BTreeMap::new();
        for row in rows {
            let holdings: Vec<_> = store.holdings(row).collect();
            for PairedHoldings { pair, collateral, debt } in pairs(&holdings) {
                let quotes = (tick.quote(pair.collateral), tick.quote(pair.debt));
                let (Ok(sold), Ok(bought)) = quotes else { continue };
                if let Ok(atoms) = sale((collateral, sold), (debt, bought)) {
                    let most = wanted.entry(pair).or_default();
                    *most = atoms.max(*most);
                }
            }
        }
        let mint = |number: u8| self.decoder.listed(number).map(|listed| listed.asset.mint);
        let named = wanted.into_iter().filter(|(_, atoms)| *atoms > 0).filter_map(|(pair, sold_atoms)| {
            Some(WantedRoute { sold: mint(pair.collateral)?, bought: mint(pair.debt)?, sold_atoms })
        });
        let mut named: Vec<_> = named.collect();
        named.sort_unstable();
        named
    }
}

/// Returns atoms of the collateral: all of it, or the value of the debt and a quarter more, which exceeds any bonus.
fn sale(collateral: (Holding, &Quote), debt: (Holding, &Quote)) -> Result<u64> {
    let owed = value(debt)?.0;
    let most = value(collateral)?.0.min(owed.saturating_add(owed / 4));
    collateral.1.spot_atom_floor()?.count_floor(Usd(most))
}

fn value((holding, quote): (Holding, &Quote)) -> Result<Usd> {
    let units = match holding {
        Holding::Collateral(shares) => quote.supply_floor(shares)?,
        Holding::Debt(shares) => quote.debt_ceil(shares)?,
    };
    units.mul_floor(UnitValue::from_integer(quote.price.spot)).value_floor(1)
}
