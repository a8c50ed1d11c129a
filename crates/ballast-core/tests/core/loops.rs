//! Campaigns: several users, three reserves, moving prices and time, governance that changes its mind. After every step
//! the invariants hold, and the exact model has seen the same.

use crate::liquidation::best_pair_at;
use crate::market::{Market, POOLS, USERS, soft_terms};
use crate::model::{
    Books, Exact, Margins, Reserve, bps, debt_atoms, floor, high, int, pow2, ratio, supply_atoms, weights,
};
use crate::world::laws;
use ballast_core::Refusal;
use ballast_core::ledger::Ledger;
use ballast_core::op::pause::pause;
use ballast_core::pause::Pauser;
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Side};
use ballast_core::units::{Amount, Atoms, SupplyShares};
use num_traits::{Signed, ToPrimitive};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

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
    VoucherMint,
    VoucherBurn,
    Flash,
    Fees,
    Fund,
    Flag,
    Change,
    Tighten,
    Pause,
}

#[derive(Clone, Copy, Debug)]
struct Command {
    kind: Kind,
    user: usize,
    pool: usize,
    /// The part of the available amount, in thousandths.
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

impl Market {
    /// Returns a market in which all users but the first have borrowed most of what their deposits allow.
    fn busy() -> Self {
        let mut market = Self::new();
        for user in 1..USERS {
            let borrow = Command { kind: Kind::Borrow, user, pool: user + 1, part: 850 };
            market.deposit(user, user % POOLS, 100_000_000_000).unwrap();
            market.borrow_part(borrow).unwrap();
        }
        market
    }

    fn step(&mut self, command: Command) -> Result<bool, Refusal> {
        let Command { kind, user, pool, part } = command;
        match kind {
            // Not into every reserve: one is left to borrow from.
            Kind::Deposit => self.deposit(user, (user + pool % 2) % POOLS, part * 1_000_000_000),
            Kind::Withdraw => self.withdraw_part(command),
            Kind::Borrow => self.borrow_part(command),
            Kind::Repay => self.repay_part(command),
            Kind::Liquidate => return self.shock_and_liquidate(part),
            Kind::Refresh => self.refresh(pool),
            Kind::Wait => {
                self.now += i64::try_from(part * part).expect("a fortnight");
                Ok(())
            }
            Kind::Reprice => {
                self.reprice(pool, 500 + part);
                Ok(())
            }
            Kind::VoucherMint => self.mint_part(command),
            Kind::VoucherBurn => self.burn_part(command),
            Kind::Flash => self.flash(user, pool, self.pools[pool].ledger.cash_atoms / 1_000 * part + 1),
            Kind::Fees => self.collect(pool),
            Kind::Fund => self.fund(user, pool, part),
            Kind::Flag => self.shock_and_flag(part),
            Kind::Change => self.change(pool, part),
            Kind::Tighten => self.tighten(pool, part),
            Kind::Pause => self.pause(command),
        }
        .map(|()| false)
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
        self.withdraw(user, pool, some_of(&claim, part, Atoms))
    }

    fn mint_part(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let pool = self.held(user, pool, Side::Collateral)?;
        let shares = self.users[user].collateral(&self.pools[pool].id).0;
        self.mint(user, pool, some_of(&int(shares), part / 2 + 1, SupplyShares))
    }

    /// The vouchers of the first user who has any, and their reserve, counted from the given ones.
    fn burn_part(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let all = (0..USERS * POOLS).map(|n| ((user + n / POOLS) % USERS, (pool + n) % POOLS));
        let is_free = |user: usize, pool: usize| self.users[user].debt(&self.pools[pool].id).0 == 0;
        let held = all.clone().find(|(user, pool)| self.vouchers[*user][*pool] > 0 && is_free(*user, *pool));
        let (user, pool) = held.ok_or(Refusal::AmountTooSmall)?;
        let held = self.vouchers[user][pool];
        let shares = (u128::from(held) * u128::from(part) / 1_000) as u64;
        self.burn(user, pool, if part > 900 { held } else { shares.max(1) })
    }

    /// The first user who owes anything, counted from the given one.
    fn repay_part(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let debtor = (user..user + USERS).map(|user| user % USERS).find(|user| self.users[*user].has(Side::Debt));
        let debtor = debtor.ok_or(Refusal::InsufficientDebt)?;
        let pool = self.held(debtor, pool, Side::Debt)?;
        let Pool { id, ledger, .. } = &self.pools[pool];
        let debt = debt_atoms(self.users[debtor].debt(id).0, ledger.debt_index.get());
        self.repay(debtor, pool, some_of(&debt, part, Atoms))
    }

    /// A part of what the margin allows, and sometimes more than that, of the first reserve that is no collateral.
    fn borrow_part(&mut self, Command { user, pool: from, part, .. }: Command) -> Result<(), Refusal> {
        let is_free = |n: &usize| self.users[user].collateral(&self.pools[*n].id).0 == 0;
        let pool = (from..from + POOLS).map(|n| n % POOLS).find(is_free).ok_or(Refusal::PositionConflict)?;
        let (margins, reserve) = (self.margins(user), &self.pools[pool]);
        let price = high(reserve, &self.price(pool)) * weights(reserve, self.now).initial_factor;
        let most = (margins.initial_limit - margins.initial_debt) / price;
        let wanted = floor(&(most * ratio(part, 900))).to_u64().unwrap_or(0).max(1);
        self.borrow(user, pool, wanted.min(self.pools[pool].ledger.cash_atoms))
    }

    /// The debtor closest to the line.
    fn weakest(&self) -> Result<usize, Refusal> {
        let has_both = |user: &usize| [Side::Collateral, Side::Debt].iter().all(|side| self.users[*user].has(*side));
        let health = |user: &usize| {
            let margins = self.margins(*user);
            margins.limit / margins.debt
        };
        (0..USERS).filter(has_both).min_by_key(health).ok_or(Refusal::InsufficientDebt)
    }

    /// The price of a debt moves so that the user's health factor is about this many thousandths.
    fn shock(&mut self, user: usize, debt: usize, permille: u64) {
        let margins = self.margins(user);
        let factor = (margins.limit / margins.debt * ratio(1_000_000, permille)).floor().to_integer();
        self.reprice(debt, factor.to_u64().unwrap_or(0).clamp(300, 5_000));
    }

    /// A third of the time into the soft zone, where half of the time the call comes with it and the window is waited
    /// for; otherwise anywhere below health.
    fn shock_and_liquidate(&mut self, part: u64) -> Result<bool, Refusal> {
        let user = self.weakest()?;
        let debt = self.held(user, 0, Side::Debt)?;
        self.shock(user, debt, if part.is_multiple_of(3) { 970 + part % 30 } else { 250 + part * 3 / 4 });
        if part.is_multiple_of(2) && self.flag(user) != Err(Refusal::InvariantBroken) {
            self.now += 4;
        }
        let obligation = self.obligation(user);
        let (c, d) = best_pair_at(&obligation, self.now);
        let n = |line: usize| usize::from(obligation.lines[line].0.id.bytes[0]) - 1;
        self.liquidate(user, (n(c), n(d))).map(|seizure| seizure.write_off.suppliers.0 > 0)
    }

    /// To somewhere between the hard line and the warning.
    fn shock_and_flag(&mut self, part: u64) -> Result<(), Refusal> {
        let user = self.weakest()?;
        let debt = self.held(user, 0, Side::Debt)?;
        self.shock(user, debt, 960 + part / 6);
        self.flag(user)
    }

    /// An action of four, for up to three hours.
    fn pause(&mut self, Command { user, pool, part, .. }: Command) -> Result<(), Refusal> {
        let by = if user == 0 { Pauser::Guardian } else { Pauser::Authority };
        let secs = u32::try_from(part * 10).expect("within a day");
        pause(&mut self.pools[pool], by, 1 << (part % 4), secs, self.now)
    }

    /// INV-1, INV-2, INV-4, INV-10, and that shares add up (INV-13).
    fn check(&self) -> TestCaseResult {
        for (n, pool) in self.pools.iter().enumerate() {
            prop_assert!(Books::of(&pool.ledger).are_solvent());
            prop_assert!(pool.ledger.supply_index.get() <= Ledger::MAX_INDEX.0);
            prop_assert!(pool.ledger.debt_index.get() <= Ledger::MAX_INDEX.0);
            let supply: u64 = self.users.iter().map(|user| user.collateral(&pool.id).0).sum();
            let vouchers: u64 = self.vouchers.iter().map(|held| held[n]).sum();
            let debt: u128 = self.users.iter().map(|user| user.debt(&pool.id).0).sum();
            prop_assert_eq!((supply + vouchers, debt), (pool.ledger.supply_shares, pool.ledger.debt_shares.get()));
            prop_assert_eq!(pool.flash_atoms, 0);
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

    /// Up to the rounding of the rate, nobody has more or owes less than in the exact market. The differences are
    /// small.
    fn compare(&self) -> TestCaseResult {
        for (n, (pool, exact)) in self.pools.iter().zip(&self.exact).enumerate() {
            prop_assert_eq!(int(pool.ledger.cash_atoms), exact.cash.clone());
            let mut then = *pool;
            then.ledger.accrue(exact.at);
            for (user, positions) in self.users.iter().enumerate() {
                let shares = positions.collateral(&pool.id).0 + self.vouchers[user][n];
                let claim = supply_atoms(shares, then.ledger.supply_index.get());
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
fn some_of<Q>(whole: &Exact, part: u64, unit: fn(u64) -> Q) -> Amount<Q> {
    let some = floor(&(whole * ratio(part, 1_000))).to_u64().expect("fits").max(1);
    if part > 900 { Amount::All } else { Amount::Exact(unit(some)) }
}

/// Refused or not, what a step may not have done.
fn check_step(before: &Market, after: &Market, command: Command, lost: bool) -> TestCaseResult {
    for (old, new) in before.pools.iter().zip(&after.pools) {
        prop_assert!(new.ledger.debt_index.get() >= old.ledger.debt_index.get());
        prop_assert!(lost || new.ledger.supply_index.get() >= old.ledger.supply_index.get());
    }
    match command.kind {
        Kind::Borrow | Kind::Withdraw | Kind::VoucherMint => is_within_the_margin(before, after, command.user),
        Kind::Change | Kind::Tighten | Kind::Pause => spares_everybody(before, after),
        Kind::Liquidate => was_due(before, after),
        _ => Ok(()),
    }
}

/// INV-5, INV-9: with the volatility's margin of before, because the price that was used may have become a mark.
fn is_within_the_margin(before: &Market, after: &Market, user: usize) -> TestCaseResult {
    let mut lines = after.obligation(user).lines;
    for (pool, ..) in &mut lines {
        let old = before.pools.iter().find(|old| old.id == pool.id);
        pool.volatility = old.map_or(pool.volatility, |old| old.volatility);
    }
    prop_assert!(Margins::at(&lines, after.now).may_take_risk());
    let held = |side: fn(&Holding) -> bool| lines.iter().filter(move |(.., holding)| side(holding));
    for (collateral, ..) in held(|holding| matches!(holding, Holding::Collateral(_))) {
        let allowed = |debt: &Pool| collateral.settings.limits.allowed_debts >> debt.listing_number & 1 == 1;
        prop_assert!(held(|holding| matches!(holding, Holding::Debt(_))).all(|(debt, ..)| allowed(debt)));
    }
    prop_assert!((0..USERS).filter(|other| *other != user).all(|other| before.users[other] == after.users[other]));
    Ok(())
}

/// INV-11: at the moment of it, nobody is worse off by either price.
fn spares_everybody(before: &Market, after: &Market) -> TestCaseResult {
    for user in 0..USERS {
        let (was, is) = (before.margins(user), after.margins(user));
        prop_assert!(is.limit >= was.limit && is.debt <= was.debt);
        prop_assert!(is.average_limit >= was.average_limit && is.average_debt <= was.average_debt);
    }
    Ok(())
}

/// INV-12: at the prices of the liquidation the obligation was unhealthy; and above the hard line it had been called
/// long enough ago, and the average agreed. To a part in 2^30, because the sums are rounded.
fn was_due(before: &Market, after: &Market) -> TestCaseResult {
    let user = before.weakest().expect("somebody was liquidated");
    let then = Market { prices: after.prices, averages: after.averages, now: after.now, ..before.clone() };
    let (margins, near) = (then.margins(user), pow2(0) + pow2(-30));
    prop_assert!(margins.limit < &margins.debt * &near);
    let soft = margins.limit > &margins.debt * bps(soft_terms().hard_line_bps) * &near;
    let deep = &margins.collateral * bps(soft_terms().deep_line_bps) < &margins.owed * &near;
    if soft && !deep {
        // The call of before, or one with the shock.
        let age = before.calls[user].slots_since(after.slot()).unwrap_or(after.slot() - before.slot());
        prop_assert!(age >= soft_terms().cure_slots.into());
        prop_assert!(margins.average_limit < margins.average_debt * near);
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
    Kind::Wait,
    Kind::Reprice,
    Kind::VoucherMint,
    Kind::VoucherBurn,
    Kind::Flash,
    Kind::Fees,
    Kind::Fund,
    Kind::Flag,
    Kind::Change,
    Kind::Tighten,
    Kind::Pause,
];

/// INV-1, INV-2, INV-3, INV-4, INV-5, INV-9, INV-10, INV-11, INV-12, INV-13.
#[test]
fn every_invariant_holds_after_every_step_of_a_random_campaign() {
    let score = RefCell::new(Score::default());
    let campaigns = prop::collection::vec(command(EVERYTHING), 90);
    let result = TestRunner::new(laws(40)).run(&campaigns, |commands| campaign(&commands, &score));
    assert!(result.is_ok(), "{result:?}");
    let Score { steps, losses } = score.take();
    assert!(losses > 0, "no campaign has left bad debt");
    assert_eq!(steps.len(), 17);
    for (kind, (tried, succeeded)) in steps {
        assert!(succeeded * 5 >= tried, "{kind:?} succeeded {succeeded} of {tried} times");
    }
}

const ATTACK: &[Kind] = &[
    Kind::Deposit,
    Kind::Withdraw,
    Kind::Borrow,
    Kind::Repay,
    Kind::Refresh,
    Kind::VoucherMint,
    Kind::VoucherBurn,
    Kind::Flash,
];

/// Repays, burns and withdraws all that a user can.
fn leave(market: &mut Market, user: usize) -> TestCaseResult {
    while let Ok(pool) = market.held(user, 0, Side::Debt) {
        prop_assert_eq!(market.repay(user, pool, Amount::All), Ok(()));
    }
    for pool in 0..POOLS {
        let vouchers = market.vouchers[user][pool];
        prop_assert!(vouchers == 0 || market.burn(user, pool, vouchers).is_ok(), "nothing keeps collateral out");
        let mut next = market.clone();
        if next.withdraw(user, pool, Amount::All).is_ok() {
            *market = next;
        }
    }
    Ok(())
}

/// At constant prices and without time passing nobody gains a single atom of any token, whatever history the reserves
/// have.
#[test]
fn an_attacker_profits_in_no_token_while_no_time_passes() {
    let history = prop::collection::vec(command(EVERYTHING), 0..30);
    let attack = prop::collection::vec(command(ATTACK), 1..40);
    let result = TestRunner::new(laws(100)).run(&(history, attack), |(history, attack)| {
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
