//! Notices about watched obligations: who has been liquidated, who has crossed a line, who has recovered.

use anchor_lang::prelude::Address;
use ballast_core::call::Call;
use ballast_core::units::BPS_ONE;

use super::{Engine, Notices};
use crate::event::{HealthLine, KeeperAction};
use crate::plan::is_open;
use crate::tick::Tick;

impl Engine {
    pub(super) fn notify(&mut self, tick: &Tick, rows: &[u32], actions: &mut Vec<KeeperAction>) {
        let (market, Notices { watch, liquidated }) = (&self.market, &mut self.notices);
        let store = market.obligations();
        let health_of = |row: u32| Some(tick.totals(store.holdings(row)).ok()?.maintenance);
        let mut notices = Vec::new();
        for (slot, obligation) in std::mem::take(liquidated) {
            self.attempts.score.see(&obligation, slot);
            let health = store.row(&obligation).and_then(health_of).map_or(0, |health| health.factor_bps_floor());
            notices.extend(watch.cross(&obligation, HealthLine::Liquidated, tick.slot, health));
        }
        if watch.is_empty() {
            return;
        }
        for row in rows.iter().copied() {
            let obligation: &Address = store.address(row);
            if !watch.is_watched(obligation) {
                continue;
            }
            let Some(health) = health_of(row) else { continue };
            let line = match watch.last_line(obligation) {
                _ if health.covers_debt() => HealthLine::Warning,
                Some(HealthLine::Liquidatable) => continue,
                _ if is_open(market, tick, row) => HealthLine::Liquidatable,
                _ => HealthLine::Call,
            };
            notices.extend(watch.cross(obligation, line, tick.slot, health.factor_bps_floor()));
        }
        for obligation in watch.next_to_check() {
            let Some(row) = store.row(&obligation) else { continue };
            let line = BPS_ONE + store.obligation(row).warning.get() + Call::HYSTERESIS_BPS;
            if let Some(health) = health_of(row).filter(|health| !health.is_below(line)) {
                notices.extend(watch.recover(&obligation, tick.slot, health.factor_bps_floor()));
            }
        }
        self.status.notices += notices.len() as u64;
        actions.extend(notices.into_iter().map(KeeperAction::Notify));
    }
}
