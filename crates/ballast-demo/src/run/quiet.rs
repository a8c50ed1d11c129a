//! A quiet week: prices stand still, and interest accrues.

use super::Run;
use crate::chain::unexpected;
use crate::figures::AssetAmount;
use crate::moment::StoryMoment;
use crate::path::Step;
use crate::scenario::ASSETS;
use crate::valuation::pool;
use anyhow::Result;
use ballast_client::instructions::Instruction;
use ballast_core::curve::{RatePerSecond, Utilization};
use ballast_core::ledger::Ledger;
use ballast_core::units::{Atoms, Bps, DebtShares, SupplyShares};

pub(super) const DAYS: i64 = 7;
pub(super) const DAY_SECS: i64 = 86_400;

impl Run<'_> {
    /// Persists every reserve's interest once a day, which anybody may do.
    pub(super) fn quiet_days(&mut self, first: &Step) -> Result<()> {
        let before = self.stage.snapshot()?;
        for _ in 0..DAYS {
            self.stage.chain.world.advance(DAY_SECS);
            for asset in 0..ASSETS.len() {
                self.refresh(self.stage.market.refresh_ix(asset, None))?;
            }
        }
        self.publish(first);
        let after = self.stage.snapshot()?;
        for (asset, token) in ASSETS.iter().enumerate() {
            let (was, is) = (&pool(&before, asset).ledger, &pool(&after, asset).ledger);
            let books = |_| anyhow::anyhow!("cannot read the books of {}", token.symbol);
            let utilization = Utilization::of_ceil(is.debt_floor().map_err(books)?, is.cash_atoms).map_err(books)?;
            self.narrator.narrate(StoryMoment::Accrued {
                symbol: token.symbol,
                days: DAYS,
                utilization_bps: Bps::from(utilization).0,
                borrow_rate_bps: Bps::from(RatePerSecond(is.borrow_rate)).0,
                interest: grown(asset, debt(was).map_err(books)?, debt(is).map_err(books)?),
                earned: grown(asset, claims(was).map_err(books)?, claims(is).map_err(books)?),
            })?;
        }
        Ok(())
    }

    pub(super) fn refresh(&mut self, refresh: Instruction) -> Result<()> {
        let anybody = &self.stage.people[0];
        self.stage
            .chain
            .send("refresh", refresh, &anybody.user)
            .map_err(|failure| unexpected(anybody.name, "refresh", &failure))?;
        Ok(())
    }
}

fn debt(ledger: &Ledger) -> ballast_core::Result<Atoms> {
    ledger.debt_atoms_ceil(DebtShares(ledger.debt_shares.get()))
}

fn claims(ledger: &Ledger) -> ballast_core::Result<Atoms> {
    ledger.supply_atoms_floor(SupplyShares(ledger.supply_shares))
}

fn grown(asset: usize, then: Atoms, now: Atoms) -> AssetAmount {
    AssetAmount { asset, atoms: now.0.saturating_sub(then.0) }
}
