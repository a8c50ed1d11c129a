//! The worked examples of docs/MODEL.md, computed: each number that an example prints is found here, and each found
//! here is printed.

use crate::world::{NOW, curve_of, id, pool_of, positions, settings, weights_of};
use ballast_core::Refusal;
use ballast_core::call::Call;
use ballast_core::curve::{Curve, Utilization};
use ballast_core::health::{Health, Totals};
use ballast_core::limits::{Limits, Outflow};
use ballast_core::op::Priced;
use ballast_core::op::borrow::{Loan, borrow};
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::deposit::{Deposit, Entry, deposit};
use ballast_core::op::fees_collect::fees_collect;
use ballast_core::op::flash_borrow::flash_borrow;
use ballast_core::op::flash_repay;
use ballast_core::op::liquidate::{Bid, Borrower, Seizure, liquidate};
use ballast_core::op::refresh::refresh;
use ballast_core::op::repay::repay;
use ballast_core::op::withdraw::{Margin, Withdrawal, withdraw};
use ballast_core::pool::Pool;
use ballast_core::positions::{Holding, Positions, Side};
use ballast_core::price::{PriceGuard, PriceUse, RawPrice};
use ballast_core::quote::Quote;
use ballast_core::risk::{RiskParams, Weights};
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Amount, Atoms, Bps, DebtShares, SupplyShares, Usd, WeightedUsd, Wide};
use ballast_core::volatility::{MarginModel, Volatility};
use std::collections::BTreeMap;

const SOL: u64 = 1_000_000_000;
const USD: u64 = 1_000_000;
const MONTH: i64 = 2_592_000;

/// The numbers of one example, from "Example." to the end of its section, and whether they have been computed.
struct Example {
    heading: &'static str,
    numbers: BTreeMap<String, bool>,
}

impl Example {
    fn of(heading: &'static str) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/MODEL.md");
        let model = std::fs::read_to_string(path).expect("docs/MODEL.md");
        let (_, section) = model.split_once(&format!("\n## {heading}\n")).expect("the heading");
        let section = section.split("\n## ").next().expect("a section");
        let (_, text) = section.split_once("Example.").expect("an example");
        let words = text.split(|c: char| c.is_whitespace() || "()`*/".contains(c));
        let words = words.map(|word| word.trim_end_matches([',', '.', ';', ':']));
        let numbers = words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Self { heading, numbers: numbers.map(|number| (number.to_owned(), false)).collect() }
    }

    #[track_caller]
    fn prints(&mut self, number: impl ToString) {
        let number = number.to_string();
        let Some(computed) = self.numbers.get_mut(&number) else {
            panic!("the example of {} does not print {number} but {:?}", self.heading, self.numbers.keys())
        };
        *computed = true;
    }

    #[track_caller]
    fn prints_all(&mut self, numbers: impl IntoIterator<Item = impl ToString>) {
        for number in numbers {
            self.prints(number);
        }
    }

    #[track_caller]
    fn prints_nothing_else(self) {
        let others: Vec<_> =
            self.numbers.iter().filter(|(_, computed)| !**computed).map(|(number, _)| number).collect();
        assert!(others.is_empty(), "the example of {} prints {others:?}, which nothing computes", self.heading);
    }
}

/// An integer with commas.
fn n(value: impl Into<u128>) -> String {
    let digits = value.into().to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    groups.collect::<Vec<_>>().join(",")
}

/// Dollars and cents of a weighted value, to the nearest cent.
fn dollars(value: WeightedUsd) -> String {
    let cents = (value.0 * 100 + (5_000 << 40)) / (10_000 << 40);
    format!("{}.{:02}", n(cents / 100), cents % 100)
}

/// A ratio in basis points as a decimal number.
fn ratio(bps: u64) -> String {
    (bps as f64 / 10_000.0).to_string()
}

/// The parameters that the examples share.
fn terms() -> LiquidationTerms {
    LiquidationTerms {
        base_bonus_bps: 10,
        health_slope_bps: 5_000,
        slot_step_centibps: 25,
        max_bonus_bps: 1_000,
        deep_step_centibps: 25,
        max_deep_bonus_bps: 3_000,
        deep_line_bps: 9_500,
        target_health_bps: 10_500,
        hard_line_bps: 10_000,
        warning_bps: 1_000,
        cure_slots: 0,
        relax_slots: 750,
        reserved: 0,
        dust_cents: 1_000,
    }
}

fn risk(origination_fee_bps: u16) -> RiskParams {
    RiskParams {
        ltv_bps: 7_500,
        liquidation_threshold_bps: 8_000,
        borrow_factor_bps: 10_000,
        reserve_factor_bps: 1_000,
        origination_fee_bps,
        ..crate::world::risk()
    }
}

fn curve() -> Curve {
    curve_of(&[(0, 0), (8_000, 600), (10_000, 6_000)])
}

fn guard() -> PriceGuard {
    PriceGuard {
        max_age_new_risk_secs: 60,
        max_age_liquidation_secs: 300,
        max_confidence_bps: 100,
        confidence_multiplier_bps: 10_000,
        ..crate::world::guard()
    }
}

fn pool(n: u8, decimals: u8, origination_fee_bps: u16) -> Pool {
    pool_of(n, decimals, Settings { curve: curve(), risk: risk(origination_fee_bps), guard: guard(), ..settings() })
}

/// In thousandths of a dollar, the average equal to the spot price.
fn price(spot: i64, confidence: u64) -> RawPrice {
    let (ema, ema_confidence, publish_time, previous_publish_time) = (spot, confidence, NOW, NOW - 1);
    RawPrice { spot, confidence, ema, ema_confidence, exponent: -3, publish_time, previous_publish_time }
}

/// The market of the examples: a supplier of 10,000 USD, and a borrower with 100 SOL.
struct Story {
    sol: Pool,
    usd: Pool,
    sol_price: RawPrice,
    usd_price: RawPrice,
    borrower: Positions,
}

impl Story {
    fn begin() -> Self {
        let (mut sol, mut usd, mut borrower) = (pool(1, 9, 0), pool(2, 6, 10), positions());
        deposit(&mut usd, &mut positions(), &Entry::Free, Atoms(10_000 * USD), NOW).unwrap();
        deposit(&mut sol, &mut borrower, &Entry::Free, Atoms(100 * SOL), NOW).unwrap();
        Self { sol, usd, sol_price: price(100_000, 100), usd_price: price(1_000, 1), borrower }
    }

    /// After a loan of 7,000 USD.
    fn indebted() -> Self {
        let mut story = Self::begin();
        story.borrow(7_000 * USD).unwrap();
        story
    }

    /// The collateral alone, or the debt alone.
    fn totals(&self, pool: &Pool, price: &RawPrice, holding: Holding, usage: PriceUse) -> Totals {
        Totals::default().with(holding, &Quote::new(pool, price, usage, NOW).unwrap()).unwrap()
    }

    fn collateral(&self, usage: PriceUse) -> Totals {
        let holding = Holding::Collateral(self.borrower.collateral(&self.sol.id));
        self.totals(&self.sol, &self.sol_price, holding, usage)
    }

    fn debt(&self, usage: PriceUse) -> Totals {
        let holding = Holding::Debt(self.borrower.debt(&self.usd.id));
        self.totals(&self.usd, &self.usd_price, holding, usage)
    }

    fn borrow(&mut self, atoms: u64) -> Result<Loan, Refusal> {
        let others = self.collateral(PriceUse::NewRisk);
        let (mut pool, mut owner) = (self.usd, self.borrower);
        let reserve = Priced { pool: &mut pool, price: self.usd_price };
        let loan = borrow(reserve, &mut owner, &mut Call::default(), &others, Atoms(atoms), NOW)?;
        (self.usd, self.borrower) = (pool, owner);
        Ok(loan)
    }

    fn withdraw(&self, atoms: u64) -> Result<Withdrawal, Refusal> {
        let others = self.debt(PriceUse::NewRisk);
        let margin = Margin::Initial { price: self.sol_price, others };
        let (mut pool, mut owner) = (self.sol, self.borrower);
        withdraw(&mut pool, &mut owner, &mut Call::default(), Amount::Exact(Atoms(atoms)), &margin, NOW)
    }

    fn liquidate(&mut self) -> Seizure {
        let borrower = Borrower {
            positions: &mut self.borrower,
            others: Totals::default(),
            call: &mut Call { called_at: 1, deep_at: 1, deep_agreed_at: 1, seen_at: 1, ..Call::default() },
            target: Bps(terms().target_health_bps),
            slot: 1,
        };
        let bid = Bid { max_repay: Atoms(u64::MAX), min_seized: Atoms(0) };
        let sol = Priced { pool: &mut self.sol, price: self.sol_price };
        let usd = Priced { pool: &mut self.usd, price: self.usd_price };
        liquidate(sol, usd, borrower, None, &terms(), bid, NOW).unwrap()
    }
}

#[test]
fn config_init_example() {
    let mut example = Example::of("config_init");
    let sound = |max_deep_bonus_bps| LiquidationTerms { max_deep_bonus_bps, ..terms() }.validate();
    assert_eq!([sound(1_000), sound(999)], [Ok(()), Err(Refusal::InvalidLiquidationTerms)]);
    example.prints_all([1_000u64, 999].map(n));
    // A quarter of a basis point a slot, and 400 ms.
    let slots = u64::from(terms().max_bonus_bps) * 100 / u64::from(terms().slot_step_centibps);
    example.prints_all([n(slots), n(slots * 2 / 5 / 60)]);
    example.prints_nothing_else();
}

#[test]
fn change_propose_example() {
    let mut example = Example::of("change_propose");
    let sound = |liquidation_threshold_bps| RiskParams { liquidation_threshold_bps, ..risk(0) }.validate(&terms());
    assert_eq!([sound(9_090), sound(9_091)], [Ok(()), Err(Refusal::InvalidRiskParams)]);
    example.prints_all([9_090u64, 9_091, 9_090 * 11_000, 9_091 * 11_000, 1_000, 11_000, 100_000_000].map(n));

    example.prints_all([0u64, 8_000, 600, 10_000, 6_000].map(n));
    for (percent, yearly_bps) in [(40u64, 300u64), (90, 3_300)] {
        let rate = curve().rate_ceil(Utilization(percent * 10_000_000)).unwrap();
        assert_eq!(u64::from(Bps::from(rate).0), yearly_bps);
        example.prints(percent);
        example.prints(n(yearly_bps));
        example.prints(n(rate.0));
    }
    example.prints_nothing_else();
}

#[test]
fn obligation_open_example() {
    let mut example = Example::of("obligation_open");
    example.prints_all(7u16.to_le_bytes().map(|byte| format!("{byte:02x}")));
    example.prints(7);
    example.prints(n(u64::from(terms().target_health_bps)));
    example.prints(Positions::MAX);
    example.prints(positions().len);
    example.prints_nothing_else();
}

#[test]
fn obligation_close_example() {
    let mut example = Example::of("obligation_close");
    let (mut pool, mut owner) = (pool(1, 6, 0), positions());
    let Deposit { shares, .. } = deposit(&mut pool, &mut owner, &Entry::Free, Atoms(1), NOW).unwrap();
    assert!(!owner.is_empty());
    example.prints(shares.0);
    withdraw(&mut pool, &mut owner, &mut Call::default(), Amount::All, &Margin::NoDebt, NOW).unwrap();
    assert!(owner.is_empty());
    example.prints(owner.len);
    example.prints_nothing_else();
}

/// A pool whose supply share is worth 1.25 atoms.
fn grown(shares: u64) -> Pool {
    let mut pool = pool(1, 6, 0);
    pool.ledger.supply_index = Wide::new(5 << 62);
    pool.ledger.supply_shares = shares;
    pool.ledger.cash_atoms = 2 * shares;
    pool
}

#[test]
fn deposit_example() {
    let mut example = Example::of("deposit");
    let offered = 1_000_001;
    let Deposit { taken, shares } =
        deposit(&mut grown(0), &mut positions(), &Entry::Free, Atoms(offered), NOW).unwrap();
    example.prints_all([offered, shares.0, taken.0, offered - taken.0].map(n));
    example.prints("1.25");
    example.prints_nothing_else();
}

#[test]
fn withdraw_example() {
    let mut example = Example::of("withdraw");
    let mut owner = positions();
    owner.add_collateral(&id(1), SupplyShares(1_000_000)).unwrap();
    let wanted = Amount::Exact(Atoms(1_000_001));
    let paid = withdraw(&mut grown(1_000_000), &mut owner, &mut Call::default(), wanted, &Margin::NoDebt, NOW).unwrap();
    assert_eq!(paid.paid_out, Atoms(1_000_001));
    example.prints_all([paid.paid_out.0, paid.shares.0].map(n));
    example.prints("1.25");

    let story = Story::indebted();
    let debt = story.debt(PriceUse::NewRisk).initial.debt;
    let allowed = story.withdraw(6_380_000_000).unwrap();
    assert_eq!(story.withdraw(6_390_000_000).err(), Some(Refusal::HealthTooLow));
    example.prints_all(["100", "6.38", "6.39", "99.90", "0.75"]);
    let rest = |atoms: u64| {
        let shares = SupplyShares(100 * SOL - atoms);
        let totals = story.totals(&story.sol, &story.sol_price, Holding::Collateral(shares), PriceUse::NewRisk);
        dollars(totals.initial.limit)
    };
    example.prints_all([rest(6_380_000_000), rest(6_390_000_000), dollars(debt)]);
    example.prints_all([allowed.health.before, allowed.health.after].map(|health| n(health.factor_bps_floor())));
    example.prints_nothing_else();
}

#[test]
fn borrow_example() {
    let mut example = Example::of("borrow");
    let mut story = Story::begin();
    let limit = story.collateral(PriceUse::NewRisk).initial.limit;
    let loan = story.borrow(7_000 * USD).unwrap();
    let debt = story.debt(PriceUse::NewRisk).initial.debt;
    assert_eq!(loan.shares, DebtShares(u128::from(7_007 * USD) << 32));
    // 100 SOL at 100.00 USD, USD at 1.000.
    example.prints_all(["100", "100.00", "0.10", "1.000", "0.001"]);
    let end = |price: &RawPrice| guard().admit(price, PriceUse::NewRisk, NOW).unwrap();
    example.prints(format!("{:.2}", end(&story.sol_price).low as f64 / 1_000.0));
    example.prints(format!("{:.3}", end(&story.usd_price).high as f64 / 1_000.0));
    example.prints_all([guard().confidence_multiplier_bps, risk(10).ltv_bps].map(|bps| ratio(bps.into())));
    example.prints(story.usd.settings.risk.origination_fee_bps);
    example.prints_all([loan.paid_out.0 / USD, loan.fee.0 / USD, 7_007].map(n));
    example.prints(n(loan.shares.0));
    example.prints_all([dollars(limit), dollars(debt)]);
    example.prints(n(loan.health.after.factor_bps_floor()));
    assert!(Story::begin().borrow(7_477 * USD).is_ok());
    assert_eq!(Story::begin().borrow(7_478 * USD).err(), Some(Refusal::HealthTooLow));
    example.prints_all([7_477u64, 7_478].map(n));
    example.prints_nothing_else();
}

#[test]
fn refresh_example() {
    let mut example = Example::of("refresh");
    let mut usd = Story::indebted().usd;
    let before = usd.ledger;
    let used = Utilization::of_ceil(before.debt_floor().unwrap(), before.cash_atoms).unwrap();
    example.prints_all(["10,000", "3,000", "7,007"]);
    example.prints(n(u64::from(Bps::from(used).0)));
    example.prints(n(before.borrow_rate));
    example.prints(n(before.pass_through));
    example.prints(format!("0.{:05}", (u128::from(before.pass_through) * 100_000 + (1 << 63)) >> 64));
    refresh(&mut usd, None, NOW + MONTH).unwrap();
    example.prints("30");
    example.prints(n(u64::try_from(MONTH).unwrap()));
    let after = usd.ledger;
    let interest = after.debt_floor().unwrap() - before.debt_floor().unwrap();
    let earned = after.claims_ceil().unwrap() - before.claims_ceil().unwrap();
    let kept = after.equity_floor().unwrap() - before.equity_floor().unwrap();
    example.prints_all([interest, earned, kept].map(n));
    example.prints_nothing_else();
}

#[test]
fn repay_example() {
    let mut example = Example::of("repay");
    let Story { mut usd, mut borrower, .. } = Story::indebted();
    let part = repay(&mut usd, &mut borrower, Amount::Exact(Atoms(1_000 * USD)), NOW + MONTH).unwrap();
    let held = borrower.debt(&usd.id);
    let rest = repay(&mut usd, &mut borrower, Amount::All, NOW + MONTH).unwrap();
    assert!(!borrower.has(Side::Debt) && rest.shares == held);
    example.prints("30");
    example.prints("7,007");
    example.prints_all([part.taken.0, rest.taken.0, part.taken.0 + rest.taken.0].map(n));
    example.prints_all([part.shares.0, rest.shares.0].map(n));
    example.prints_nothing_else();
}

/// The obligation of the borrow example at a lower price.
fn crashed(sol_dollars: i64) -> Story {
    Story { sol_price: price(sol_dollars * 1_000, 0), ..Story::indebted() }
}

#[test]
fn liquidate_example() {
    let mut example = Example::of("liquidate");
    let mut story = crashed(84);
    let (limit, debt) = (story.collateral(PriceUse::Liquidation), story.debt(PriceUse::Liquidation));
    let health = Health { limit: limit.maintenance.limit, debt: debt.maintenance.debt };
    example.prints_all(["84.00", "100"]);
    example.prints_all([dollars(health.limit), dollars(health.debt)]);
    let seizure = story.liquidate();
    assert_eq!(seizure.health.before, health);
    example.prints_all([seizure.bonus_bps, seizure.repaid.0, seizure.seized.0].map(n));
    example.prints_all([seizure.health.before, seizure.health.after].map(|health| n(health.factor_bps_floor())));
    let LiquidationTerms { base_bonus_bps, health_slope_bps, target_health_bps, .. } = terms();
    example.prints_all([base_bonus_bps, health_slope_bps].map(|bps| n(u64::from(bps))));
    let threshold_bps = story.sol.settings.risk.liquidation_threshold_bps;
    example.prints_all([threshold_bps.into(), target_health_bps.into(), 10_000 + seizure.bonus_bps].map(ratio));
    example.prints_nothing_else();
}

#[test]
fn bad_debt_example() {
    let mut example = Example::of("Bad debt");
    let mut story = crashed(60);
    let seizure = story.liquidate();
    assert!(story.borrower.is_empty() && seizure.seized == Atoms(100 * SOL));
    example.prints("60.00");
    example.prints("100");
    example.prints("7,007");
    example.prints(n(seizure.bonus_bps));
    example.prints(n(seizure.repaid.0));
    let loss = seizure.write_off;
    example.prints(n(loss.insurance.0 + loss.fees.0 + loss.suppliers.0));
    example.prints_all([loss.insurance, loss.fees, loss.suppliers].map(|x| n(x.0)));
    let index = story.usd.ledger.supply_index.get();
    example.prints(format!("0.{:06}", (index * 1_000_000) >> 64));
    assert!(index >> 64 == 0);
    example.prints_nothing_else();
}

#[test]
fn dynamic_margin_example() {
    let mut example = Example::of("Dynamic margin");
    let model = MarginModel { z_bps: 20_000, cost_bps: 100, horizon_secs: 3_600, ..MarginModel::OFF };
    let variance = (0.8 * 0.8 / 31_536_000.0 * 2f64.powi(64)) as u64;
    let mut volatility = Volatility { fast: variance, ..Volatility::default() };
    volatility.apply(&model);
    let calm = volatility.haircut_bps;
    volatility.apply(&MarginModel { stress_bps: 40_000, ..model });
    let mut sol = pool(1, 9, 0);
    (sol.settings.risk.ltv_bps, sol.volatility) = (7_900, Volatility { haircut_bps: calm, ..volatility });
    let before = weights_of(&sol, NOW).loan_to_value;
    sol.volatility = volatility;
    let after = weights_of(&sol, NOW).loan_to_value;
    example.prints_all(["0.8", "2", "1.6", "4"]);
    example.prints_all([u64::from(model.horizon_secs), model.cost_bps.into(), calm - 100, calm].map(n));
    example.prints_all([8_000, 7_900, before.get(), volatility.haircut_bps, after.get()].map(n));
    example.prints_nothing_else();
}

#[test]
fn lines_example() {
    let mut example = Example::of("Lines");
    let deviation = 0.3f64;
    let slow = (deviation.powi(2) / 31_536_000.0 * 2f64.powi(64)) as u64;
    let discount_bps = Volatility { slow, ..Volatility::default() }.aging_ceil(172_800, 300);
    let weights = Weights {
        loan_to_value: Bps(7_500),
        liquidation_threshold: Bps(8_000),
        borrow_factor: Bps(10_000),
        initial_factor: Bps(10_000),
    };
    let Weights { liquidation_threshold, borrow_factor, .. } = weights.discounted(discount_bps);
    example.prints_all([deviation.to_string(), n(300u64), n(172_800u64), n(discount_bps)]);
    example.prints_all([8_000, 10_000, liquidation_threshold.0, borrow_factor.0].map(n));
    example.prints_nothing_else();
}

#[test]
fn limits_example() {
    let mut example = Example::of("Limits");
    let mut sol = pool(1, 9, 0);
    sol.settings.limits.collateral_cap_usd = 1_000;
    sol.ledger.supply_shares = 400;
    let quote = Quote::new(&sol, &price(100_000, 100), PriceUse::NewRisk, NOW).unwrap();
    let usd = |dollars: u128| Usd(dollars << Usd::FRACTION_BITS);
    let counted = |shares| quote.capped_floor(usd(10 * u128::from(shares)), SupplyShares(shares)).unwrap();
    assert_eq!([counted(300), counted(100)], [usd(750), usd(250)]);
    example.prints_all([1_000u64, 300, 100, 10, 750, 250, 3_000].map(n));

    let limits = Limits { outflow_bps: 1_000, outflow_window_secs: 3_600, outflow_floor_atoms: 0, ..settings().limits };
    let mut outflow = Outflow::default();
    assert_eq!(outflow.leave(Atoms(1_000), 10_000, &limits, NOW), Ok(()));
    let later = |atoms| Outflow::leave(&mut { outflow }, Atoms(atoms), 10_000, &limits, NOW + 900);
    assert_eq!([later(250), later(251)], [Ok(()), Err(Refusal::OutflowLimited)]);
    example.prints_all([10_000u64, 3_600, 900, 251].map(n));
    example.prints_nothing_else();
}

#[test]
fn change_execute_example() {
    let mut example = Example::of("change_execute");
    let mut sol = pool(1, 9, 0);
    let mut to = sol.settings;
    (to.risk.ltv_bps, to.risk.liquidation_threshold_bps) = (6_000, 7_000);
    change_execute(&mut sol, &to, 864_000, &terms(), NOW).unwrap();
    let weights = |secs| weights_of(&sol, NOW + secs);
    assert_eq!((weights(0).loan_to_value, weights(863).liquidation_threshold), (Bps(6_000), Bps(8_000)));
    example.prints_all([7_500, 6_000, 7_000].map(|bps: u64| n(bps)));
    example.prints_all([0, 864, 216_000].map(|secs| n(weights(secs).liquidation_threshold.get())));
    example.prints_all(["10", "864", "2.5"]);
    example.prints_nothing_else();
}

#[test]
fn fees_collect_example() {
    let mut example = Example::of("fees_collect");
    let mut usd = Story::indebted().usd;
    (usd.settings.risk.insurance_share_bps, usd.settings.risk.insurance_target_bps) = (2_000, 100);
    refresh(&mut usd, None, NOW + MONTH).unwrap();
    let equity = usd.ledger.equity_floor().unwrap();
    let room = usd.ledger.uninsured_floor(Bps(100)).unwrap();
    let fees = fees_collect(&mut usd, NOW + MONTH).unwrap();
    example.prints_all(["30".to_owned(), n(2_000u64), "100".to_owned(), n(equity), n(room.0)]);
    example.prints_all([fees.insured, fees.paid_out].map(|x| n(x.0)));
    example.prints_nothing_else();
}

#[test]
fn flash_borrow_example() {
    let mut example = Example::of("flash_borrow");
    let mut usd = Story::begin().usd;
    usd.settings.risk.flash_fee_bps = 9;
    let loan = flash_borrow(&mut usd, Atoms(1_000_001), NOW).unwrap();
    let due = flash_repay::size(&usd).unwrap();
    example.prints_all([9, loan.paid_out.0, loan.fee.0, due.amount.0 + due.fee.0].map(n));
    example.prints_nothing_else();
}
