//! What to do about the obligations below their lines: a pure function of the market at one moment.
//!
//! Every liquidation is planned against the same market, as if it were the only one but for what the [`Policy`] says is spent and taken
//! already: whoever acts on several plans each after the first anew.

use std::collections::BTreeMap;

use ballast_core::Refusal;
use ballast_core::call::Crossings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::op::flag::flag;
use ballast_core::op::flash_borrow::flash_borrow;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Side};
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::units::{Atoms, BPS_ONE, Bps};
use ballast_core::volatility::Volatility;

use rayon::prelude::*;

use crate::compute::{CostFactors, PriceMark};
use crate::market::{Address, TrackedMarket, TrackedObligation, TrackedReserve};
use crate::store::Store;
use crate::tick::Tick;

/// So many obligations are planned on one core.
const FEW: usize = 256;

/// What the keeper has and wants. Values in units of 2^-40 USD.
#[derive(Clone, Debug)]
pub struct Policy {
    /// By number of the reserve: the most that one liquidation may repay, premium included.
    pub budgets: [Atoms; Store::RESERVES],
    /// By number of the reserve: what liquidations before this one take of its cash.
    pub taken: [Atoms; Store::RESERVES],
    /// The reserves whose token the keeper has an account for, as bits.
    pub accounts: u64,
    /// By collateral and debt: what allows a flash loan.
    pub sales: BTreeMap<[u8; 2], SaleQuote>,
    /// By number of the reserve: what selling its token costs, of its value.
    pub sale_costs: [Bps; Store::RESERVES],
    /// Of one transaction, tip included.
    pub transaction_cost: i128,
    /// A liquidation that earns less is left to others, but see [`Policy::least`].
    pub least_profit: i128,
    /// How much less than planned may be seized, of the plan: prices move until it lands.
    pub tolerance: Bps,
}

impl Policy {
    /// What takes the last collateral of a bad debt has it booked, and is done for nothing: a loss that stands unbooked grows.
    pub fn least(&self, course: &CostFactors) -> i128 {
        if course.writes_off { self.least_profit.min(0) } else { self.least_profit }
    }
}

/// A swap pays `bought` for `sold`, and as much for each part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleQuote {
    pub sold: Atoms,
    pub bought: Atoms,
}

impl SaleQuote {
    /// What a part is sold for.
    fn bought_floor(&self, sold: Atoms) -> Atoms {
        let bought = u128::from(self.bought.0) * u128::from(sold.0) / u128::from(self.sold.0.max(1));
        Atoms(u64::try_from(bought).unwrap_or(u64::MAX))
    }
}

/// What the debt is repaid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// The keeper's own tokens.
    Inventory,
    /// A loan of what is repaid, brought back with the fee from the sale of `sold`.
    Flash { sold: Atoms, due: Atoms },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Record that lines have been crossed. Where a cure window is to begin, nothing can be earned before.
    Flag(Crossings),
    Liquidate(PlannedLiquidation),
}

/// A `liquidate` to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedLiquidation {
    /// The numbers of the two reserves.
    pub collateral: u8,
    pub debt: u8,
    /// What is paid in the market as it is, premium included.
    pub max_repay: Atoms,
    /// What is seized in the market as it is, and the same less the tolerance.
    pub seized: Atoms,
    pub min_seized: Atoms,
    pub funds: Funds,
    /// What it goes through in the program.
    pub course: CostFactors,
    /// At spot prices after all costs, in units of 2^-40 USD.
    pub profit: i128,
}

/// Why nothing is done about an obligation below its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    #[error("the market's terms are not known")]
    NoTerms,
    #[error("a price is missing, too old, or not one: {0:?}")]
    Price(Refusal),
    #[error("the owner may still cure the margin call")]
    CureWindowOpen,
    #[error("the average price says that it is healthy")]
    WickGuarded,
    #[error("a reserve is closed to liquidations")]
    Paused,
    #[error("it has no collateral: liquidating it would only book the loss")]
    NothingLeft,
    #[error("the keeper has nothing to repay its debts with")]
    NoBudget,
    #[error(
        "the keeper has no account of its own for the collateral or the debt; create the associated token accounts"
    )]
    NoAccount,
    #[error("what it earns is below the least profit")]
    Dust,
    #[error("warned, and not called for yet")]
    Healthy,
    #[error("core refuses: {0:?}")]
    Refused(Refusal),
}

/// What became of one obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObligationVerdict {
    pub obligation: Address,
    /// Of its last write: with it, the key under which nothing is sent twice.
    pub written: u64,
    pub decision: Result<Decision, Skip>,
}

/// Decides about rows, which [`Tick::scan`] or [`Trigger::below`](crate::trigger::Trigger::below) has found: the most profitable first,
/// then flags, then what is skipped, each in the order of the rows.
pub fn plan(market: &TrackedMarket, tick: &Tick, policy: &Policy, rows: &[u32]) -> Vec<ObligationVerdict> {
    let store = market.obligations();
    let verdict = |row: &u32| ObligationVerdict {
        obligation: *store.address(*row),
        written: store.slot(*row),
        decision: Case::new(market, tick, policy, *row).and_then(|case| case.decide()),
    };
    // In a crash, on every core; a few are done before another core has woken up.
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

    /// A liquidation if one pays, else a flag if a line has been crossed.
    fn decide(&self) -> Result<Decision, Skip> {
        let totals = self.tick.totals(self.holdings.iter().copied())?;
        let found = if totals.maintenance.covers_debt() { Err(Skip::Healthy) } else { self.best() };
        let mut call = self.obligation.call;
        match (found, flag(&mut call, &totals, self.obligation.warning, self.tick.slot)) {
            (Ok(liquidation), _) => Ok(Decision::Liquidate(liquidation)),
            (Err(_), Ok(flag)) => Ok(Decision::Flag(flag.crossings)),
            (Err(skip), Err(_)) => Err(skip),
        }
    }

    /// The most profitable pair; of pairs that are all refused, why the first is.
    fn best(&self) -> Result<PlannedLiquidation, Skip> {
        if !self.obligation.positions.has(Side::Collateral) {
            return Err(Skip::NothingLeft);
        }
        let (debts, collaterals): (Vec<_>, Vec<_>) =
            self.holdings.iter().partition(|(_, holding)| matches!(holding, Holding::Debt(_)));
        let pairs = debts.iter().flat_map(|(debt, _)| collaterals.iter().map(|(collateral, _)| [*collateral, *debt]));
        let (mut best, mut refused) = (None::<PlannedLiquidation>, None);
        for pair in pairs {
            match self.sized(pair) {
                Ok(found) if best.is_none_or(|best| best.profit < found.profit) => best = Some(found),
                Ok(_) => {}
                Err(skip) => refused = refused.or(Some(skip)),
            }
        }
        best.ok_or(refused.unwrap_or(Skip::Healthy))
    }

    /// One pair, as the program would liquidate it in the slot of the tick, with the better funds.
    fn sized(&self, pair: [u8; 2]) -> Result<PlannedLiquidation, Skip> {
        if pair.iter().any(|number| self.policy.accounts >> number & 1 == 0) {
            return Err(Skip::NoAccount);
        }
        match (self.with_inventory(pair), self.with_loan(pair)) {
            (Ok(own), Ok(lent)) => Ok(if own.profit < lent.profit { lent } else { own }),
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            (Err(Skip::NoBudget), Err(skip)) | (Err(skip), Err(_)) => Err(skip),
        }
    }

    fn with_inventory(&self, pair: [u8; 2]) -> Result<PlannedLiquidation, Skip> {
        let budget = self.policy.budgets[usize::from(pair[1])];
        if budget.0 == 0 {
            return Err(Skip::NoBudget);
        }
        let seizure = self.affordable(pair, budget)?;
        let profit = self.profit(pair, seizure.seized, seizure.paid())?;
        self.worth_it(pair, &seizure, Funds::Inventory, profit)
    }

    /// What is seized, less the tolerance, is sold for the loan and its fee; what is left over of the collateral counts for nothing.
    fn with_loan(&self, pair: [u8; 2]) -> Result<PlannedLiquidation, Skip> {
        let debt = pair[1];
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
        self.worth_it(pair, &seizure, Funds::Flash { sold, due }, profit)
    }

    fn worth_it(&self, pair: [u8; 2], seizure: &Seizure, funds: Funds, profit: i128) -> Result<PlannedLiquidation, Skip> {
        let course = self.course(pair, seizure)?;
        if profit < self.policy.least(&course) {
            return Err(Skip::Dust);
        }
        let ([collateral, debt], seized) = (pair, seizure.seized);
        let min_seized = self.kept(seized);
        Ok(PlannedLiquidation { collateral, debt, max_repay: seizure.paid(), seized, min_seized, funds, course, profit })
    }

    fn course(&self, pair: [u8; 2], seizure: &Seizure) -> Result<CostFactors, Skip> {
        let holds = |number: u8, wanted: Holding| self.holdings.contains(&(number, wanted));
        Ok(CostFactors {
            is_deep: self.tick.totals(self.holdings.iter().copied())?.is_deep(self.terms.deep_line()),
            closes_debt: holds(pair[1], Holding::Debt(seizure.debt_shares)),
            closes_collateral: holds(pair[0], Holding::Collateral(seizure.collateral_shares)),
            writes_off: seizure.write_off.shares.0 > 0,
            is_insured: self
                .market
                .reserve(pair[1])
                .is_some_and(|debt| debt.pool.settings.risk.insurance_share_bps > 0),
            marks: pair.map(|number| mark(self.market, number)),
        })
    }

    /// What is insisted on of a seizure.
    fn kept(&self, seized: Atoms) -> Atoms {
        let kept = u128::from(BPS_ONE.saturating_sub(self.policy.tolerance.get()));
        // Not above what is seized, which has 64 bits.
        Atoms((u128::from(seized.0) * kept / u128::from(BPS_ONE)) as u64)
    }

    /// The preview, where the reserve's cash suffices after what is taken before.
    fn affordable(&self, pair: [u8; 2], max_repay: Atoms) -> Result<Seizure, Skip> {
        let seizure = self.preview(pair, max_repay)?;
        let cash = self.market.reserve(pair[0]).map_or(0, |reserve| reserve.pool.ledger.cash_atoms);
        let left = cash.saturating_sub(self.policy.taken[usize::from(pair[0])].0);
        if seizure.seized.0 > left { Err(Skip::Refused(Refusal::InsufficientCash)) } else { Ok(seizure) }
    }

    /// What the program would do, on copies of the accounts that it would change.
    fn preview(&self, pair: [u8; 2], max_repay: Atoms) -> Result<Seizure, Refusal> {
        let priced = |reserve: &TrackedReserve| {
            Some(PricedPool { pool: reserve.pool, price: *self.market.price(reserve)? })
        };
        let reserve = |number| self.market.reserve(number).and_then(priced).ok_or(Refusal::PriceRequired);
        let [collateral, debt] = [reserve(pair[0])?, reserve(pair[1])?];
        let TrackedObligation { positions, call, target, .. } = self.obligation;
        let others = self.holdings.iter().filter(|(number, _)| !pair.contains(number)).copied();
        let others = self.tick.totals(others)?;
        let borrower = BorrowerState { positions, call, others, target, slot: self.tick.slot };
        let bid = Bid { max_repay, min_seized: Atoms(0) };
        preview::liquidate(collateral, debt, borrower, self.terms, bid, self.tick.now).map(|preview| preview.seizure)
    }

    /// What the seized tokens sell for, less what is paid and what it costs.
    fn profit(&self, [collateral, debt]: [u8; 2], seized: Atoms, paid: Atoms) -> Result<i128, Refusal> {
        let (sold, bought) =
            (self.tick.quote(collateral)?.spot_atom_floor()?, self.tick.quote(debt)?.spot_atom_floor()?);
        let kept = BPS_ONE.saturating_sub(self.policy.sale_costs[usize::from(collateral)].get());
        // A position is worth less than 2^92: nothing here overflows.
        let proceeds = sold.value_floor(seized.0)?.0 * u128::from(kept) / u128::from(BPS_ONE);
        Ok(proceeds.cast_signed() - bought.value_ceil(paid.0)?.0.cast_signed() - self.policy.transaction_cost)
    }
}

/// Whether the program would let somebody liquidate the obligation of a row now, whatever he has and wants.
pub fn is_open(market: &TrackedMarket, tick: &Tick, row: u32) -> bool {
    let policy = Policy::anybody();
    Case::new(market, tick, &policy, row).is_ok_and(|case| case.best().is_ok())
}

/// What an instruction that records the price of a reserve now makes of it.
pub fn mark(market: &TrackedMarket, number: u8) -> PriceMark {
    let Some(reserve) = market.reserve(number) else { return PriceMark::None };
    let (Pool { volatility, settings, .. }, price) = (&reserve.pool, market.price(reserve));
    let elapsed = price.map_or(0, |price| price.publish_time.saturating_sub(volatility.marked_at));
    match settings.margin.z_bps {
        _ if elapsed < Volatility::MIN_INTERVAL_SECS => PriceMark::None,
        0 => PriceMark::Due,
        _ => PriceMark::Modelled,
    }
}

impl Policy {
    /// Of somebody who has everything and wants nothing.
    pub fn anybody() -> Self {
        Self {
            budgets: [Atoms(u64::MAX); Store::RESERVES],
            taken: [Atoms(0); Store::RESERVES],
            accounts: u64::MAX,
            sales: BTreeMap::new(),
            sale_costs: [Bps(0); Store::RESERVES],
            transaction_cost: 0,
            least_profit: i128::MIN,
            tolerance: Bps(0),
        }
    }

    /// Counts a liquidation that is on its way, before the next is planned.
    pub fn spend(&mut self, liquidation: &PlannedLiquidation) {
        let PlannedLiquidation { collateral, debt, max_repay, seized, funds, .. } = liquidation;
        if *funds == Funds::Inventory {
            let budget = &mut self.budgets[usize::from(*debt)];
            *budget = budget.saturating_sub(*max_repay);
        }
        let taken = &mut self.taken[usize::from(*collateral)];
        *taken = taken.saturating_add(*seized);
    }
}

impl Skip {
    /// One word for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoTerms => "no_terms",
            Self::Price(_) => "price",
            Self::CureWindowOpen => "cure_window",
            Self::WickGuarded => "wick_guard",
            Self::Paused => "paused",
            Self::NothingLeft => "nothing_left",
            Self::NoBudget => "no_budget",
            Self::NoAccount => "no_account",
            Self::Dust => "dust",
            Self::Healthy => "healthy",
            Self::Refused(_) => "refused",
        }
    }
}

impl From<Refusal> for Skip {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PriceRequired
            | Refusal::PriceStale
            | Refusal::PriceFromFuture
            | Refusal::PriceReplayed
            | Refusal::PriceNotPositive
            | Refusal::PriceExponent => Self::Price(refusal),
            Refusal::CureWindowOpen => Self::CureWindowOpen,
            Refusal::WickGuarded => Self::WickGuarded,
            Refusal::ActionPaused => Self::Paused,
            Refusal::ObligationHealthy => Self::Healthy,
            refusal => Self::Refused(refusal),
        }
    }
}
