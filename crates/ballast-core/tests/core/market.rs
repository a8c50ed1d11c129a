//! A market of several users and reserves under test, and beside it the exact one, which has neither shares nor
//! indices.

use crate::model::{Exact, Line, Margins, Reserve, bps, debt_atoms, int};
use crate::world::{
    NOW, Obligation, SLOT, dollars, guard, open, pool_of, positions, risk, settings, step_towards, terms,
};
use ballast_core::Refusal;
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::limits::Limits;
use ballast_core::op::Priced;
use ballast_core::op::borrow::borrow;
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::op::fees_collect::fees_collect;
use ballast_core::op::flag::flag;
use ballast_core::op::flash_borrow::flash_borrow;
use ballast_core::op::flash_repay::flash_repay;
use ballast_core::op::insurance_fund::insurance_fund;
use ballast_core::op::liquidate::{Bid, Seizure};
use ballast_core::op::refresh::refresh;
use ballast_core::op::repay::repay;
use ballast_core::op::reserve_tighten::reserve_tighten;
use ballast_core::op::voucher_burn::voucher_burn;
use ballast_core::op::voucher_mint::voucher_mint;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::preview::{self, BorrowerState, PricedPool};
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use ballast_core::settings::{Settings, Tightening};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Amount, Atoms, Bps, SupplyShares};
use ballast_core::volatility::MarginModel;
use num_traits::{One, Zero};

pub const USERS: usize = 4;
pub const POOLS: usize = 3;

/// The market under test and, beside it, the exact one.
#[derive(Clone)]
pub struct Market {
    pub pools: [Pool; POOLS],
    /// In thousandths of a dollar.
    pub prices: [i64; POOLS],
    pub averages: [i64; POOLS],
    pub users: [Positions; USERS],
    pub calls: [Call; USERS],
    /// Supply shares outside of the obligations.
    pub vouchers: [[u64; POOLS]; USERS],
    pub now: i64,
    pub exact: Vec<Reserve>,
    /// What each user has put in, less what came out, in atoms.
    pub spent: [[i128; POOLS]; USERS],
    pub steps: u32,
}

/// A soft zone down to 97 %, and a cure window of 8 slots.
pub fn soft_terms() -> LiquidationTerms {
    LiquidationTerms { hard_line_bps: 9_700, cure_slots: 8, ..terms() }
}

/// One reserve with insurance and a limited outflow, one whose collateral is capped, one with fees, a narrow band and
/// dynamic margin.
fn reserves() -> [Pool; POOLS] {
    let insured = RiskParams { insurance_share_bps: 2_000, insurance_target_bps: 100, flash_fee_bps: 9, ..risk() };
    let limited = Limits { outflow_bps: 5_000, ..open() };
    let cautious = RiskParams { ltv_bps: 5_000, liquidation_threshold_bps: 6_500, borrow_factor_bps: 12_000, ..risk() };
    let capped = Limits { collateral_cap_usd: 150_000, ..open() };
    let with_fee = RiskParams { origination_fee_bps: 10, flash_fee_bps: 50, ..insured };
    let narrow = PriceGuard { max_move_bps: 6_000, ..guard() };
    let margin = MarginModel {
        z_bps: 20_000,
        cost_bps: 50,
        stress_bps: 5_000,
        horizon_secs: 60,
        fast_secs: 3_600,
        slow_secs: 86_400,
        reserved: 0,
    };
    [
        pool_of(1, 6, Settings { risk: insured, limits: limited, ..settings() }),
        pool_of(2, 9, Settings { risk: cautious, limits: capped, ..settings() }),
        pool_of(3, 0, Settings { risk: with_fee, guard: narrow, margin, ..settings() }),
    ]
}

impl Market {
    /// Every reserve has a supplier, user 0.
    pub fn new() -> Self {
        let mut market = Self {
            pools: reserves(),
            prices: [1_000, 200_000, 50_000],
            averages: [1_000, 200_000, 50_000],
            users: [positions(); USERS],
            calls: [Call::default(); USERS],
            vouchers: [[0; POOLS]; USERS],
            now: NOW,
            exact: vec![Reserve::new(USERS, NOW); POOLS],
            spent: [[0; POOLS]; USERS],
            steps: 0,
        };
        for pool in 0..POOLS {
            market.deposit(0, pool, 1_000_000_000_000).unwrap();
        }
        market
    }

    pub fn price(&self, pool: usize) -> RawPrice {
        let average = dollars(self.averages[pool]).spot;
        RawPrice { publish_time: self.now, exponent: -11, ema: average, ..dollars(self.prices[pool]) }
    }

    /// Two and a half in a second.
    pub fn slot(&self) -> u64 {
        SLOT + (self.now - NOW).unsigned_abs() * 5 / 2
    }

    /// The spot moves, and the average a part of the way.
    pub fn reprice(&mut self, pool: usize, permille: u64) {
        let (spot, average) = (&mut self.prices[pool], &mut self.averages[pool]);
        *spot = (*spot * i64::try_from(permille).expect("a price") / 1_000).clamp(10, 10_000_000);
        *average = (*average + *spot) / 2;
    }

    /// The obligation of a user, with interest up to now.
    pub fn obligation(&self, user: usize) -> Obligation {
        let line = |(n, pool): (usize, &Pool)| -> Option<Line> {
            let mut pool = *pool;
            pool.ledger.accrue(self.now);
            let position = self.users[user].as_slice().iter().find(|position| position.reserve == pool.id)?;
            Some((pool, self.price(n), position.holding()))
        };
        Obligation { lines: self.pools.iter().enumerate().filter_map(line).collect() }
    }

    pub fn margins(&self, user: usize) -> Margins {
        Margins::at(&self.obligation(user).lines, self.now)
    }

    /// The positions in all reserves but the named, priced for a use; for new risk a price that has jumped is none.
    fn others(&self, user: usize, named: &[usize], usage: PriceUse) -> Result<Totals, Refusal> {
        let number = |(reserve, holding): (ReserveId, Holding)| (usize::from(reserve.bytes[0]) - 1, holding);
        let holdings = self.users[user].holdings().map(number).filter(|(n, _)| !named.contains(n));
        Totals::of(holdings, |n| Quote::new(&self.pools[n], &self.price(n), usage, self.now))
    }

    fn accrue_exact(&mut self, pool: usize) {
        let Settings { curve, risk, .. } = self.pools[pool].settings;
        self.exact[pool].accrue(&curve, risk.reserve_factor_bps, self.now);
    }

    fn flow_in(&mut self, user: usize, pool: usize, atoms: u64) {
        self.spent[user][pool] += i128::from(atoms);
        self.exact[pool].cash += int(atoms);
    }

    fn flow_out(&mut self, user: usize, pool: usize, atoms: u64) {
        self.spent[user][pool] -= i128::from(atoms);
        self.exact[pool].cash -= int(atoms);
    }

    /// Whether the user has no share of a reserve's supply left.
    fn has_left(&self, user: usize, pool: usize) -> bool {
        self.users[user].collateral(&self.pools[pool].id).0 == 0 && self.vouchers[user][pool] == 0
    }
}

/// What users do.
impl Market {
    pub fn deposit(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        let price = self.price(pool);
        let free = Entry::is_free(&self.pools[pool], &self.users[user]);
        let entry = if free { Entry::Free } else { Entry::Priced(price) };
        let taken = deposit(&mut self.pools[pool], &mut self.users[user], &entry, Atoms(atoms), self.now)?.taken.0;
        self.accrue_exact(pool);
        self.exact[pool].claims[user] += int(taken);
        self.flow_in(user, pool, taken);
        Ok(())
    }

    pub fn withdraw(&mut self, user: usize, pool: usize, amount: Amount) -> Result<(), Refusal> {
        let (price, others) = (self.price(pool), self.others(user, &[pool], PriceUse::NewRisk));
        let owes = self.users[user].has(Side::Debt);
        let others = if owes { others? } else { Totals::default() };
        let margin = if owes { Margin::Initial { price, others } } else { Margin::NoDebt };
        let (owner, call) = (&mut self.users[user], &mut self.calls[user]);
        let paid = withdraw(&mut self.pools[pool], owner, call, amount, &margin, self.now)?.paid_out.0;
        self.accrue_exact(pool);
        let gone = self.has_left(user, pool);
        let claim = &mut self.exact[pool].claims[user];
        *claim = if gone { Exact::zero() } else { &*claim - int(paid) };
        self.flow_out(user, pool, paid);
        Ok(())
    }

    pub fn borrow(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        let (price, others) = (self.price(pool), self.others(user, &[pool], PriceUse::NewRisk)?);
        let reserve = Priced { pool: &mut self.pools[pool], price };
        let (owner, call) = (&mut self.users[user], &mut self.calls[user]);
        let paid = borrow(reserve, owner, call, &others, Atoms(atoms), self.now)?.paid_out.0;
        self.accrue_exact(pool);
        let fee = bps(self.pools[pool].settings.risk.origination_fee_bps);
        self.exact[pool].debts[user] += int(paid) * (Exact::one() + fee);
        self.flow_out(user, pool, paid);
        Ok(())
    }

    pub fn repay(&mut self, user: usize, pool: usize, amount: Amount) -> Result<(), Refusal> {
        let taken = repay(&mut self.pools[pool], &mut self.users[user], amount, self.now)?.taken.0;
        self.accrue_exact(pool);
        let gone = self.users[user].debt(&self.pools[pool].id).0 == 0;
        let debt = &mut self.exact[pool].debts[user];
        *debt = if gone { Exact::zero() } else { &*debt - int(taken) };
        self.flow_in(user, pool, taken);
        Ok(())
    }

    /// The exact market does not see vouchers: a claim is a claim.
    pub fn mint(&mut self, user: usize, pool: usize, amount: Amount<SupplyShares>) -> Result<(), Refusal> {
        let (price, others) = (self.price(pool), self.others(user, &[pool], PriceUse::NewRisk));
        let owes = self.users[user].has(Side::Debt);
        let others = if owes { others? } else { Totals::default() };
        let margin = if owes { Margin::Initial { price, others } } else { Margin::NoDebt };
        let (owner, call) = (&mut self.users[user], &mut self.calls[user]);
        let issue = voucher_mint(&mut self.pools[pool], owner, call, amount, &margin, self.now)?;
        self.vouchers[user][pool] += issue.shares.0;
        Ok(())
    }

    pub fn burn(&mut self, user: usize, pool: usize, shares: u64) -> Result<(), Refusal> {
        let price = self.price(pool);
        let free = Entry::is_free(&self.pools[pool], &self.users[user]);
        let entry = if free { Entry::Free } else { Entry::Priced(price) };
        let left = self.vouchers[user][pool].checked_sub(shares).ok_or(Refusal::AmountTooSmall)?;
        voucher_burn(&mut self.pools[pool], &mut self.users[user], &entry, SupplyShares(shares), self.now)?;
        self.vouchers[user][pool] = left;
        Ok(())
    }

    /// Borrows for the length of a transaction, and does meanwhile what the books must not notice.
    pub fn flash(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        let loan = flash_borrow(&mut self.pools[pool], Atoms(atoms), self.now)?;
        let refused = deposit(&mut self.pools[pool], &mut self.users[user], &Entry::Free, loan.paid_out, self.now);
        assert_eq!(refused, Err(Refusal::FlashLoanOpen));
        flash_repay(&mut self.pools[pool], loan.due(), self.now)?;
        self.accrue_exact(pool);
        self.flow_in(user, pool, loan.fee.0);
        Ok(())
    }

    pub fn fund(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        insurance_fund(&mut self.pools[pool], Atoms(atoms), self.now)?;
        self.accrue_exact(pool);
        self.flow_in(user, pool, atoms);
        Ok(())
    }
}

/// What anybody does for or against a user.
impl Market {
    pub fn refresh(&mut self, pool: usize) -> Result<(), Refusal> {
        let price = self.price(pool);
        refresh(&mut self.pools[pool], Some(&price), self.now)?;
        self.accrue_exact(pool);
        Ok(())
    }

    pub fn flag(&mut self, user: usize) -> Result<(), Refusal> {
        let (totals, slot) = (self.others(user, &[], PriceUse::Liquidation)?, self.slot());
        flag(&mut self.calls[user], &totals, &soft_terms(), Bps(1_000), slot).map(drop)
    }

    /// User 0 liquidates.
    pub fn liquidate(&mut self, user: usize, (c, d): (usize, usize)) -> Result<Seizure, Refusal> {
        let (others, slot) = (self.others(user, &[c, d], PriceUse::Liquidation)?, self.slot());
        let priced = |n: usize| PricedPool { pool: self.pools[n], price: self.price(n) };
        let (positions, call, target) = (self.users[user], self.calls[user], Bps(soft_terms().target_health_bps));
        let borrower = BorrowerState { positions, call, others, target, slot };
        let bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };
        let after = preview::liquidate(priced(c), priced(d), borrower, None, &soft_terms(), bid, self.now)?;
        let seizure = after.flows;
        [self.pools[c], self.pools[d]] = after.pools;
        (self.users[user], self.calls[user]) = (after.positions, after.call);
        self.follow(user, (c, d), &seizure);
        Ok(seizure)
    }

    /// The exact market after a liquidation: whatever is left of a lost debt is a loss, borne by bucket and equity
    /// first.
    fn follow(&mut self, user: usize, (c, d): (usize, usize), seizure: &Seizure) {
        self.accrue_exact(c);
        self.accrue_exact(d);
        let collateral_gone = self.has_left(user, c);
        let claim = &mut self.exact[c].claims[user];
        *claim = if collateral_gone { Exact::zero() } else { &*claim - int(seizure.seized.0) };
        self.flow_out(0, c, seizure.seized.0);
        self.flow_in(0, d, seizure.repaid.0 + seizure.premium.0);
        let debt_gone = self.users[user].debt(&self.pools[d].id).0 == 0;
        let reserve = &mut self.exact[d];
        let lost = debt_atoms(seizure.write_off.shares.0, self.pools[d].ledger.debt_index.get());
        let debt = &reserve.debts[user] - int(seizure.repaid.0) - lost;
        reserve.debts[user] = if debt_gone { Exact::zero() } else { debt };
        let (assets, claims) = (&reserve.cash + reserve.debt(), reserve.supply());
        if seizure.write_off.suppliers.0 > 0 && claims > assets {
            let left = assets / claims;
            reserve.claims.iter_mut().for_each(|claim| *claim *= &left);
        }
    }
}

/// What authority and guardian do.
impl Market {
    pub fn collect(&mut self, pool: usize) -> Result<(), Refusal> {
        let fees = fees_collect(&mut self.pools[pool], self.now)?;
        self.accrue_exact(pool);
        self.exact[pool].cash -= int(fees.paid_out.0);
        Ok(())
    }

    /// Other weights, another curve, other fees; as far as one change goes.
    pub fn change(&mut self, pool: usize, part: u64) -> Result<(), Refusal> {
        let from = self.pools[pool].settings;
        let part = u16::try_from(part).expect("at most 1,000");
        let mut to = from;
        to.risk.liquidation_threshold_bps = 5_000 + part * 3;
        to.risk.ltv_bps = to.risk.liquidation_threshold_bps - 500 - part / 2;
        to.risk.borrow_factor_bps = 10_000 + part * 3;
        to.risk.reserve_factor_bps = part;
        to.curve.points[2].rate_bps = 8_000 + u32::from(part) * 4;
        let to = step_towards(&from, &to);
        // Up to now at the old rate.
        self.accrue_exact(pool);
        change_execute(&mut self.pools[pool], &to, 86_400 + u32::from(part) * 100, &soft_terms(), self.now)
    }

    pub fn tighten(&mut self, pool: usize, part: u64) -> Result<(), Refusal> {
        let Settings { risk, limits, .. } = self.pools[pool].settings;
        let to = Tightening {
            ltv_bps: risk.ltv_bps - risk.ltv_bps / 20,
            max_utilization_bps: limits.max_utilization_bps,
            supply_cap_atoms: limits.supply_cap_atoms,
            borrow_cap_atoms: limits.borrow_cap_atoms,
            collateral_cap_usd: limits.collateral_cap_usd,
            // Once in a while an asset may no longer be owed on this one.
            allowed_debts: if part > 900 {
                limits.allowed_debts & !(1 << (part % 3 + 1))
            } else {
                limits.allowed_debts
            },
        };
        reserve_tighten(&mut self.pools[pool], &to)
    }
}
