//! Which sales the liquidations at hand would need: what whoever asks a market for routes asks it for.

use std::collections::BTreeMap;

use ballast_core::Result;
use ballast_core::positions::Holding;
use ballast_core::quote::Quote;
use ballast_core::unit_value::UnitValue;
use ballast_core::units::Usd;

use crate::engine::Engine;
use crate::market::Address;

/// A route that a flash loan could be repaid by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The mints.
    pub sold: Address,
    pub bought: Address,
    /// The most that one liquidation would sell.
    pub sold_atoms: u64,
}

impl Engine {
    /// For all who are below their lines: who is warned today may be liquidated in the next slot. In the order of the mints.
    pub fn wanted_routes(&self) -> Vec<Wanted> {
        let Some(tick) = self.tick.as_ref().filter(|_| self.setup.flash && self.setup.liquidate) else {
            return Vec::new();
        };
        let store = self.market.obligations();
        let rows = self.trigger.below(store, tick);
        let mut wanted: BTreeMap<[u8; 2], u64> = BTreeMap::new();
        for row in rows {
            let holdings: Vec<_> = store.holdings(row).collect();
            for (pair, (collateral, debt)) in pairs(&holdings) {
                let quotes = (tick.quote(pair[0]), tick.quote(pair[1]));
                let (Ok(sold), Ok(bought)) = quotes else { continue };
                if let Ok(atoms) = sale((collateral, sold), (debt, bought)) {
                    let most = wanted.entry(pair).or_default();
                    *most = atoms.max(*most);
                }
            }
        }
        let mint = |number: u8| self.decoder.listed(number).map(|listed| listed.asset.mint.to_bytes());
        let named = wanted.into_iter().filter(|(_, atoms)| *atoms > 0).filter_map(|([sold, bought], sold_atoms)| {
            Some(Wanted { sold: mint(sold)?, bought: mint(bought)?, sold_atoms })
        });
        let mut named: Vec<_> = named.collect();
        named.sort_unstable();
        named
    }
}

fn pairs(holdings: &[(u8, Holding)]) -> impl Iterator<Item = ([u8; 2], (Holding, Holding))> {
    let of = |is_collateral: bool| {
        holdings.iter().filter(move |(_, holding)| matches!(holding, Holding::Collateral(_)) == is_collateral)
    };
    of(true).flat_map(move |(sold, collateral)| {
        of(false).map(move |(bought, debt)| ([*sold, *bought], (*collateral, *debt)))
    })
}

/// Atoms of the collateral: all of it, or what is worth the debt and a quarter more, which is beyond any bonus.
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
