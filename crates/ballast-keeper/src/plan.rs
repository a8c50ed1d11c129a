//! What to do about the obligations below their lines: a pure function of the market at one moment.
//!
//! Every liquidation is planned against the same market, as if it were the only one. What the keeper can spend in all, and what is left
//! of a reserve's cash after the first, is for whoever acts to see.

use ballast_core::Refusal;
use ballast_core::call::Crossings;
use ballast_core::liquidation::LiquidationTerms;
use ballast_core::op::Priced;
use ballast_core::op::flag::flag;
use ballast_core::op::liquidate::{Bid, Borrower, Seizure, liquidate};
use ballast_core::positions::{Holding, Side};
use ballast_core::units::{Atoms, BPS_ONE, Bps};

use crate::market::{Address, Market, Obligation, Reserve};
use crate::store::Store;
use crate::tick::Tick;

/// What the keeper has and wants. Values in units of 2^-40 USD.
#[derive(Clone, Debug)]
pub struct Policy {
    /// By number of the reserve: the most that one liquidation may repay, premium included.
    pub budgets: [Atoms; Store::RESERVES],
    /// By number of the reserve: what selling its token costs, of its value.
    pub sale_costs: [Bps; Store::RESERVES],
    /// Of one transaction, tip included.
    pub transaction_cost: i128,
    /// A liquidation that earns less is left to others.
    pub least_profit: i128,
    /// How much less than planned may be seized, of the plan: prices move until it lands.
    pub tolerance: Bps,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Record that lines have been crossed. Where a cure window is to begin, nothing can be earned before.
    Flag(Crossings),
    Liquidate(Liquidation),
}

/// A `liquidate` to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// The numbers of the two reserves.
    pub collateral: u8,
    pub debt: u8,
    /// What is paid in the market as it is, premium included.
    pub max_repay: Atoms,
    /// What is seized in the market as it is, less the tolerance.
    pub min_seized: Atoms,
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
    #[error("what it earns is below the least profit")]
    Dust,
    #[error("warned, and not called for yet")]
    Healthy,
    #[error("core refuses: {0:?}")]
    Refused(Refusal),
}

/// What became of one obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub obligation: Address,
    /// Of its last write: with it, the key under which nothing is sent twice.
    pub written: u64,
    pub decision: Result<Decision, Skip>,
}

/// Decides about rows, which [`Tick::scan`] or [`Trigger::below`](crate::trigger::Trigger::below) has found: the most profitable first,
/// then flags, then what is skipped, each in the order of the rows.
pub fn plan(market: &Market, tick: &Tick, policy: &Policy, rows: &[u32]) -> Vec<Verdict> {
    let store = market.obligations();
    let verdict = |row: &u32| Verdict {
        obligation: *store.address(*row),
        written: store.slot(*row),
        decision: Case::new(market, tick, policy, *row).and_then(|case| case.decide()),
    };
    let mut verdicts = rows.iter().map(verdict).collect::<Vec<_>>();
    verdicts.sort_by_key(|verdict| match verdict.decision {
        Ok(Decision::Liquidate(liquidation)) => (0, -liquidation.profit),
        Ok(Decision::Flag(_)) => (1, 0),
        Err(_) => (2, 0),
    });
    verdicts
}

/// One obligation to decide about.
struct Case<'a> {
    market: &'a Market,
    tick: &'a Tick,
    policy: &'a Policy,
    terms: &'a LiquidationTerms,
    obligation: Obligation,
    holdings: Vec<(u8, Holding)>,
}

impl<'a> Case<'a> {
    fn new(market: &'a Market, tick: &'a Tick, policy: &'a Policy, row: u32) -> Result<Self, Skip> {
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
    fn best(&self) -> Result<Liquidation, Skip> {
        if !self.obligation.positions.has(Side::Collateral) {
            return Err(Skip::NothingLeft);
        }
        let (debts, collaterals): (Vec<_>, Vec<_>) =
            self.holdings.iter().partition(|(_, holding)| matches!(holding, Holding::Debt(_)));
        let pairs = debts.iter().flat_map(|(debt, _)| collaterals.iter().map(|(collateral, _)| [*collateral, *debt]));
        let (mut best, mut refused) = (None::<Liquidation>, None);
        for pair in pairs {
            match self.sized(pair) {
                Ok(found) if best.is_none_or(|best| best.profit < found.profit) => best = Some(found),
                Ok(_) => {}
                Err(skip) => refused = refused.or(Some(skip)),
            }
        }
        best.ok_or(refused.unwrap_or(Skip::Healthy))
    }

    /// One pair, as the program would liquidate it in the slot of the tick.
    fn sized(&self, pair: [u8; 2]) -> Result<Liquidation, Skip> {
        let [collateral, debt] = pair;
        let budget = self.policy.budgets[usize::from(debt)];
        if budget.0 == 0 {
            return Err(Skip::NoBudget);
        }
        let seizure = self.preview(pair, budget)?;
        let paid = Atoms(seizure.repaid.0.saturating_add(seizure.premium.0));
        let profit = self.profit(pair, seizure.seized, paid)?;
        if profit < self.policy.least_profit {
            return Err(Skip::Dust);
        }
        let kept = u128::from(BPS_ONE.saturating_sub(self.policy.tolerance.get()));
        // Not above what is seized, which has 64 bits.
        let min_seized = Atoms((u128::from(seizure.seized.0) * kept / u128::from(BPS_ONE)) as u64);
        Ok(Liquidation { collateral, debt, max_repay: paid, min_seized, profit })
    }

    /// What the program would do, on copies of the accounts that it would change.
    fn preview(&self, pair: [u8; 2], max_repay: Atoms) -> Result<Seizure, Refusal> {
        let priced = |reserve: &Reserve| Some((reserve.pool, *self.market.price(reserve)?));
        let reserve = |number| self.market.reserve(number).and_then(priced).ok_or(Refusal::PriceRequired);
        let [(mut collateral, collateral_price), (mut debt, debt_price)] = [reserve(pair[0])?, reserve(pair[1])?];
        let Obligation { mut positions, mut call, target, .. } = self.obligation;
        let others = self.holdings.iter().filter(|(number, _)| !pair.contains(number)).copied();
        let others = self.tick.totals(others)?;
        let borrower = Borrower { positions: &mut positions, call: &mut call, others, target, slot: self.tick.slot };
        let collateral = Priced { pool: &mut collateral, price: collateral_price };
        let debt = Priced { pool: &mut debt, price: debt_price };
        liquidate(collateral, debt, borrower, self.terms, Bid { max_repay, min_seized: Atoms(0) }, self.tick.now)
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
