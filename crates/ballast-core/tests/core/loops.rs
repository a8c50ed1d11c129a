//! Campaigns: several users, three reserves, moving prices and time. After every step the invariants hold, and the exact model, which
//! has neither shares nor indices, has seen the same.

use crate::liquidation::best_pair;
use crate::model::{Books, Exact, Line, Margins, Reserve, bps, debt_atoms, floor, high, int, ratio, supply_atoms};
use crate::world::{NOW, Obligation, SLOT, dollars, laws, pool_of, positions, risk, settings, terms};
use ballast_core::Refusal;
use ballast_core::call::Call;
use ballast_core::health::Totals;
use ballast_core::ledger::Ledger;
use ballast_core::op::Priced;
use ballast_core::op::borrow::borrow;
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::op::liquidate::{Bid, Borrower, Seizure, liquidate};
use ballast_core::op::refresh::refresh;
use ballast_core::op::repay::repay;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::price::{PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::units::{Amount, Atoms};
use num_traits::{One, Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

const USERS: usize = 4;
const POOLS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Deposit,
    Withdraw,
    Borrow,
    Repay,
    Liquidate,
    Refresh,
    Wait,
    Reprice,
}

#[derive(Clone, Copy, Debug)]
struct Command {
    kind: Kind,
    user: usize,
    pool: usize,
    /// Of whatever there is, in thousandths.
    part: u64,
}

fn command(kinds: &'static [Kind]) -> impl Strategy<Value = Command> {
    (prop::sample::select(kinds), 0..USERS, 0..POOLS, 1u64..=1_000).prop_map(|(kind, user, pool, part)| Command {
        kind,
        user,
        pool,
        part,
    })
}

/// The market under test and, beside it, the exact one.
#[derive(Clone)]
struct Market {
    pools: [Pool; POOLS],
    /// In thousandths of a dollar.
    prices: [i64; POOLS],
    users: [Positions; USERS],
    calls: [Call; USERS],
    now: i64,
    exact: Vec<Reserve>,
    /// What each user has put in, less what came out, in atoms.
    spent: [[i128; POOLS]; USERS],
    steps: u32,
}

impl Market {
    /// Every reserve has a supplier, user 0.
    fn new() -> Self {
        let pool = |n: u8, decimals: u8, risk: RiskParams| pool_of(n, decimals, Settings { risk, ..settings() });
        let cautious =
            RiskParams { ltv_bps: 5_000, liquidation_threshold_bps: 6_500, borrow_factor_bps: 12_000, ..risk() };
        let with_fee = RiskParams { origination_fee_bps: 10, ..risk() };
        let mut market = Self {
            pools: [pool(1, 6, risk()), pool(2, 9, cautious), pool(3, 0, with_fee)],
            prices: [1_000, 200_000, 50_000],
            users: [positions(); USERS],
            calls: [Call::default(); USERS],
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

    /// And everybody else has borrowed most of what the deposit allows.
    fn busy() -> Self {
        let mut market = Self::new();
        for user in 1..USERS {
            let borrow = Command { kind: Kind::Borrow, user, pool: user + 1, part: 850 };
            market.deposit(user, user % POOLS, 100_000_000_000).unwrap();
            market.borrow_part(borrow).unwrap();
        }
        market
    }

    fn price(&self, pool: usize) -> RawPrice {
        RawPrice { publish_time: self.now, exponent: -11, ..dollars(self.prices[pool]) }
    }

    /// The obligation of a user, with interest up to now.
    fn obligation(&self, user: usize) -> Obligation {
        let line = |(n, pool): (usize, &Pool)| -> Option<Line> {
            let mut pool = *pool;
            pool.ledger.accrue(self.now);
            let position = self.users[user].as_slice().iter().find(|position| position.reserve == pool.id)?;
            Some((pool, self.price(n), position.holding()))
        };
        Obligation { lines: self.pools.iter().enumerate().filter_map(line).collect() }
    }

    fn others(&self, user: usize, named: &[usize], usage: PriceUse) -> Totals {
        let mut totals = Totals::default();
        for position in self.users[user].as_slice() {
            let n = usize::from(position.reserve.bytes[0]) - 1;
            if !named.contains(&n) {
                let quote = Quote::new(&self.pools[n], &self.price(n), usage, self.now).unwrap();
                totals.add(position.holding(), &quote).unwrap();
            }
        }
        totals
    }

    fn accrue_exact(&mut self, pool: usize) {
        let (curve, factor) = (self.pools[pool].settings.curve, self.pools[pool].settings.risk.reserve_factor_bps);
        self.exact[pool].accrue(&curve, factor, self.now);
    }

    fn flow_in(&mut self, user: usize, pool: usize, atoms: u64) {
        self.spent[user][pool] += i128::from(atoms);
        self.exact[pool].cash += int(atoms);
    }

    fn flow_out(&mut self, user: usize, pool: usize, atoms: u64) {
        self.spent[user][pool] -= i128::from(atoms);
        self.exact[pool].cash -= int(atoms);
    }

    fn deposit(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        let price = self.price(pool);
        let entry = Entry::Priced(&price);
        let taken = deposit(&mut self.pools[pool], &mut self.users[user], &entry, Atoms(atoms), self.now)?.taken.0;
        self.accrue_exact(pool);
        self.exact[pool].claims[user] += int(taken);
        self.flow_in(user, pool, taken);
        Ok(())
    }

    fn withdraw(&mut self, user: usize, pool: usize, amount: Amount) -> Result<(), Refusal> {
        let (price, others) = (self.price(pool), self.others(user, &[pool], PriceUse::NewRisk));
        let owes = self.users[user].has(Side::Debt);
        let margin = if owes { Margin::Initial { price: &price, others: &others } } else { Margin::NoDebt };
        let paid =
            withdraw(&mut self.pools[pool], &mut self.users[user], &mut self.calls[user], amount, &margin, self.now)?
                .paid_out
                .0;
        self.accrue_exact(pool);
        let gone = self.users[user].collateral(&self.pools[pool].id).0 == 0;
        let claim = &mut self.exact[pool].claims[user];
        *claim = if gone { Exact::zero() } else { &*claim - int(paid) };
        self.flow_out(user, pool, paid);
        Ok(())
    }

    fn borrow(&mut self, user: usize, pool: usize, atoms: u64) -> Result<(), Refusal> {
        let (price, others) = (self.price(pool), self.others(user, &[pool], PriceUse::NewRisk));
        let reserve = Priced { pool: &mut self.pools[pool], price };
        let paid =
            borrow(reserve, &mut self.users[user], &mut self.calls[user], &others, Atoms(atoms), self.now)?.paid_out.0;
        self.accrue_exact(pool);
        let fee = bps(self.pools[pool].settings.risk.origination_fee_bps);
        self.exact[pool].debts[user] += int(paid) * (Exact::one() + fee);
        self.flow_out(user, pool, paid);
        Ok(())
    }

    fn repay(&mut self, user: usize, pool: usize, amount: Amount) -> Result<(), Refusal> {
        let taken = repay(&mut self.pools[pool], &mut self.users[user], amount, self.now)?.taken.0;
        self.accrue_exact(pool);
        let gone = self.users[user].debt(&self.pools[pool].id).0 == 0;
        let debt = &mut self.exact[pool].debts[user];
        *debt = if gone { Exact::zero() } else { &*debt - int(taken) };
        self.flow_in(user, pool, taken);
        Ok(())
    }

    /// User 0 liquidates.
    fn liquidate(&mut self, user: usize, (c, d): (usize, usize)) -> Result<Seizure, Refusal> {
        let others = self.others(user, &[c, d], PriceUse::Liquidation);
        let (mut collateral, mut debt) = (self.pools[c], self.pools[d]);
        let prices = (self.price(c), self.price(d));
        let seizure = liquidate(
            Priced { pool: &mut collateral, price: prices.0 },
            Priced { pool: &mut debt, price: prices.1 },
            Borrower {
                positions: &mut self.users[user],
                call: &mut Call { called_at: SLOT - 100, warned: 1 },
                others,
                target: terms().target_health(),
                slot: SLOT,
            },
            &terms(),
            Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) },
            self.now,
        )?;
        (self.pools[c], self.pools[d]) = (collateral, debt);
        self.follow(user, (c, d), &seizure);
        Ok(seizure)
    }

    /// The exact market after a liquidation: whatever is left of a lost debt is a loss, borne by the protocol's equity first.
    fn follow(&mut self, user: usize, (c, d): (usize, usize), seizure: &Seizure) {
        self.accrue_exact(c);
        self.accrue_exact(d);
        let collateral_gone = self.users[user].collateral(&self.pools[c].id).0 == 0;
        let claim = &mut self.exact[c].claims[user];
        *claim = if collateral_gone { Exact::zero() } else { &*claim - int(seizure.seized.0) };
        self.flow_out(0, c, seizure.seized.0);
        self.flow_in(0, d, seizure.repaid.0);
        let debt_gone = self.users[user].debt(&self.pools[d].id).0 == 0;
        let reserve = &mut self.exact[d];
        let debt = &reserve.debts[user] - int(seizure.repaid.0);
        reserve.debts[user] = if debt_gone { Exact::zero() } else { debt };
        let (assets, claims) = (&reserve.cash + reserve.debt(), reserve.supply());
        if seizure.write_off.suppliers.0 > 0 && claims > assets {
            let left = assets / claims;
            reserve.claims.iter_mut().for_each(|claim| *claim *= &left);
        }
    }

    fn step(&mut self, command: Command) -> Result<bool, Refusal> {
        let Command { kind, user, pool, part } = command;
        match kind {
            // Not into every reserve: one is left to borrow from.
            Kind::Deposit => self.deposit(user, (user + pool % 2) % POOLS, part * 1_000_000_000).map(|()| false),
            Kind::Withdraw => self.withdraw_part(command).map(|()| false),
            Kind::Borrow => self.borrow_part(command).map(|()| false),
            Kind::Repay => self.repay_part(command).map(|()| false),
            Kind::Liquidate => self.shock_and_liquidate(part),
            Kind::Refresh => {
                refresh(&mut self.pools[pool], None, self.now).map(|()| self.accrue_exact(pool)).map(|()| false)
            }
            Kind::Wait => {
                self.now += i64::try_from(part * part).expect("a fortnight");
                Ok(false)
            }
            Kind::Reprice => {
                self.reprice(pool, 500 + part);
                Ok(false)
            }
        }
    }

    /// The first of the user's positions of a side, counted from a reserve.
    fn held(&self, user: usize, from: usize, side: Side) -> Result<usize, Refusal> {
        let is_held = |n: &usize| match side {
            Side::Collateral => self.users[user].collateral(&self.pools[*n].id).0 > 0,
            Side::Debt => self.users[user].debt(&self.pools[*n].id).0 > 0,
        };
        (from..from + POOLS).map(|n| n % POOLS).find(is_held).ok_or(Refusal::InsufficientCollateral)
    }

    fn withdraw_part(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let pool = self.held(user, pool, Side::Collateral)?;
        let Pool { id, ledger, .. } = &self.pools[pool];
        let claim = supply_atoms(self.users[user].collateral(id).0, ledger.supply_index.get());
        self.withdraw(user, pool, some_of(&claim, part))
    }

    /// The first user who owes anything, counted from the given one.
    fn repay_part(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let debtor = (user..user + USERS).map(|user| user % USERS).find(|user| self.users[*user].has(Side::Debt));
        let debtor = debtor.ok_or(Refusal::InsufficientDebt)?;
        let pool = self.held(debtor, pool, Side::Debt)?;
        let Pool { id, ledger, .. } = &self.pools[pool];
        let debt = debt_atoms(self.users[debtor].debt(id).0, ledger.debt_index.get());
        self.repay(debtor, pool, some_of(&debt, part))
    }

    /// A part of what the margin allows, and sometimes more than that, of the first reserve that is no collateral.
    fn borrow_part(&mut self, Command { user, pool: from, part, .. }: Command) -> Result<(), Refusal> {
        let is_free = |n: &usize| self.users[user].collateral(&self.pools[*n].id).0 == 0;
        let pool = (from..from + POOLS).map(|n| n % POOLS).find(is_free).ok_or(Refusal::PositionConflict)?;
        let margins = Margins::of(&self.obligation(user).lines);
        let price = high(&self.pools[pool], &self.price(pool)) * bps(self.pools[pool].settings.risk.borrow_factor_bps);
        let most = (margins.initial_limit - margins.initial_debt) / price;
        let wanted = floor(&(most * ratio(part, 900))).to_u64().unwrap_or(0).max(1);
        self.borrow(user, pool, wanted.min(self.pools[pool].ledger.cash_atoms))
    }

    /// The debtor closest to the line, after a shock to the price of what is owed.
    fn shock_and_liquidate(&mut self, part: u64) -> Result<bool, Refusal> {
        let has_both = |user: &usize| [Side::Collateral, Side::Debt].iter().all(|side| self.users[*user].has(*side));
        let health = |user: &usize| {
            let margins = Margins::of(&self.obligation(*user).lines);
            margins.limit / margins.debt
        };
        let user = (0..USERS).filter(has_both).min_by_key(health).ok_or(Refusal::InsufficientDebt)?;
        let debt = self.held(user, 0, Side::Debt)?;
        self.reprice(debt, 1_000 + part * 2);
        let obligation = self.obligation(user);
        let (c, d) = best_pair(&obligation);
        let n = |line: usize| usize::from(obligation.lines[line].0.id.bytes[0]) - 1;
        self.liquidate(user, (n(c), n(d))).map(|seizure| seizure.write_off.suppliers.0 > 0)
    }

    fn reprice(&mut self, pool: usize, permille: u64) {
        let price = &mut self.prices[pool];
        *price = (*price * i64::try_from(permille).expect("a price") / 1_000).clamp(10, 10_000_000);
    }

    /// INV-1, INV-2, INV-4, and that shares add up.
    fn check(&self) -> TestCaseResult {
        for pool in &self.pools {
            prop_assert!(Books::of(&pool.ledger).are_solvent());
            prop_assert!(pool.ledger.supply_index.get() <= Ledger::MAX_INDEX.0);
            prop_assert!(pool.ledger.debt_index.get() <= Ledger::MAX_INDEX.0);
            let supply: u64 = self.users.iter().map(|user| user.collateral(&pool.id).0).sum();
            let debt: u128 = self.users.iter().map(|user| user.debt(&pool.id).0).sum();
            prop_assert_eq!((supply, debt), (pool.ledger.supply_shares, pool.ledger.debt_shares.get()));
        }
        for user in &self.users {
            prop_assert_eq!(user.invariant(), Ok(()));
            let mut reserves: Vec<_> = user.as_slice().iter().map(|position| position.reserve.bytes).collect();
            reserves.sort_unstable();
            reserves.dedup();
            prop_assert_eq!(reserves.len(), user.as_slice().len());
        }
        Ok(())
    }

    /// Nobody has more than in the exact market, nor owes less, but for the rounding of the rate; nor much less or more.
    fn compare(&self) -> TestCaseResult {
        for (pool, exact) in self.pools.iter().zip(&self.exact) {
            prop_assert_eq!(int(pool.ledger.cash_atoms), exact.cash.clone());
            let mut then = *pool;
            then.ledger.accrue(exact.at);
            for (user, positions) in self.users.iter().enumerate() {
                let claim = supply_atoms(positions.collateral(&pool.id).0, then.ledger.supply_index.get());
                let debt = debt_atoms(positions.debt(&pool.id).0, then.ledger.debt_index.get());
                prop_assert!(
                    self.is_near(&exact.claims[user], &claim, exact),
                    "claim {} {}",
                    exact.claims[user].to_integer(),
                    claim.to_integer()
                );
                prop_assert!(
                    self.is_near(&debt, &exact.debts[user], exact),
                    "debt {} {}",
                    exact.debts[user].to_integer(),
                    debt.to_integer()
                );
            }
        }
        Ok(())
    }

    /// `least <= most` and by no more than an atom per step; both to the rounding of utilization in the rate.
    fn is_near(&self, most: &Exact, least: &Exact, reserve: &Reserve) -> bool {
        let of_rate = (&reserve.cash + reserve.debt()) * ratio(1, 1_000_000_000);
        let difference = most - least;
        difference >= -&of_rate && difference <= of_rate + int(self.steps)
    }
}

/// A part in thousandths, and all of it once in a while.
fn some_of(atoms: &Exact, part: u64) -> Amount {
    let some = floor(&(atoms * ratio(part, 1_000))).to_u64().expect("fits").max(1);
    if part > 900 { Amount::All } else { Amount::Exact(Atoms(some)) }
}

/// Refused or not, what a step may not have done.
fn check_step(before: &Market, after: &Market, command: Command, lost: bool) -> TestCaseResult {
    for (old, new) in before.pools.iter().zip(&after.pools) {
        prop_assert!(new.ledger.debt_index.get() >= old.ledger.debt_index.get());
        prop_assert!(lost || new.ledger.supply_index.get() >= old.ledger.supply_index.get());
    }
    if matches!(command.kind, Kind::Borrow | Kind::Withdraw) {
        // INV-5
        prop_assert!(Margins::of(&after.obligation(command.user).lines).may_take_risk());
        let of_others =
            (0..USERS).filter(|user| *user != command.user).all(|user| before.users[user] == after.users[user]);
        prop_assert!(of_others);
    }
    Ok(())
}

#[derive(Default)]
struct Score {
    /// Tried and succeeded.
    steps: BTreeMap<Kind, (u32, u32)>,
    losses: u32,
}

impl Score {
    fn count(&mut self, kind: Kind, result: Result<bool, Refusal>) {
        let (tried, succeeded) = self.steps.entry(kind).or_default();
        *tried += 1;
        *succeeded += u32::from(result.is_ok());
        self.losses += u32::from(result == Ok(true));
    }
}

fn campaign(commands: &[Command], score: &RefCell<Score>) -> TestCaseResult {
    let mut market = Market::busy();
    for &command in commands {
        let mut next = market.clone();
        next.steps += 1;
        let result = next.step(command);
        score.borrow_mut().count(command.kind, result);
        prop_assert_ne!(result, Err(Refusal::InvariantBroken));
        if let Ok(lost) = result {
            check_step(&market, &next, command, lost)?;
            market = next;
            market.check()?;
            market.compare()?;
        }
    }
    Ok(())
}

const EVERYTHING: &[Kind] = &[
    Kind::Deposit,
    Kind::Withdraw,
    Kind::Borrow,
    Kind::Borrow,
    Kind::Repay,
    Kind::Liquidate,
    Kind::Refresh,
    Kind::Wait,
    Kind::Reprice,
];

/// INV-1, INV-2, INV-3, INV-4, INV-5.
#[test]
fn every_invariant_holds_after_every_step_of_a_random_campaign() {
    let score = RefCell::new(Score::default());
    let campaigns = prop::collection::vec(command(EVERYTHING), 60);
    let result = TestRunner::new(laws(60)).run(&campaigns, |commands| campaign(&commands, &score));
    assert!(result.is_ok(), "{result:?}");
    let Score { steps, losses } = score.take();
    assert!(losses > 0, "no campaign has left bad debt");
    assert_eq!(steps.len(), 8);
    for (kind, (tried, succeeded)) in steps {
        assert!(succeeded * 5 >= tried, "{kind:?} succeeded {succeeded} of {tried} times");
    }
}

const ATTACK: &[Kind] = &[Kind::Deposit, Kind::Withdraw, Kind::Borrow, Kind::Repay, Kind::Refresh];

/// Repays and withdraws all that a user can.
fn leave(market: &mut Market, user: usize) -> TestCaseResult {
    while let Ok(pool) = market.held(user, 0, Side::Debt) {
        prop_assert_eq!(market.repay(user, pool, Amount::All), Ok(()));
    }
    while let Ok(pool) = market.held(user, 0, Side::Collateral) {
        if market.withdraw(user, pool, Amount::All).is_err() {
            break;
        }
    }
    Ok(())
}

/// At constant prices and without time passing nobody gains a single atom of any token, whatever history the reserves have.
#[test]
fn an_attacker_profits_in_no_token_while_no_time_passes() {
    let history = prop::collection::vec(command(EVERYTHING), 0..30);
    let attack = prop::collection::vec(command(ATTACK), 1..40);
    let result = TestRunner::new(laws(150)).run(&(history, attack), |(history, attack)| {
        let mut market = Market::busy();
        for command in history {
            let mut next = market.clone();
            if next.step(command).is_ok() {
                market = next;
            }
        }
        // The attacker comes with nothing.
        const ATTACKER: usize = USERS - 1;
        leave(&mut market, ATTACKER)?;
        prop_assume!(market.users[ATTACKER].is_empty());
        market.spent[ATTACKER] = [0; POOLS];
        for command in attack {
            let mut next = market.clone();
            if next.step(command).is_ok() {
                market = next;
            }
        }
        leave(&mut market, ATTACKER)?;
        prop_assert!(market.spent[ATTACKER].iter().all(|spent| *spent >= 0), "{:?}", market.spent[ATTACKER]);
        Ok(())
    });
    assert!(result.is_ok(), "{result:?}");
}

/// The whole life of a loan, for a reader: supply, borrow, a year, repay, and who earned what.
#[test]
fn a_year_of_a_loan_by_hand() {
    let mut market = Market::new();
    market.deposit(1, 1, 100_000_000_000).unwrap();
    market.borrow(1, 0, 5_000_000_000).unwrap();
    market.now += 31_536_000;
    market.repay(1, 0, Amount::All).unwrap();
    let owed = market.spent[1][0];
    // 0.5 % of utilization cost 0.05 % a year, a tenth of it for the protocol.
    assert_eq!(owed, 2_500_626);
    let ledger = &market.pools[0].ledger;
    let claims = Books::of(ledger).claims - int(1_000_000_000_000u64);
    assert_eq!(claims.floor().to_integer(), 2_250_562.into());
    assert!(!Books::of(ledger).equity().is_negative());
    let held = market.users[1].as_slice().iter().map(|position| position.holding()).collect::<Vec<_>>();
    assert!(matches!(held[..], [Holding::Collateral(_)]));
}
