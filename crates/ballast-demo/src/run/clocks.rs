//! What keepers do besides liquidating: a price that has jumped is recorded until it is confirmed, and flags run the
//! clocks of unhealthy borrowers.

use super::Run;
use crate::chain::unexpected;
use crate::scenario::ASSETS;
use anyhow::Result;
use ballast_client::Snapshot;
use ballast_client::instructions;
use ballast_core::op::flag::flag;
use ballast_core::price::PriceUse;
use ballast_core::units::Bps;

impl Run<'_> {
    pub(super) fn run_clocks(&mut self) -> Result<()> {
        let snapshot = self.stage.snapshot()?;
        for asset in 0..ASSETS.len() {
            if has_jumped(&snapshot, asset) {
                let price = self.stage.market.assets[asset].feed.address;
                self.refresh(self.stage.market.refresh_ix(asset, Some(price)))?;
            }
        }
        let snapshot = self.stage.snapshot()?;
        for index in 0..self.watches.len() {
            let person = self.watches[index].0;
            if self.is_flag_due(&snapshot, person) {
                self.flag(person)?;
            }
        }
        Ok(())
    }

    /// Whether a flag would change anything.
    fn is_flag_due(&self, snapshot: &Snapshot, person: usize) -> bool {
        let obligation = self.stage.obligation(person);
        let totals = snapshot.totals(&obligation.positions, PriceUse::Maintenance);
        let (mut call, terms) = (obligation.call, &snapshot.config.state.market.terms);
        let warning = Bps(obligation.warning_bps);
        totals.is_ok_and(|totals| flag(&mut call, &totals, terms, warning, snapshot.moment.slot).is_ok())
    }

    fn flag(&mut self, person: usize) -> Result<()> {
        let borrower = &self.stage.people[person];
        let (chain, market) = (&mut self.stage.chain, &self.stage.market);
        let accounts = market.borrower(&chain.world, &borrower.user.obligation);
        let flag = instructions::flag(&market.config, &accounts);
        chain.send("flag", flag, &borrower.user).map_err(|failure| unexpected(borrower.name, "flag", &failure))?;
        Ok(())
    }
}

fn has_jumped(snapshot: &Snapshot, asset: usize) -> bool {
    let (listed, now) = (&snapshot.reserves[asset], snapshot.moment.unix_timestamp);
    let pool = &listed.reserve.state.pool;
    let quote = listed.quote(PriceUse::Maintenance, now);
    quote.is_ok_and(|quote| pool.volatility.has_jumped(&quote.price, &pool.settings.guard))
}
