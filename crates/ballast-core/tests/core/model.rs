//! The exact model: what the documents say, in rational numbers. It reads no code under test, only the states handed to
//! it.

use crate::world::NOW;
use ballast_core::curve::{Curve, SECONDS_PER_YEAR};
use ballast_core::ledger::Ledger;
use ballast_core::pool::Pool;
use ballast_core::positions::Holding;
use ballast_core::price::RawPrice;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

pub type Exact = BigRational;

pub fn int(x: impl Into<BigInt>) -> Exact {
    Exact::from_integer(x.into())
}

pub fn ratio(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Exact {
    Exact::new(numerator.into(), denominator.into())
}

pub fn pow2(exponent: i32) -> Exact {
    int(2).pow(exponent)
}

pub fn pow10(exponent: i32) -> Exact {
    int(10).pow(exponent)
}

pub fn bps(x: impl Into<BigInt>) -> Exact {
    ratio(x, 10_000)
}

pub fn floor(x: &Exact) -> BigInt {
    x.floor().to_integer()
}

pub fn ceil(x: &Exact) -> BigInt {
    x.ceil().to_integer()
}

/// `x` rounded down to a multiple of 2^-192, so that long sums stay short.
pub fn trimmed(x: &Exact) -> Exact {
    let scaled = (x.numer() << 192u32) / x.denom();
    Exact::new(scaled, BigInt::one() << 192u32)
}

/// e^x for x >= 0, to a relative 2^-200.
pub fn exp(x: &Exact) -> Exact {
    const BITS: u32 = 320;
    let one = BigInt::one() << BITS;
    let halvings = u32::try_from(floor(x).bits()).unwrap_or(0) + 8;
    let small = ((x.numer() << BITS) / x.denom()) >> halvings;
    let (mut sum, mut term, mut n) = (one.clone(), one.clone(), 1u32);
    while !term.is_zero() {
        term = ((term * &small) >> BITS) / n;
        sum += &term;
        n += 1;
    }
    for _ in 0..halvings {
        sum = (&sum * &sum) >> BITS;
    }
    Exact::new(sum, one)
}

/// Supply shares in atoms: an index is Q64 atoms per share.
pub fn supply_atoms(shares: u64, index: u128) -> Exact {
    int(shares) * int(index) * pow2(-64)
}

/// Debt shares in atoms: 2^32 of them are worth the index.
pub fn debt_atoms(shares: u128, index: u128) -> Exact {
    int(shares) * int(index) * pow2(-96)
}

/// The books of a reserve, in atoms.
#[derive(Clone, Debug)]
pub struct Books {
    pub cash: Exact,
    pub insurance: Exact,
    pub debt: Exact,
    pub claims: Exact,
}

impl Books {
    pub fn of(ledger: &Ledger) -> Self {
        Self {
            cash: int(ledger.cash_atoms),
            insurance: int(ledger.insurance_atoms),
            debt: debt_atoms(ledger.debt_shares.get(), ledger.debt_index.get()),
            claims: supply_atoms(ledger.supply_shares, ledger.supply_index.get()),
        }
    }

    /// What belongs to the protocol. INV-1 says that it is not negative.
    pub fn equity(&self) -> Exact {
        &self.cash + &self.debt - &self.claims - &self.insurance
    }

    pub fn are_solvent(&self) -> bool {
        !self.equity().is_negative()
    }
}

/// The nominal yearly rate of a curve at a utilization between 0 and 1: straight lines between its corners.
pub fn yearly_rate(curve: &Curve, utilization: &Exact) -> Exact {
    let corners = &curve.points[..curve.len as usize];
    let at = |corner: usize| (bps(corners[corner].utilization_bps), bps(corners[corner].rate_bps));
    let right = (1..corners.len() - 1).find(|&corner| *utilization <= at(corner).0).unwrap_or(corners.len() - 1);
    let ((x0, y0), (x1, y1)) = (at(right - 1), at(right));
    &y0 + (y1 - &y0) * (utilization - &x0) / (x1 - x0)
}

pub fn per_second(yearly: &Exact) -> Exact {
    yearly / int(SECONDS_PER_YEAR)
}

/// USD per atom at the spot price.
pub fn spot(pool: &Pool, price: &RawPrice) -> Exact {
    at_price(pool, price, int(price.spot))
}

/// USD per atom that a collateral counts for under initial margin.
pub fn low(pool: &Pool, price: &RawPrice) -> Exact {
    let k = bps(pool.settings.guard.confidence_multiplier_bps);
    let spot = int(price.spot) - &k * int(price.confidence);
    let ema = int(price.ema) - &k * int(price.ema_confidence);
    at_price(pool, price, spot.min(ema).max(Exact::zero()))
}

/// USD per atom that a debt counts for under initial margin.
pub fn high(pool: &Pool, price: &RawPrice) -> Exact {
    let k = bps(pool.settings.guard.confidence_multiplier_bps);
    let spot = int(price.spot) + &k * int(price.confidence);
    let ema = int(price.ema) + &k * int(price.ema_confidence);
    at_price(pool, price, spot.max(ema))
}

fn at_price(pool: &Pool, price: &RawPrice, mantissa: Exact) -> Exact {
    mantissa * pow10(price.exponent - pool.decimals as i32)
}

/// USD per atom at the average price, which is the second opinion on a liquidation.
pub fn average(pool: &Pool, price: &RawPrice) -> Exact {
    at_price(pool, price, int(price.ema))
}

/// What a reserve weighs at a moment, as parts of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighing {
    pub loan_to_value: Exact,
    pub threshold: Exact,
    pub borrow_factor: Exact,
    /// The borrow factor for new risk, which no ramp lowers.
    pub initial_factor: Exact,
}

/// The parameters; on the way to them, the straight line from where the ramp began, to the basis point on the
/// borrower's side; and a loan-to-value that keeps the volatility's margin from the threshold.
pub fn weights(pool: &Pool, now: i64) -> Weighing {
    let (risk, ramp) = (&pool.settings.risk, &pool.ramp);
    let (left, whole) = ((ramp.ends_at - now.max(ramp.starts_at)).max(0), (ramp.ends_at - ramp.starts_at).max(1));
    let (threshold, factor) = (i64::from(risk.liquidation_threshold_bps), i64::from(risk.borrow_factor_bps));
    // Rounded up: what is still missing on the way, in basis points.
    let missing = |span: i64| if left == 0 { 0 } else { -(-span * left).div_euclid(whole) };
    let threshold = threshold + missing(i64::from(ramp.from_threshold_bps) - threshold);
    let initial_factor = bps(factor);
    let factor = factor - missing(factor - i64::from(ramp.from_borrow_factor_bps));
    let room = threshold - i64::try_from(pool.volatility.haircut_bps).expect("at most 10,000");
    let loan_to_value = i64::from(risk.ltv_bps).min(room.max(0));
    let (loan_to_value, threshold, borrow_factor) = (bps(loan_to_value), bps(threshold), bps(factor));
    Weighing { loan_to_value, threshold, borrow_factor, initial_factor }
}

/// What collateral counts for at most in a borrow limit: its part of the cap on the whole supply, which grows in a
/// straight line from nothing while the reserve is on probation. No cap is one that no position reaches.
pub fn cap(pool: &Pool, shares: u64, now: i64) -> Exact {
    let limits = &pool.settings.limits;
    let opened = int(now - pool.opened_at).max(Exact::zero());
    let whole = int(limits.collateral_cap_usd);
    let grown = match limits.probation_secs {
        _ if limits.collateral_cap_usd >= 1 << 52 => return pow2(60),
        secs if opened < int(secs) => whole * opened / int(secs),
        _ => whole,
    };
    grown * ratio(shares, pool.ledger.supply_shares.max(1))
}

/// One position: the reserve with its interest up to date, its price, and the shares.
pub type Line = (Pool, RawPrice, Holding);

/// The margins of an obligation in USD.
#[derive(Clone, Debug)]
pub struct Margins {
    pub initial_limit: Exact,
    pub initial_debt: Exact,
    /// A
    pub limit: Exact,
    /// B
    pub debt: Exact,
    /// C
    pub collateral: Exact,
    /// D
    pub owed: Exact,
    /// A and B at average prices.
    pub average_limit: Exact,
    pub average_debt: Exact,
}

impl Margins {
    pub fn of(lines: &[Line]) -> Self {
        Self::at(lines, NOW)
    }

    pub fn at(lines: &[Line], now: i64) -> Self {
        let zero = Exact::zero;
        let mut sum = Self {
            initial_limit: zero(),
            initial_debt: zero(),
            limit: zero(),
            debt: zero(),
            collateral: zero(),
            owed: zero(),
            average_limit: zero(),
            average_debt: zero(),
        };
        lines.iter().for_each(|line| sum.add(line, now));
        sum
    }

    fn add(&mut self, (pool, price, holding): &Line, now: i64) {
        let Weighing { loan_to_value, threshold, borrow_factor, initial_factor } = weights(pool, now);
        match holding {
            Holding::Collateral(shares) => {
                let atoms = supply_atoms(shares.0, pool.ledger.supply_index.get());
                let (value, counted) = (&atoms * spot(pool, price), &atoms * low(pool, price));
                self.initial_limit += counted.min(cap(pool, shares.0, now)) * loan_to_value;
                self.average_limit += atoms * average(pool, price) * &threshold;
                self.limit += &value * threshold;
                self.collateral += value;
            }
            Holding::Debt(shares) => {
                let atoms = debt_atoms(shares.0, pool.ledger.debt_index.get());
                let value = &atoms * spot(pool, price);
                self.initial_debt += &atoms * high(pool, price) * initial_factor;
                self.average_debt += atoms * average(pool, price) * &borrow_factor;
                self.debt += &value * borrow_factor;
                self.owed += value;
            }
        }
    }

    pub fn is_healthy(&self) -> bool {
        self.limit >= self.debt
    }

    pub fn is_solvent(&self) -> bool {
        self.collateral >= self.owed
    }

    pub fn may_take_risk(&self) -> bool {
        self.initial_limit >= self.initial_debt
    }
}

/// Who has what in one reserve, to the last fraction of an atom: no shares, no indices, continuous interest.
#[derive(Clone, Debug)]
pub struct Reserve {
    pub cash: Exact,
    pub debts: Vec<Exact>,
    pub claims: Vec<Exact>,
    pub at: i64,
}

impl Reserve {
    pub fn new(users: usize, now: i64) -> Self {
        Self { cash: Exact::zero(), debts: vec![Exact::zero(); users], claims: vec![Exact::zero(); users], at: now }
    }

    pub fn debt(&self) -> Exact {
        self.debts.iter().sum()
    }

    pub fn supply(&self) -> Exact {
        self.claims.iter().sum()
    }

    /// Interest at the rate of today's utilization until `now`: debts grow by e^(rate * time), and suppliers get it
    /// less the reserve factor, never at a better rate than borrowers pay.
    pub fn accrue(&mut self, curve: &Curve, reserve_factor_bps: u16, now: i64) {
        let (debt, supply) = (self.debt(), self.supply());
        let elapsed = now - self.at;
        self.at = self.at.max(now);
        if elapsed <= 0 || debt.is_zero() {
            return;
        }
        let utilization = trimmed(&(&debt / (&debt + &self.cash)));
        let exponent = trimmed(&(per_second(&yearly_rate(curve, &utilization)) * int(elapsed)));
        let growth = exp(&exponent) - Exact::one();
        self.debts.iter_mut().for_each(|owed| *owed = trimmed(&(&*owed * (&growth + Exact::one()))));
        if !supply.is_zero() {
            let interest = debt * &growth * (Exact::one() - bps(reserve_factor_bps));
            let gain = (interest / &supply).min(growth) + Exact::one();
            self.claims.iter_mut().for_each(|claim| *claim = trimmed(&(&*claim * &gain)));
        }
    }
}
