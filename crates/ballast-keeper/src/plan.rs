//! What to do about the obligations below their lines: a pure function of the market at one moment.
//!
//! The planner looks at every obligation in the same market, as if it were the only one. The [`Policy`] holds
//! what other liquidations spend and take. A caller that acts on several plans calls [`Policy::spend`] after each and
//! plans the next one again.

use ballast::state;
use ballast_client::accounts::Moment;
use ballast_core::Refusal;
use ballast_core::call::{Crossing, Crossings};
use ballast_core::op::flag::flag;
use ballast_core::op::flash_borrow::flash_borrow;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Atoms, BPS_ONE, DebtShares};
use rayon::prelude::*;

use crate::compute::{CostFactors, PriceMark};
use crate::market::{TrackedMarket, TrackedReserve};
use crate::pair::{ReservePair, pairs};
use crate::policy::Policy;
use crate::skip::Skip;
use crate::tick::Tick;
use crate::tracked::TrackedObligation;
use anchor_lang::prelude::Address;
use bytemuck::Zeroable as _;

/// The planner uses all cores for more obligations than this. One core plans fewer before another core wakes up.
const FEW: usize = 256;

/// What the debt is repaid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// The keeper's own tokens.
    Inventory,
    /// A flash loan of the repayment. The sale of `sold` pays it back with its fee, `due` in all.
    Flash { sold: Atoms, due: Atoms },
}

/// How the seized collateral reaches the keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payout {
    Tokens,
    /// As supply shares, into the keeper's obligation: the reserve needs no cash for them, and the keeper no account.
    Shares,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "few exist at a time, and a box would cost an allocation before each send"
)]
pub enum Decision {
    /// Record that health has crossed lines. With a cure window, no liquidation is possible before the margin call.
    Flag(Crossings),
    Liquidate(PlannedLiquidation),
}

/// A `liquidate` to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedLiquidation {
    pub pair: ReservePair,
    /// The most that the liquidator pays, premium included: what they would pay now.
    pub max_repay: Atoms,
    /// The outcome if the liquidation landed now.
    pub seizure: Seizure,
    /// The least that the liquidator accepts: the seized collateral, less the tolerance.
    pub min_seized: Atoms,
    pub funds: Funds,
    pub payout: Payout,
    /// What decides its compute units.
    pub factors: CostFactors,
    /// At spot prices after all costs, in units of 2^-40 USD.
    pub profit: i128,
}

/// The decision about one obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObligationVerdict {
    pub obligation: Address,
    /// The slot of its last write. The keeper sends once for each address and slot.
    pub written: u64,
    pub decision: Result<Decision, Skip>,
}

/// Plans the best liquidation of one obligation, for a caller that has a client's snapshot and no engine.
///
/// `market` comes from [`TrackedMarket::of`]. `policy` says what may be spent: start from [`Policy::unlimited`] and set
/// `budgets`, in atoms by the listing number of the debt's reserve. The plan holds the listing numbers of both reserves
/// (`pair`), the bid to send (`max_repay` and `min_seized`) and the outcome that core computes for this moment
/// (`seizure`). It is valid for this market alone: read the snapshot again after each liquidation.
///
/// ```no_run
/// # fn example(snapshot: &ballast_client::Snapshot, obligation: &ballast::state::Obligation) {
/// use ballast_core::units::Atoms;
/// use ballast_keeper::market::TrackedMarket;
/// use ballast_keeper::plan::best;
/// use ballast_keeper::policy::Policy;
///
/// let market = TrackedMarket::of(snapshot);
/// let mut policy = Policy::unlimited();
/// policy.budgets[1] = Atoms(5_000_000);
/// match best(&market, snapshot.moment, obligation, &policy) {
///     Ok(plan) => println!("repay {:?} for {:?}", plan.max_repay, plan.seizure.seized),
///     Err(skip) => println!("{skip}"),
/// }
/// # }
/// ```
///
/// Returns the reason if no pair can be liquidated or none is profitable: [`Skip::Healthy`] above the call line,
/// [`Skip::NothingLeft`] for debt without collateral, which a `liquidate` with any collateral reserve writes off.
pub fn best(
    market: &TrackedMarket,
    moment: Moment,
    obligation: &state::Obligation,
    policy: &Policy,
) -> Result<PlannedLiquidation, Skip> {
    let tick = Tick::new(market, moment.slot, moment.unix_timestamp);
    let obligation = TrackedObligation::from(obligation);
    let positions = obligation.positions.as_slice().iter();
    let number = |id: &ReserveId| market.obligations().number(id).ok_or(Skip::Price(Refusal::PriceRequired));
    let holdings = positions.map(|position| Ok((number(&position.reserve)?, position.holding())));
    let holdings = holdings.collect::<Result<_, Skip>>()?;
    let terms = market.terms().ok_or(Skip::NoTerms)?;
    let case = Case { market, tick: &tick, policy, terms, obligation, holdings };
    let totals = tick.totals(case.holdings.iter().copied())?;
    if totals.maintenance.covers_debt() { Err(Skip::Healthy) } else { case.best() }
}

/// Decides about the rows that [`Tick::scan`] or [`Trigger::below`](crate::trigger::Trigger::below) has found. The most
/// profitable liquidation comes first, then flags, then skips, both in the order of the rows.
pub fn plan(market: &TrackedMarket, tick: &Tick, policy: &Policy, rows: &[u32]) -> Vec<ObligationVerdict> {
    let store = market.obligations();
    let verdict = |row: &u32| ObligationVerdict {
        obligation: *store.address(*row),
        written: store.slot(*row),
        decision: Case::new(market, tick, policy, *row).and_then(|case| case.decide()),
    };
    let mut verdicts: Vec<_> =
        if rows.len() > FEW { rows.par_iter().map(verdict).collect() } else { rows.iter().map(verdict).collect() };
    verdicts.sort_by_key(|verdict| match verdict.decision {
        Ok(Decision::Liquidate(liquidation)) => (0, -liquidation.profit),
        Ok(Decision::Flag(_)) => (1, 0),
        Err(_) => (2, 0),
    });
    verdicts
}

/// One obligation to decide about.
struct Case<'a> {
    market: &'a TrackedMarket,
    tick: &'a Tick,
    policy: &'a Policy,
    terms: &'a LiquidationTerms,
    obligation: TrackedObligation,
    holdings: Vec<(u8, Holding)>,
}

impl<'a> Case<'a> {
    fn new(market: &'a TrackedMarket, tick: &'a Tick, policy: &'a Policy, row: u32) -> Result<Self, Skip> {
        let (terms, store) = (market.terms().ok_or(Skip::NoTerms)?, market.obligations());
        let (obligation, holdings) = (store.obligation(row), store.holdings(row).collect());
        Ok(Self { market, tick, policy, terms, obligation, holdings })
    }

    /// Returns a liquidation if one is profitable, otherwise a flag if health has crossed a line.
    fn decide(&self) -> Result<Decision, Skip> {
        let totals = self.tick.totals(self.holdings.iter().copied())?;
        let found = if totals.maintenance.covers_debt() { Err(Skip::Healthy) } else { self.best() };
        let mut call = self.obligation.call;
        match (found, flag(&mut call, &totals, self.terms, self.obligation.warning, self.tick.slot)) {
            (Ok(liquidation), _) => Ok(Decision::Liquidate(liquidation)),
            // Without collateral there is no auction whose clocks matter.
            (Err(Skip::NothingLeft), Ok(flag)) if flag.crossings.call == Crossing::None => Err(Skip::NothingLeft),
            (Err(_), Ok(flag)) => Ok(Decision::Flag(flag.crossings)),
            (Err(skip), Err(_)) => Err(skip),
        }
    }

    /// Returns the most profitable pair; if all pairs are refused, the reason of the first.
    fn best(&self) -> Result<PlannedLiquidation, Skip> {
        if !self.obligation.positions.has(Side::Collateral) {
            return Err(Skip::NothingLeft);
        }
        let (mut best, mut refused) = (None::<PlannedLiquidation>, None);
        for paired in pairs(&self.holdings) {
            match self.sized(paired.pair) {
                Ok(found) if best.is_none_or(|best| best.profit < found.profit) => best = Some(found),
                Ok(_) => {}
                Err(skip) => refused = refused.or(Some(skip)),
            }
        }
        best.ok_or(refused.unwrap_or(Skip::Healthy))
    }

    /// Sizes one pair as the program would in the slot of the tick, with the funds that earn more.
    fn sized(&self, pair: ReservePair) -> Result<PlannedLiquidation, Skip> {
        let has_account = |number: u8| self.policy.accounts >> number & 1 == 1;
        if !has_account(pair.debt) {
            return Err(Skip::NoAccount);
        }
        let in_tokens = if has_account(pair.collateral) { self.in_tokens(pair) } else { Err(Skip::NoAccount) };
        match in_tokens {
            Err(skip @ (Skip::NoAccount | Skip::Refused(Refusal::InsufficientCash))) if self.policy.taker.is_some() => {
                self.with_inventory(pair, Payout::Shares).map_err(|_| skip)
            }
            found => found,
        }
    }

    fn in_tokens(&self, pair: ReservePair) -> Result<PlannedLiquidation, Skip> {
        match (self.with_inventory(pair, Payout::Tokens), self.with_loan(pair)) {
            (Ok(own), Ok(lent)) => Ok(if own.profit < lent.profit { lent } else { own }),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(Skip::NoBudget), Err(skip)) | (Err(skip), Err(_)) => Err(skip),
        }
    }

    fn with_inventory(&self, pair: ReservePair, payout: Payout) -> Result<PlannedLiquidation, Skip> {
        let budget = self.policy.budgets[usize::from(pair.debt)];
        if budget.0 == 0 {
            return Err(Skip::NoBudget);
        }
        let seizure = match payout {
            Payout::Tokens => self.affordable(pair, budget)?,
            Payout::Shares => self.preview(pair, budget, self.policy.taker)?,
        };
        let profit = self.profit(pair, seizure.seized, seizure.paid())?;
        self.worth_it(pair, &seizure, Funds::Inventory, payout, profit)
    }

    /// Sells the seizure, less the tolerance, for the loan and its fee. Collateral that is left over does not
    /// count as profit.
    fn with_loan(&self, pair: ReservePair) -> Result<PlannedLiquidation, Skip> {
        let debt = pair.debt;
        let sale = self.policy.sales.get(&pair).ok_or(Skip::NoBudget)?;
        let lender = self.market.reserve(debt).ok_or(Refusal::PriceRequired)?;
        let cash = lender.pool.ledger.cash_atoms.saturating_sub(self.policy.taken[usize::from(debt)].0);
        let mut seizure = self.affordable(pair, Atoms(cash))?;
        if seizure.seized > sale.sold {
            let part = u128::from(seizure.paid().0) * u128::from(sale.sold.0) / u128::from(seizure.seized.0);
            // Less than what is paid, which has 64 bits.
            seizure = self.affordable(pair, Atoms(part as u64))?;
        }
        let loan = flash_borrow(&mut { lender.pool }, seizure.paid(), self.tick.now)?;
        let due = loan.due();
        let sold = self.kept(seizure.seized).min(sale.sold);
        let earned = sale.bought_floor(sold).checked_sub(due).ok_or(Skip::Dust)?;
        let value = self.tick.quote(debt)?.spot_atom_floor()?.value_floor(earned.0)?;
        let profit = value.0.cast_signed() - self.policy.transaction_cost;
        self.worth_it(pair, &seizure, Funds::Flash { sold, due }, Payout::Tokens, profit)
    }

    fn worth_it(
        &self,
        pair: ReservePair,
        seizure: &Seizure,
        funds: Funds,
        payout: Payout,
        profit: i128,
    ) -> Result<PlannedLiquidation, Skip> {
        let factors = self.factors(pair, seizure, payout)?;
        if profit < self.policy.least(&factors) {
            return Err(Skip::Dust);
        }
        let (max_repay, min_seized) = (seizure.paid(), self.kept(seizure.seized));
        Ok(PlannedLiquidation { pair, max_repay, seizure: *seizure, min_seized, funds, payout, factors, profit })
    }

    fn factors(&self, pair: ReservePair, seizure: &Seizure, payout: Payout) -> Result<CostFactors, Skip> {
        let retired = DebtShares(seizure.debt_shares.0.saturating_add(seizure.write_off.shares.0));
        let insurance_bps =
            |number| self.market.reserve(number).map_or(0, |debt| debt.pool.settings.risk.insurance_share_bps);
        Ok(CostFactors {
            is_deep: self.tick.totals(self.holdings.iter().copied())?.is_deep(self.terms.deep_line()),
            closes_debt: self.holdings.contains(&(pair.debt, Holding::Debt(retired))),
            writes_off: seizure.write_off.shares.0 > 0,
            is_in_shares: payout == Payout::Shares,
            is_insured: insurance_bps(pair.debt) > 0,
            marks: [pair.collateral, pair.debt].map(|number| mark(self.market, self.tick, number)),
        })
    }

    /// Returns the least collateral that the bid accepts.
    fn kept(&self, seized: Atoms) -> Atoms {
        let kept = u128::from(BPS_ONE.saturating_sub(self.policy.tolerance.get()));
        // Not above what is seized, which has 64 bits.
        Atoms((u128::from(seized.0) * kept / u128::from(BPS_ONE)) as u64)
    }

    /// Previews a seizure. Refuses it if earlier liquidations leave too little cash in the reserve.
    fn affordable(&self, pair: ReservePair, max_repay: Atoms) -> Result<Seizure, Skip> {
        let seizure = self.preview(pair, max_repay, None)?;
        let cash = self.market.reserve(pair.collateral).map_or(0, |reserve| reserve.pool.ledger.cash_atoms);
        let left = cash.saturating_sub(self.policy.taken[usize::from(pair.collateral)].0);
        if seizure.seized.0 > left { Err(Skip::Refused(Refusal::InsufficientCash)) } else { Ok(seizure) }
    }

    /// Computes what the program would do, on copies of the accounts that it would change.
    fn preview(&self, pair: ReservePair, max_repay: Atoms, taker: Option<Positions>) -> Result<Seizure, Refusal> {
        let priced =
            |reserve: &TrackedReserve| Some(PricedPool { pool: reserve.pool, price: *self.market.price(reserve)? });
        let reserve = |number| self.market.reserve(number).and_then(priced).ok_or(Refusal::PriceRequired);
        let (collateral, debt) = (reserve(pair.collateral)?, reserve(pair.debt)?);
        let TrackedObligation { positions, call, target, .. } = self.obligation;
        let others = self.holdings.iter().filter(|(number, _)| !pair.contains(*number)).copied();
        let others = self.tick.totals(others)?;
        let borrower = BorrowerState { positions, call, others, target, slot: self.tick.slot };
        let bid = Bid { max_repay, min_seized: Atoms(0) };
        preview::liquidate(collateral, debt, borrower, taker, self.terms, bid, self.tick.now)
            .map(|preview| preview.flows)
    }

    /// Returns what the seized tokens sell for, less the repayment and all costs.
    fn profit(
        &self,
        ReservePair { collateral, debt }: ReservePair,
        seized: Atoms,
        paid: Atoms,
    ) -> Result<i128, Refusal> {
        let (sold, bought) =
            (self.tick.quote(collateral)?.spot_atom_floor()?, self.tick.quote(debt)?.spot_atom_floor()?);
        let kept = BPS_ONE.saturating_sub(self.policy.sale_costs[usize::from(collateral)].get());
        // A position is worth less than 2^92: nothing here overflows.
        let proceeds = sold.value_floor(seized.0)?.0 * u128::from(kept) / u128::from(BPS_ONE);
        Ok(proceeds.cast_signed() - bought.value_ceil(paid.0)?.0.cast_signed() - self.policy.transaction_cost)
    }
}

/// Returns whether the program would let anyone liquidate the obligation of a row now, whatever they own.
pub fn is_open(market: &TrackedMarket, tick: &Tick, row: u32) -> bool {
    let policy = Policy { taker: Some(Positions::zeroed()), ..Policy::unlimited() };
    Case::new(market, tick, &policy, row).is_ok_and(|case| case.best().is_ok())
}

/// Returns what recording a reserve's price does now.
pub fn mark(market: &TrackedMarket, tick: &Tick, number: u8) -> PriceMark {
    let (Some(reserve), Ok(quote)) = (market.reserve(number), tick.quote(number)) else { return PriceMark::None };
    let Pool { volatility, settings, .. } = &reserve.pool;
    let mut next = *volatility;
    next.mark(&quote.price, &settings.guard, &settings.margin);
    if next == *volatility {
        PriceMark::None
    } else if next.marked_at == volatility.marked_at {
        PriceMark::Jump
    } else if settings.margin.z_bps == 0 {
        PriceMark::Due
    } else {
        PriceMark::Modelled
    }
}

impl Policy {
    /// Counts a liquidation that will be sent, before the next one is planned.
    pub fn spend(&mut self, liquidation: &PlannedLiquidation) {
        let PlannedLiquidation { pair, max_repay, seizure, funds, payout, .. } = liquidation;
        if *funds == Funds::Inventory {
            let budget = &mut self.budgets[usize::from(pair.debt)];
            *budget = budget.saturating_sub(*max_repay);
        }
        if *payout == Payout::Tokens {
            let taken = &mut self.taken[usize::from(pair.collateral)];
            *taken = taken.saturating_add(seizure.seized);
        }
    }
}
