//! What the engine does in a step: tells, liquidates, flags, refreshes.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address as Key;
use ballast_client::accounts::Moment;
use ballast_client::addresses::TOKEN_2022;
use ballast_core::call::{Call, Crossing, Crossings};
use ballast_core::positions::{Positions, Side};
use ballast_core::units::{Atoms, BPS_ONE, Usd};
use ballast_core::volatility::Volatility;

use crate::compute::{self, PriceMark, PositionCounts};
use crate::engine::{Blockhash, Engine};
use crate::event::{KeeperAction, TransactionKind, HealthLine, Route, SignedTransaction};
use crate::fee::FeeOffer;
use crate::market::Address;
use crate::plan::{Decision, Funds, PlannedLiquidation, Policy, SaleQuote, ObligationVerdict, is_open, mark, plan};
use crate::store::Store;
use crate::tick::Tick;
use crate::transaction::{Draft, DraftError, is_harmless};

/// The mint of wrapped SOL.
const SOL: Key = Key::from_str_const("So11111111111111111111111111111111111111112");
/// With accounts this much older than slots or blockhashes, the source lags: nobody knows what has happened since.
const LAG_SLOTS: u64 = 50;
/// What a typical transaction asks for: before its own is known.
const TYPICAL_UNITS: u32 = 30_000;

/// Something to send, but for its signature.
struct Plan {
    target: Address,
    kind: TransactionKind,
    units: u32,
    offer: FeeOffer,
}

impl Engine {
    pub(crate) fn act(&mut self, clock: Moment, actions: &mut Vec<KeeperAction>) {
        let tick = Tick::new(&self.market, self.slot.max(clock.slot), clock.unix_timestamp);
        let changed = self.market.take_changed();
        let store = self.market.obligations();
        changed.into_iter().for_each(|row| self.trigger.touch(row));
        self.status.looked_at = self.trigger.effort(store, tick.units());
        let rows = self.trigger.below(store, &tick);
        self.status.below = rows.len();
        self.status.skips.clear();
        if self.slot.saturating_sub(clock.slot) > LAG_SLOTS {
            self.skip("lagging");
        } else if let Some(blockhash) = self.usable_blockhash() {
            let before = actions.len();
            self.pursue(&tick, &rows, blockhash, actions);
            self.refresh(&tick, blockhash, before, actions);
        } else {
            self.skip("blockhash");
        }
        // After what is sent: nobody's letter is as urgent.
        self.tell(&tick, &rows, actions);
        self.tick = Some(tick);
    }

    fn skip(&mut self, reason: &'static str) {
        *self.status.skips.entry(reason).or_default() += 1;
    }

    /// The newest, unless it is too old to be worth signing with.
    fn usable_blockhash(&self) -> Option<Blockhash> {
        self.blockhash.filter(|known| self.slot.saturating_sub(known.slot) <= self.setup.blockhash_slots)
    }

    /// Liquidates and flags.
    fn pursue(&mut self, tick: &Tick, rows: &[u32], blockhash: Blockhash, actions: &mut Vec<KeeperAction>) {
        let (store, now) = (self.market.obligations(), tick.slot);
        let is_held = |row: &u32| self.targets.get(store.address(*row)).check(store.slot(*row), now).is_err();
        let (held, free): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| is_held(row));
        if !held.is_empty() {
            self.status.skips.insert("held", held.len());
        }
        if free.is_empty() {
            return;
        }
        let mut policy = self.policy(tick);
        let first = actions.len();
        for verdict in plan(&self.market, tick, &policy, &free) {
            if actions.len() - first >= self.setup.most_sends as usize {
                self.skip("most_sends");
                continue;
            }
            let sent = match verdict.decision {
                Ok(Decision::Liquidate(found)) if actions.len() == first => {
                    self.liquidate(tick, &verdict, found, &mut policy, blockhash)
                }
                // What the first ones take may be missing now.
                Ok(Decision::Liquidate(_)) => self.again(tick, &verdict, &mut policy, blockhash),
                Ok(Decision::Flag(crossings)) => self.flag(tick, &verdict, crossings, blockhash),
                Err(skip) => Err(skip.name()),
            };
            match sent {
                Ok(send) => actions.push(KeeperAction::Send(send)),
                Err(reason) => self.skip(reason),
            }
        }
    }

    fn again(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        policy: &mut Policy,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, &'static str> {
        let row = self.market.obligations().row(&verdict.obligation).ok_or("gone")?;
        match plan(&self.market, tick, policy, &[row]).first().map(|verdict| verdict.decision) {
            Some(Ok(Decision::Liquidate(found))) => self.liquidate(tick, verdict, found, policy, blockhash),
            Some(Ok(Decision::Flag(crossings))) => self.flag(tick, verdict, crossings, blockhash),
            Some(Err(skip)) => Err(skip.name()),
            None => Err("gone"),
        }
    }

    fn liquidate(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        found: PlannedLiquidation,
        policy: &mut Policy,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, &'static str> {
        let target = verdict.obligation;
        self.score.decide(&target, tick.slot);
        let row = self.market.obligations().row(&target).ok_or("gone")?;
        let positions = self.market.obligations().obligation(row).positions;
        let route = match found.funds {
            Funds::Inventory => None,
            Funds::Flash { .. } => Some(self.route([found.collateral, found.debt]).ok_or("route")?),
        };
        let history = self.targets.get(&target);
        let offer = FeeOffer::new(&self.setup.fees, self.paid, self.tipped, history.losses);
        let units = self.liquidation_units(&found, &positions, history.reverts, route, &offer);
        let cost = self.value(tick, offer.lamports(units));
        let failed_cost = self.value(tick, offer.failed_lamports(units));
        let gross = found.profit.saturating_add(policy.transaction_cost);
        if self.record.expected(gross, cost, failed_cost) < policy.least(&found.course) {
            return Err("unprofitable");
        }
        let instructions = self.draft().liquidate(&target, &positions, &found, route).map_err(unwritten)?;
        let plan = Plan { target, kind: TransactionKind::Liquidate, units, offer };
        let send = self.send(tick, plan, verdict.written, instructions, route.cloned().as_ref(), blockhash)?;
        let own = if found.funds == Funds::Inventory { found.max_repay } else { Atoms(0) };
        self.inventory.promise(&target, send.attempt, found.debt, own);
        policy.spend(&found);
        Ok(send)
    }

    fn liquidation_units(
        &self,
        found: &PlannedLiquidation,
        positions: &Positions,
        reverts: u32,
        route: Option<&Route>,
        offer: &FeeOffer,
    ) -> u32 {
        // Whatever has made it fail, the limit is not to be it again.
        let course = if reverts == 0 { found.course } else { found.course.dearest() };
        let of_2022 = [found.collateral, found.debt]
            .map(|number| self.decoder.listed(number).is_some_and(|listed| listed.asset.token_program == TOKEN_2022));
        let all = count(positions);
        let others = PositionCounts { collaterals: all.collaterals - 1, debts: all.debts - 1 };
        let sale = route.map_or(0, |route| compute::flash(of_2022[1]) + route.units);
        compute::liquidate(&course, others, of_2022) + sale + tip_units(offer)
    }

    fn flag(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        crossings: Crossings,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, &'static str> {
        let Crossings { warning, call } = crossings;
        let is_wanted =
            call == Crossing::Down && self.setup.flag_calls || warning == Crossing::Down && self.setup.flag_warnings;
        if !is_wanted {
            return Err("unwanted_flag");
        }
        let (target, store) = (verdict.obligation, self.market.obligations());
        let row = store.row(&target).ok_or("gone")?;
        let debt = tick.totals(store.holdings(row)).map_err(|_| "price")?.debt;
        if debt < Usd::from_cents(self.setup.least_flag_cents) {
            return Err("small_flag");
        }
        let positions = store.obligation(row).positions;
        let instructions = self.draft().flag(&target, &positions).map_err(unwritten)?;
        // Nobody competes for it.
        let offer = FeeOffer { tip_lamports: 0, ..FeeOffer::new(&self.setup.fees, self.paid, 0, 0) };
        let plan = Plan { target, kind: TransactionKind::Flag, units: compute::flag(count(&positions)), offer };
        self.send(tick, plan, verdict.written, instructions, None, blockhash)
    }

    /// Marks the prices of reserves that somebody uses: those that have jumped, so that they cool off, and those whose mark grows old.
    fn refresh(&mut self, tick: &Tick, blockhash: Blockhash, before: usize, actions: &mut Vec<KeeperAction>) {
        if self.setup.refresh_secs == 0 {
            return;
        }
        for number in 0..Store::RESERVES as u8 {
            if actions.len() - before >= self.setup.most_sends as usize || !self.is_refresh_due(tick, number) {
                continue;
            }
            let Some(reserve) = self.market.reserve(number) else { continue };
            let target = reserve.pool.id.bytes;
            // Its own writes do not name their cause: after one that has landed, the next waits for as long as news may take.
            if self.targets.get(&target).check(0, tick.slot).is_err() {
                continue;
            }
            let offer = FeeOffer { tip_lamports: 0, ..FeeOffer::new(&self.setup.fees, self.paid, 0, 0) };
            let units = compute::refresh(mark(&self.market, number));
            let plan = Plan { target, kind: TransactionKind::Refresh, units, offer };
            let sent = self.draft().refresh(number).map_err(unwritten);
            match sent.and_then(|instructions| self.send(tick, plan, 0, instructions, None, blockhash)) {
                Ok(send) => actions.push(KeeperAction::Send(send)),
                Err(reason) => self.skip(reason),
            }
        }
    }

    fn is_refresh_due(&self, tick: &Tick, number: u8) -> bool {
        let Some(reserve) = self.market.reserve(number) else { return false };
        let (Some(price), Ok(quote)) = (self.market.price(reserve), tick.quote(number)) else { return false };
        let pool = &reserve.pool;
        let Volatility { marked_at, jumped_at, .. } = pool.volatility;
        let age = price.publish_time.saturating_sub(marked_at);
        if pool.ledger.supply_shares == 0 || mark(&self.market, number) == PriceMark::None {
            return false;
        }
        // Refused for new risk because of a move, and not because the reserve cools off from one that is marked already.
        let is_cooling = price.publish_time.saturating_sub(jumped_at) < Volatility::COOL_OFF_SECS && jumped_at != 0;
        let has_jumped = pool.volatility.check_move(&quote.price, price.publish_time, &pool.settings.guard).is_err();
        age >= i64::from(self.setup.refresh_secs) || has_jumped && !is_cooling
    }

    /// Signs, and records that it is sent.
    fn send(
        &mut self,
        tick: &Tick,
        plan: Plan,
        written: u64,
        instructions: Vec<ballast_client::instructions::Instruction>,
        route: Option<&Route>,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, &'static str> {
        let Plan { target, kind, units, offer } = plan;
        // One unit more each time makes it another transaction: a margin call has the same instruction as the warning before it.
        let units = units + self.targets.repeats(&target, blockhash.hash);
        let transaction = self.pen.sign(instructions, route, units, &offer, blockhash.hash).map_err(unwritten)?;
        let attempt = self.targets.send(&target, written, tick.slot).map_err(|_| "held")?;
        *self.status.sent.entry(kind.name()).or_default() += 1;
        let Blockhash { last_valid_height, .. } = blockhash;
        let (slot, tip_lamports) = (tick.slot, offer.tip_lamports);
        Ok(SignedTransaction { target, attempt, kind, slot, transaction, last_valid_height, tip_lamports })
    }

    fn draft(&self) -> Draft<'_> {
        Draft { decoder: &self.decoder, market: &self.market, keeper: self.pen.keeper }
    }

    /// What the keeper has and wants, now.
    fn policy(&self, tick: &Tick) -> Policy {
        let number = |index: usize| index as u8;
        let budget = |index| if self.setup.liquidate { self.inventory.free(number(index)) } else { Atoms(0) };
        let sale_cost = |index| {
            let mint = self.decoder.listed(number(index)).map(|listed| listed.asset.mint).unwrap_or_default();
            self.rules.sale_cost(&mint)
        };
        let typical = FeeOffer::new(&self.setup.fees, self.paid, self.tipped, 0).lamports(TYPICAL_UNITS);
        Policy {
            budgets: std::array::from_fn(budget),
            taken: [Atoms(0); Store::RESERVES],
            accounts: self.inventory.accounts(),
            sales: self.sales(tick.slot),
            sale_costs: std::array::from_fn(sale_cost),
            transaction_cost: self.value(tick, typical).0.cast_signed(),
            least_profit: Usd::from_cents(self.setup.least_profit_cents).0.cast_signed(),
            tolerance: self.rules.tolerance,
        }
    }

    /// The routes that are fresh and harmless, by the numbers of the reserves.
    fn sales(&self, slot: u64) -> BTreeMap<[u8; 2], SaleQuote> {
        if !(self.setup.flash && self.setup.liquidate) {
            return BTreeMap::new();
        }
        let number = |mint: &Address| {
            (0..Store::RESERVES as u8)
                .find(|number| self.decoder.listed(*number).is_some_and(|listed| listed.asset.mint.to_bytes() == *mint))
        };
        let is_usable = |route: &&Route| {
            slot.saturating_sub(route.slot) <= self.setup.route_slots
                && is_harmless(route, &self.decoder, &self.pen.keeper)
        };
        let sales = self.routes.values().filter(is_usable).filter_map(|route| {
            let sale = SaleQuote { sold: Atoms(route.sold_atoms), bought: Atoms(route.bought_atoms) };
            Some(([number(&route.sold)?, number(&route.bought)?], sale))
        });
        sales.collect()
    }

    fn route(&self, pair: [u8; 2]) -> Option<&Route> {
        let [sold, bought] = pair.map(|number| self.decoder.listed(number).map(|listed| listed.asset.mint.to_bytes()));
        self.routes.get(&[sold?, bought?])
    }

    /// What lamports are worth: by the market's own price of SOL, where it lists it.
    fn value(&self, tick: &Tick, lamports: u64) -> Usd {
        let listed = (0..Store::RESERVES as u8)
            .find(|number| self.decoder.listed(*number).is_some_and(|listed| listed.asset.mint == SOL));
        let quoted =
            listed.and_then(|number| tick.quote(number).ok()?.spot_atom_floor().ok()?.value_ceil(lamports).ok());
        quoted.unwrap_or_else(|| {
            const LAMPORTS: u128 = 1_000_000_000;
            Usd(Usd::from_cents(self.setup.fees.sol_cents).0.saturating_mul(u128::from(lamports)).div_ceil(LAMPORTS))
        })
    }

    /// Tells about those who are watched: who has been liquidated, who has crossed a line, who has recovered.
    fn tell(&mut self, tick: &Tick, rows: &[u32], actions: &mut Vec<KeeperAction>) {
        let store = self.market.obligations();
        let health_of = |row: u32| Some(tick.totals(store.holdings(row)).ok()?.maintenance);
        let mut notices = Vec::new();
        for (slot, obligation) in std::mem::take(&mut self.liquidated) {
            self.score.see(&obligation, slot);
            let health = store.row(&obligation).and_then(health_of).map_or(0, |health| health.factor_bps_floor());
            notices.extend(self.watch.cross(&obligation, HealthLine::Liquidated, tick.slot, health));
        }
        if self.watch.is_empty() {
            return;
        }
        for row in rows.iter().copied() {
            let obligation = store.address(row);
            if !self.watch.is_watched(obligation) {
                continue;
            }
            let Some(health) = health_of(row) else { continue };
            let line = match self.watch.told(obligation) {
                _ if health.covers_debt() => HealthLine::Warning,
                Some(HealthLine::Liquidatable) => continue,
                _ if is_open(&self.market, tick, row) => HealthLine::Liquidatable,
                _ => HealthLine::Call,
            };
            notices.extend(self.watch.cross(obligation, line, tick.slot, health.factor_bps_floor()));
        }
        for obligation in self.watch.glance() {
            let Some(row) = store.row(&obligation) else { continue };
            let line = BPS_ONE + store.obligation(row).warning.get() + Call::HYSTERESIS_BPS;
            if let Some(health) = health_of(row).filter(|health| !health.is_below(line)) {
                notices.extend(self.watch.recover(&obligation, tick.slot, health.factor_bps_floor()));
            }
        }
        self.status.notices += notices.len() as u64;
        actions.extend(notices.into_iter().map(KeeperAction::Tell));
    }
}

fn unwritten(reason: DraftError) -> &'static str {
    match reason {
        DraftError::UnknownReserve(_) => "unknown_reserve",
        DraftError::Unsendable(_) => "too_large",
        DraftError::Route => "route",
    }
}

fn count(positions: &Positions) -> PositionCounts {
    let of = |side| positions.as_slice().iter().filter(|position| position.side() == side).count() as u32;
    PositionCounts { collaterals: of(Side::Collateral), debts: of(Side::Debt) }
}

fn tip_units(offer: &FeeOffer) -> u32 {
    if offer.tip_lamports > 0 { compute::tip() } else { 0 }
}
