//! What the engine does in a step: it liquidates, flags and refreshes.

use std::collections::BTreeMap;

use anchor_lang::prelude::Address;
use ballast_client::accounts::Moment;
use ballast_client::addresses::TOKEN_2022;
use ballast_client::instructions::Instruction;
use ballast_core::call::{Crossing, Crossings};
use ballast_core::pool::Pool;
use ballast_core::positions::{Positions, Side};
use ballast_core::units::{Atoms, Usd};

use super::{Blockhash, Engine, Index};
use crate::compute::{self, PositionCounts, PriceMark};
use crate::event::{KeeperAction, Route, SignedTransaction, TransactionKind};
use crate::fee::FeeOffer;
use crate::pair::ReservePair;
use crate::plan::{Decision, Funds, ObligationVerdict, PlannedLiquidation, mark, plan};
use crate::policy::{Policy, SaleQuote};
use crate::skip::Skip;
use crate::store::Store;
use crate::tick::Tick;
use crate::transaction::{Draft, is_harmless};

/// The mint of wrapped SOL.
const SOL: Address = Address::from_str_const("So11111111111111111111111111111111111111112");
/// If accounts are this much older than slots or blockhashes, the source lags and nothing is known of the time since.
const LAG_SLOTS: u64 = 50;
/// What a typical transaction asks for, before its own units are known.
const TYPICAL_UNITS: u32 = 30_000;

/// A transaction without its instructions and its signature.
struct Outgoing<'a> {
    target: Address,
    /// The slot of the target's last write.
    written: u64,
    kind: TransactionKind,
    units: u32,
    offer: FeeOffer,
    route: Option<&'a Route>,
}

impl Engine {
    pub(super) fn act(&mut self, clock: Moment, actions: &mut Vec<KeeperAction>) {
        let tick = Tick::new(&self.market, self.chain.slot.max(clock.slot), clock.unix_timestamp);
        let changed = self.market.take_changed();
        let (store, Index { trigger, .. }) = (self.market.obligations(), &mut self.index);
        changed.into_iter().for_each(|row| trigger.mark_dirty(row));
        self.status.looked_at = trigger.effort(store, tick.units());
        let rows = trigger.below(store, &tick);
        self.status.below = rows.len();
        self.status.skips.clear();
        if self.chain.slot.saturating_sub(clock.slot) > LAG_SLOTS {
            self.skip(Skip::Lagging);
        } else if let Some(blockhash) = self.usable_blockhash() {
            let before = actions.len();
            self.pursue(&tick, &rows, blockhash, actions);
            self.refresh(&tick, blockhash, before, actions);
        } else {
            self.skip(Skip::NoBlockhash);
        }
        // After what is sent: no notice is as urgent.
        self.notify(&tick, &rows, actions);
        self.index.tick = Some(tick);
    }

    fn skip(&mut self, skip: Skip) {
        *self.status.skips.entry(skip.name()).or_default() += 1;
    }

    /// Returns the newest blockhash, unless it is too old to be worth signing with.
    fn usable_blockhash(&self) -> Option<Blockhash> {
        let is_usable = |known: &Blockhash| self.chain.slot.saturating_sub(known.slot) <= self.setup.blockhash_slots;
        self.chain.blockhash.filter(is_usable)
    }

    /// Liquidates and flags.
    fn pursue(&mut self, tick: &Tick, rows: &[u32], blockhash: Blockhash, actions: &mut Vec<KeeperAction>) {
        let mut free = Vec::new();
        for row in rows {
            let store = self.market.obligations();
            match self.attempts.targets.get(store.address(*row)).check(store.slot(*row), tick.slot) {
                Ok(()) => free.push(*row),
                Err(reason) => self.skip(reason.into()),
            }
        }
        if free.is_empty() {
            return;
        }
        let mut policy = self.policy(tick);
        let first = actions.len();
        for verdict in plan(&self.market, tick, &policy, &free) {
            if actions.len() - first >= self.setup.most_sends as usize {
                self.skip(Skip::MostSends);
                continue;
            }
            let is_first = actions.len() == first;
            match self.carry_out(tick, &verdict, is_first, &mut policy, blockhash) {
                Ok(signed) => actions.push(KeeperAction::Send(signed)),
                Err(skip) => self.skip(skip),
            }
        }
    }

    fn carry_out(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        is_first: bool,
        policy: &mut Policy,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, Skip> {
        let decision = match verdict.decision? {
            // The earlier liquidations of this step may take what this one needs: plan it again.
            Decision::Liquidate(_) if !is_first => {
                let row = self.market.obligations().row(&verdict.obligation).ok_or(Skip::Closed)?;
                plan(&self.market, tick, policy, &[row]).first().ok_or(Skip::Closed)?.decision?
            }
            decision => decision,
        };
        match decision {
            Decision::Liquidate(found) => self.liquidate(tick, verdict, found, policy, blockhash),
            Decision::Flag(crossings) => self.flag(tick, verdict, crossings, blockhash),
        }
    }

    fn liquidate(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        found: PlannedLiquidation,
        policy: &mut Policy,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, Skip> {
        let target = verdict.obligation;
        self.attempts.score.decide(&target, tick.slot);
        let row = self.market.obligations().row(&target).ok_or(Skip::Closed)?;
        let positions = self.market.obligations().obligation(row).positions;
        let route = match found.funds {
            Funds::Inventory => None,
            Funds::Flash { .. } => Some(self.route(found.pair).ok_or(Skip::NoRoute)?.clone()),
        };
        let history = self.attempts.targets.get(&target);
        let offer = FeeOffer::new(&self.setup.fees, self.costs.unit_price, self.costs.tip, history.losses);
        let units = self.liquidation_units(&found, &positions, history.reverts, route.as_ref(), &offer);
        let cost = self.value(tick, offer.lamports(units));
        let failed_cost = self.value(tick, offer.failed_lamports(units));
        let gross = found.profit.saturating_add(policy.transaction_cost);
        if self.attempts.record.expected(gross, cost, failed_cost) < policy.least(&found.factors) {
            return Err(Skip::Unprofitable);
        }
        let instructions = self.draft().liquidate(&target, &positions, &found, route.as_ref())?;
        let (kind, written, route) = (TransactionKind::Liquidate, verdict.written, route.as_ref());
        let signed =
            self.sign(tick, Outgoing { target, written, kind, units, offer, route }, instructions, blockhash)?;
        let own = if found.funds == Funds::Inventory { found.max_repay } else { Atoms(0) };
        self.attempts.inventory.promise(&target, signed.attempt, found.pair.debt, own);
        policy.spend(&found);
        Ok(signed)
    }

    fn liquidation_units(
        &self,
        found: &PlannedLiquidation,
        positions: &Positions,
        reverts: u32,
        route: Option<&Route>,
        offer: &FeeOffer,
    ) -> u32 {
        // Whatever made the last attempt fail, the limit must not be the next reason.
        let factors = if reverts == 0 { found.factors } else { found.factors.dearest() };
        let of_2022 = [found.pair.collateral, found.pair.debt]
            .map(|number| self.decoder.listed(number).is_some_and(|listed| listed.asset.token_program == TOKEN_2022));
        let all = count(positions);
        let others = PositionCounts { collaterals: all.collaterals - 1, debts: all.debts - 1 };
        let sale = route.map_or(0, |route| compute::flash(of_2022[1]) + route.units);
        compute::liquidate(&factors, others, of_2022) + sale + tip_units(offer)
    }

    fn flag(
        &mut self,
        tick: &Tick,
        verdict: &ObligationVerdict,
        Crossings { warning, call, clocks }: Crossings,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, Skip> {
        let is_wanted = (clocks || call == Crossing::Down) && self.setup.flag_calls
            || warning == Crossing::Down && self.setup.flag_warnings;
        if !is_wanted {
            return Err(Skip::UnwantedFlag);
        }
        let (target, store) = (verdict.obligation, self.market.obligations());
        let row = store.row(&target).ok_or(Skip::Closed)?;
        let debt = tick.totals(store.holdings(row)).map_err(Skip::Price)?.debt;
        if debt < Usd::from_cents(self.setup.least_flag_cents) {
            return Err(Skip::SmallFlag);
        }
        let positions = store.obligation(row).positions;
        let instructions = self.draft().flag(&target, &positions)?;
        let (kind, units, offer) = (TransactionKind::Flag, compute::flag(count(&positions)), self.calm_offer());
        let outgoing = Outgoing { target, written: verdict.written, kind, units, offer, route: None };
        self.sign(tick, outgoing, instructions, blockhash)
    }

    /// Marks the prices of reserves in use: those that have jumped, so that the jump is confirmed, and those whose mark
    /// grows old.
    fn refresh(&mut self, tick: &Tick, blockhash: Blockhash, before: usize, actions: &mut Vec<KeeperAction>) {
        if self.setup.refresh_secs == 0 {
            return;
        }
        for number in 0..Store::RESERVES as u8 {
            if actions.len() - before >= self.setup.most_sends as usize || !self.is_refresh_due(tick, number) {
                continue;
            }
            let Some(reserve) = self.market.reserve(number) else { continue };
            let target = Address::from(reserve.pool.id.bytes);
            // A reserve's writes do not name their cause: after a refresh that has landed, the next one waits as long
            // as news may take.
            if self.attempts.targets.get(&target).check(0, tick.slot).is_err() {
                continue;
            }
            let units = compute::refresh(mark(&self.market, tick, number));
            let (kind, offer) = (TransactionKind::Refresh, self.calm_offer());
            let outgoing = Outgoing { target, written: 0, kind, units, offer, route: None };
            let drafted = self.draft().refresh(number).map_err(Skip::from);
            match drafted.and_then(|instructions| self.sign(tick, outgoing, instructions, blockhash)) {
                Ok(signed) => actions.push(KeeperAction::Send(signed)),
                Err(skip) => self.skip(skip),
            }
        }
    }

    /// What changes nothing is not due: a jump is recorded once, and confirmed by a price that comes late enough.
    fn is_refresh_due(&self, tick: &Tick, number: u8) -> bool {
        let (Some(reserve), Ok(quote)) = (self.market.reserve(number), tick.quote(number)) else { return false };
        let Pool { ledger, volatility, settings, .. } = &reserve.pool;
        let age = quote.price.published_at.saturating_sub(volatility.marked_at);
        let is_wanted = match mark(&self.market, tick, number) {
            PriceMark::None => false,
            PriceMark::Jump => true,
            PriceMark::Due | PriceMark::Modelled => {
                age >= i64::from(self.setup.refresh_secs) || volatility.has_jumped(&quote.price, &settings.guard)
            }
        };
        is_wanted && ledger.supply_shares != 0
    }

    /// The offer of a transaction that nobody competes for.
    fn calm_offer(&self) -> FeeOffer {
        FeeOffer { tip_lamports: 0, ..FeeOffer::new(&self.setup.fees, self.costs.unit_price, 0, 0) }
    }

    /// Signs, and records the attempt.
    fn sign(
        &mut self,
        tick: &Tick,
        outgoing: Outgoing,
        instructions: Vec<Instruction>,
        blockhash: Blockhash,
    ) -> Result<SignedTransaction, Skip> {
        let Outgoing { target, written, kind, units, offer, route } = outgoing;
        // One more unit makes a different transaction: a margin call has the same instruction as the warning before it.
        let units = units + self.attempts.targets.repeats(&target, blockhash.hash);
        let transaction = self.signer.sign(instructions, route, units, &offer, blockhash.hash)?;
        let attempt = self.attempts.targets.send(&target, written, tick.slot)?;
        *self.status.sent.entry(kind.name()).or_default() += 1;
        let Blockhash { last_valid_height, .. } = blockhash;
        let (slot, tip_lamports) = (tick.slot, offer.tip_lamports);
        Ok(SignedTransaction { target, attempt, kind, slot, transaction, last_valid_height, tip_lamports })
    }

    fn draft(&self) -> Draft<'_> {
        Draft { decoder: &self.decoder, market: &self.market, keeper: self.signer.keeper, taker: self.taker }
    }

    /// Returns what the keeper has and wants now.
    fn policy(&self, tick: &Tick) -> Policy {
        let number = |index: usize| index as u8;
        let inventory = &self.attempts.inventory;
        let budget = |index| if self.setup.liquidate { inventory.free(number(index)) } else { Atoms(0) };
        let sale_cost = |index| {
            let mint = self.decoder.listed(number(index)).map(|listed| listed.asset.mint).unwrap_or_default();
            self.rules.sale_cost(&mint)
        };
        let typical = FeeOffer::new(&self.setup.fees, self.costs.unit_price, self.costs.tip, 0).lamports(TYPICAL_UNITS);
        Policy {
            budgets: std::array::from_fn(budget),
            taken: [Atoms(0); Store::RESERVES],
            accounts: inventory.accounts(),
            taker: self.taker_positions(),
            sales: self.sales(tick.slot),
            sale_costs: std::array::from_fn(sale_cost),
            transaction_cost: self.value(tick, typical).0.cast_signed(),
            least_profit: Usd::from_cents(self.setup.least_profit_cents).0.cast_signed(),
            tolerance: self.rules.tolerance,
        }
    }

    /// Returns the positions of the keeper's first obligation, if it is open and has no debt.
    fn taker_positions(&self) -> Option<Positions> {
        let store = self.market.obligations();
        let positions = store.obligation(store.row(&self.taker)?).positions;
        if positions.has(Side::Debt) { None } else { Some(positions) }
    }

    /// Returns the routes that are fresh and harmless.
    fn sales(&self, slot: u64) -> BTreeMap<ReservePair, SaleQuote> {
        if !(self.setup.flash && self.setup.liquidate) {
            return BTreeMap::new();
        }
        let is_usable = |route: &&Route| {
            slot.saturating_sub(route.slot) <= self.setup.route_slots
                && is_harmless(route, &self.decoder, &self.signer.keeper)
        };
        let sales = self.costs.routes.values().filter(is_usable).filter_map(|route| {
            let sale = SaleQuote { sold: Atoms(route.sold_atoms), bought: Atoms(route.bought_atoms) };
            let pair = ReservePair { collateral: self.number_of(&route.sold)?, debt: self.number_of(&route.bought)? };
            Some((pair, sale))
        });
        sales.collect()
    }

    fn route(&self, ReservePair { collateral, debt }: ReservePair) -> Option<&Route> {
        let mint = |number| self.decoder.listed(number).map(|listed| listed.asset.mint);
        self.costs.routes.get(&[mint(collateral)?, mint(debt)?])
    }

    /// Returns the listing number of the reserve of a mint.
    fn number_of(&self, mint: &Address) -> Option<u8> {
        let is_it = |number: &u8| self.decoder.listed(*number).is_some_and(|listed| listed.asset.mint == *mint);
        (0..Store::RESERVES as u8).find(is_it)
    }

    /// Returns the value of lamports, by the market's own price of SOL if it lists SOL.
    fn value(&self, tick: &Tick, lamports: u64) -> Usd {
        let quote = |number: u8| tick.quote(number).ok()?.spot_atom_floor().ok()?.value_ceil(lamports).ok();
        self.number_of(&SOL).and_then(quote).unwrap_or_else(|| {
            const LAMPORTS: u128 = 1_000_000_000;
            let sol = Usd::from_cents(self.setup.fees.sol_cents);
            Usd(sol.0.saturating_mul(u128::from(lamports)).div_ceil(LAMPORTS))
        })
    }
}

fn count(positions: &Positions) -> PositionCounts {
    let of = |side| positions.as_slice().iter().filter(|position| position.side() == side).count() as u32;
    PositionCounts { collaterals: of(Side::Collateral), debts: of(Side::Debt) }
}

fn tip_units(offer: &FeeOffer) -> u32 {
    if offer.tip_lamports > 0 { compute::tip() } else { 0 }
}
