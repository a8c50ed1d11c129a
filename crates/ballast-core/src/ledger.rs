//! The books of one reserve: cash, supply, debt, and the two indices that turn shares into atoms.
//!
//! Only accrual and write-offs move an index, so a donation to the vault changes nothing (INV-3). The protocol owns the
//! rest of the assets after the suppliers' claims and the insurance bucket. Fees and rounding dust are in this rest
//! ([`Ledger::equity_floor`]) and need no books of their own.

use crate::curve::{Curve, RatePerSecond, Utilization};
use crate::math::{
    Q64, div_ceil, div_floor, mul_bounded, mul_exact, mul_q64_floor, mul_shr_ceil, mul_shr_floor, narrow,
    narrow_saturating, words,
};
use crate::units::{Atoms, BPS_ONE, Bps, DebtShares, Index, SupplyShares, Wide};
use crate::{Refusal, Result};
use bytemuck::{Pod, Zeroable};

/// 2^32 debt shares are worth one debt index of atoms.
pub const DEBT_SHARE_BITS: u32 = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "idl-build", derive(anchor_lang::IdlType))]
#[repr(C)]
pub struct Ledger {
    /// Atoms in the vault that the books know of.
    pub cash_atoms: u64,
    /// Atoms set aside against bad debt; part of cash and debt like everything else.
    pub insurance_atoms: u64,
    pub supply_shares: u64,
    /// Q64 atoms per supply share.
    pub supply_index: Wide,
    pub debt_shares: Wide,
    /// Q64 atoms per 2^32 debt shares.
    pub debt_index: Wide,
    /// The borrow rate per second in Q64, set by the last change and in force until the next.
    pub borrow_rate: u64,
    /// The part of the debt's growth that reaches the supply index, in Q64: `(1 - reserve factor) * debt / claims` at
    /// the last change. Kept, because reading a reserve then needs no division.
    pub pass_through: u64,
    /// Unix seconds up to which interest is in the indices.
    pub accrued_at: i64,
}

/// What a share is worth at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indices {
    pub supply: Index,
    pub debt: Index,
}

/// The sums of the books after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// All debt in atoms, rounded down.
    pub debt_floor: u128,
    /// All suppliers' claims in atoms, rounded up.
    pub claims_ceil: u128,
    pub utilization: Utilization,
}

/// Where a loss went, in the order in which it was borne. docs/MODEL.md, "Bad debt".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOff {
    pub shares: DebtShares,
    pub insurance: Atoms,
    pub fees: Atoms,
    pub suppliers: Atoms,
}

impl WriteOff {
    /// The whole loss in atoms.
    pub fn loss(&self) -> u128 {
        [self.insurance, self.fees, self.suppliers].iter().map(|part| u128::from(part.0)).sum()
    }
}

impl Ledger {
    /// Both indices stop here: 2^32 times the start, 22 years at 100 % a year. Interest then stops, and repaying and
    /// withdrawing go on.
    pub const MAX_INDEX: Index = Index(Q64 << 32);

    /// An empty reserve at `now`.
    pub fn new(now: i64) -> Self {
        Self { supply_index: Wide::new(Q64), debt_index: Wide::new(Q64), accrued_at: now, ..Zeroable::zeroed() }
    }

    /// The indices at `now`, by value: an instruction that only reads a reserve takes it read-only. A clock that has
    /// stepped back accrues nothing.
    #[inline(never)]
    pub fn indices_at(&self, now: i64) -> Indices {
        let stored = Indices { supply: Index(self.supply_index.get()), debt: Index(self.debt_index.get()) };
        let Ok(elapsed_secs) = u64::try_from(now.saturating_sub(self.accrued_at)) else { return stored };
        match words(mul_exact(self.borrow_rate, elapsed_secs)) {
            [0, 0] => stored,
            [exponent, 0] if exponent >> SMALL_EXPONENT_BITS == 0 => {
                let growth = small_growth_floor(exponent);
                let [_, passed] = words(mul_exact(growth, self.pass_through));
                stored.grown(u128::from(growth), u128::from(passed))
            }
            [low, high] => {
                let growth = growth_floor((u128::from(high) << 64) | u128::from(low));
                stored.grown(growth, mul_q64_floor(growth, self.pass_through))
            }
        }
    }

    /// Accrues interest in the indices up to `now`.
    pub fn accrue(&mut self, now: i64) {
        let Indices { supply, debt } = self.indices_at(now);
        self.supply_index = Wide::new(supply.0);
        self.debt_index = Wide::new(debt.0);
        self.accrued_at = self.accrued_at.max(now);
    }

    /// Ends every change: sets the rate and the pass-through that hold until the next one, and checks the books.
    pub fn settle(&mut self, curve: &Curve, reserve_factor: Bps) -> Result<Books> {
        let debt_floor = self.debt_floor()?;
        let claims_ceil = self.claims_ceil()?;
        let utilization = Utilization::of_ceil(debt_floor, self.cash_atoms)?;
        self.borrow_rate = curve.rate_ceil(utilization)?.0;
        self.pass_through = pass_through_floor(debt_floor, claims_ceil, reserve_factor)?;
        self.check(debt_floor, claims_ceil)?;
        Ok(Books { debt_floor, claims_ceil, utilization })
    }

    /// INV-1: the assets cover the suppliers' claims and the insurance bucket. INV-2: no index is beyond its cap.
    pub fn invariant(&self) -> Result<()> {
        self.check(self.debt_floor()?, self.claims_ceil()?)
    }

    /// The debt comes rounded down and the claims rounded up, so an atom of each may be missing by rounding alone.
    fn check(&self, debt_floor: u128, claims_ceil: u128) -> Result<()> {
        let assets = u128::from(self.cash_atoms).saturating_add(debt_floor).saturating_add(2);
        let owed = claims_ceil.saturating_add(u128::from(self.insurance_atoms));
        let capped = self.supply_index.get() <= Self::MAX_INDEX.0 && self.debt_index.get() <= Self::MAX_INDEX.0;
        if assets >= owed && capped { Ok(()) } else { Err(Refusal::InvariantBroken) }
    }
}

/// Conversions between shares and atoms. They do not accrue: call [`Ledger::accrue`] first.
impl Ledger {
    fn supply_index(&self) -> Result<u128> {
        match self.supply_index.get() {
            0 => Err(Refusal::SupplyWipedOut),
            index => Ok(index),
        }
    }

    /// The supply shares that `atoms` buy, rounded down.
    #[inline(always)]
    pub fn supply_shares_floor(&self, atoms: Atoms) -> Result<SupplyShares> {
        narrow(div_floor(u128::from(atoms.0) << 64, self.supply_index()?)?).map(SupplyShares)
    }

    /// The supply shares that it takes to redeem `atoms`, rounded up.
    pub fn supply_shares_ceil(&self, atoms: Atoms) -> Result<SupplyShares> {
        narrow(div_ceil(u128::from(atoms.0) << 64, self.supply_index()?)?).map(SupplyShares)
    }

    /// What supply shares are worth, rounded down.
    pub fn supply_atoms_floor(&self, shares: SupplyShares) -> Result<Atoms> {
        narrow(mul_shr_floor(u128::from(shares.0), self.supply_index.get(), 64)?).map(Atoms)
    }

    /// What supply shares cost, rounded up.
    pub fn supply_atoms_ceil(&self, shares: SupplyShares) -> Result<Atoms> {
        narrow(mul_shr_ceil(u128::from(shares.0), self.supply_index.get(), 64)?).map(Atoms)
    }

    /// The debt shares that a debt of `atoms` is recorded as, rounded up.
    pub fn debt_shares_ceil(&self, atoms: Atoms) -> Result<DebtShares> {
        let (shares, exact) = self.debt_shares(atoms)?;
        Ok(DebtShares(if exact { shares } else { shares + 1 }))
    }

    /// The debt shares that `atoms` pay off, rounded down.
    pub fn debt_shares_floor(&self, atoms: Atoms) -> Result<DebtShares> {
        self.debt_shares(atoms).map(|(shares, _)| DebtShares(shares))
    }

    /// `atoms * 2^96 / index`, long division in two digits because the dividend has 160 bits: the index is at most
    /// 2^96, so the remainder of the first step can be shifted by 32. Also returns whether the division was exact.
    fn debt_shares(&self, atoms: Atoms) -> Result<(u128, bool)> {
        let index = self.debt_index.get();
        let whole = u128::from(atoms.0) << 64;
        let high = div_floor(whole, index)?;
        let rest = whole.wrapping_sub(high.wrapping_mul(index)) << DEBT_SHARE_BITS;
        let low = div_floor(rest, index)?;
        Ok(((high << DEBT_SHARE_BITS) + low, low.wrapping_mul(index) == rest))
    }

    /// Returns the debt of debt shares, rounded up.
    pub fn debt_atoms_ceil(&self, shares: DebtShares) -> Result<Atoms> {
        narrow(mul_shr_ceil(shares.0, self.debt_index.get(), 64 + DEBT_SHARE_BITS)?).map(Atoms)
    }

    /// All suppliers' claims in atoms, rounded up.
    pub fn claims_ceil(&self) -> Result<u128> {
        mul_shr_ceil(u128::from(self.supply_shares), self.supply_index.get(), 64)
    }

    /// All debt in atoms, rounded down. May exceed `u64`: interest is not minted.
    pub fn debt_floor(&self) -> Result<u128> {
        mul_shr_floor(self.debt_shares.get(), self.debt_index.get(), 64 + DEBT_SHARE_BITS)
    }

    /// What belongs to the protocol, rounded down: assets less claims and insurance. It comes from origination fees,
    /// the reserve factor's part of the interest, and rounding.
    pub fn equity_floor(&self) -> Result<u128> {
        let assets = u128::from(self.cash_atoms) + self.debt_floor()?;
        Ok(assets.saturating_sub(self.claims_ceil()? + u128::from(self.insurance_atoms)))
    }
}

/// Movements of tokens, and the write-off. Call each between [`Ledger::accrue`] and [`Ledger::settle`].
impl Ledger {
    #[inline(always)]
    pub fn supply(&mut self, atoms: Atoms, shares: SupplyShares) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_add(atoms.0).ok_or(Refusal::MathOverflow)?;
        self.supply_shares = self.supply_shares.checked_add(shares.0).ok_or(Refusal::MathOverflow)?;
        Ok(())
    }

    pub fn redeem(&mut self, atoms: Atoms, shares: SupplyShares) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_sub(atoms.0).ok_or(Refusal::InsufficientCash)?;
        self.supply_shares = self.supply_shares.checked_sub(shares.0).ok_or(Refusal::InsufficientCollateral)?;
        Ok(())
    }

    pub fn lend(&mut self, atoms: Atoms, shares: DebtShares) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_sub(atoms.0).ok_or(Refusal::InsufficientCash)?;
        let debt = self.debt_shares.get().checked_add(shares.0).ok_or(Refusal::MathOverflow)?;
        self.debt_shares = Wide::new(debt);
        Ok(())
    }

    pub fn collect(&mut self, atoms: Atoms, shares: DebtShares) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_add(atoms.0).ok_or(Refusal::MathOverflow)?;
        let debt = self.debt_shares.get().checked_sub(shares.0).ok_or(Refusal::InsufficientDebt)?;
        self.debt_shares = Wide::new(debt);
        Ok(())
    }

    /// Adds tokens that buy no shares to the protocol's equity.
    pub fn earn(&mut self, atoms: Atoms) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_add(atoms.0).ok_or(Refusal::MathOverflow)?;
        Ok(())
    }

    /// Sets equity aside against bad debt.
    pub fn insure(&mut self, atoms: Atoms) -> Result<()> {
        self.insurance_atoms = self.insurance_atoms.checked_add(atoms.0).ok_or(Refusal::MathOverflow)?;
        Ok(())
    }

    /// Pays equity out.
    pub fn pay_fees(&mut self, atoms: Atoms) -> Result<()> {
        self.cash_atoms = self.cash_atoms.checked_sub(atoms.0).ok_or(Refusal::InsufficientCash)?;
        Ok(())
    }

    /// How much the insurance bucket still takes: up to `target` of the claims, rounded down.
    pub fn uninsured_floor(&self, target: Bps) -> Result<Atoms> {
        let target = target.part_floor(self.claims_ceil()?)?;
        Ok(Atoms(narrow_saturating(target).saturating_sub(self.insurance_atoms)))
    }

    /// Writes off debt that nobody will repay. The insurance bucket bears it first, then the protocol's equity, then
    /// the suppliers through their index.
    pub fn write_off(&mut self, shares: DebtShares) -> Result<WriteOff> {
        let fees_before = self.equity_floor()?;
        let loss = self.debt_atoms_ceil(shares)?;
        let debt = self.debt_shares.get().checked_sub(shares.0).ok_or(Refusal::InsufficientDebt)?;
        self.debt_shares = Wide::new(debt);

        let insurance = loss.0.min(self.insurance_atoms);
        self.insurance_atoms -= insurance;
        let uninsured = loss.0 - insurance;
        let fees = uninsured.min(narrow_saturating(fees_before));

        let assets = u128::from(self.cash_atoms) + self.debt_floor()?;
        let left_for_suppliers = assets.saturating_sub(u128::from(self.insurance_atoms));
        if self.claims_ceil()? > left_for_suppliers {
            self.supply_index = Wide::new(index_floor(left_for_suppliers, self.supply_shares)?);
        }
        Ok(WriteOff { shares, insurance: Atoms(insurance), fees: Atoms(fees), suppliers: Atoms(uninsured - fees) })
    }
}

/// The largest index at which `assets` cover `shares`: `floor(assets * 2^64 / shares)`, the whole part first.
fn index_floor(assets: u128, shares: u64) -> Result<u128> {
    let shares = u128::from(shares);
    let whole = div_floor(assets, shares)?;
    let rest = assets.wrapping_sub(whole.wrapping_mul(shares));
    Ok((whole << 64) + div_floor(rest << 64, shares)?)
}

/// `(1 - reserve factor) * debt / claims` in Q64, rounded down and below one: suppliers never earn more per atom than
/// borrowers pay.
fn pass_through_floor(debt: u128, claims: u128, reserve_factor: Bps) -> Result<u64> {
    if claims == 0 || debt == 0 {
        return Ok(0);
    }
    if debt >> 112 != 0 {
        return Err(Refusal::MathOverflow);
    }
    // Claims are below 2^96: 64 bits of shares at an index of at most 2^32.
    let kept = mul_bounded(debt, BPS_ONE.saturating_sub(reserve_factor.get()));
    let owed = mul_bounded(claims, BPS_ONE);
    if kept >= owed {
        return Ok(u64::MAX);
    }
    // Shifts both to at most 64 significant bits. This can only lower the quotient.
    let bits = 64 - owed.leading_zeros().min(64);
    Ok(narrow_saturating(div_floor((kept >> bits) << 64, (owed >> bits) + u128::from(bits > 0))?))
}

/// `e^exponent - 1` for an exponent in Q64, rounded down, saturating at `u128::MAX`.
///
/// Up to 2^-10 the Taylor polynomial of degree 3, short by less than `x^4/23`, a relative 4e-11; beyond, the exponent
/// is halved until it is small and the result squared as often, which keeps the relative error of the exponent. The
/// square of an exponent around 2^-32 is one or two units of Q64, whose rounding weighs most: the effective rate lies
/// within 1.65e-10 below the nominal.
#[inline(never)]
fn growth_floor(exponent: u128) -> u128 {
    let halvings = (128 - exponent.leading_zeros()).saturating_sub(SMALL_EXPONENT_BITS);
    let [small, _] = words(exponent >> halvings);
    let mut growth = u128::from(small_growth_floor(small));
    for _ in 0..halvings {
        // (1 + g)^2 - 1 = 2g + g^2
        let Ok(square) = mul_shr_floor(growth, growth, 64) else { return u128::MAX };
        growth = growth.saturating_mul(2).saturating_add(square);
    }
    growth
}

/// Exponents below 2^-10 in Q64: a week at 5 % a year.
const SMALL_EXPONENT_BITS: u32 = 54;

/// `x + x^2/2 + x^3/6`, each term rounded down.
#[inline(always)]
fn small_growth_floor(x: u64) -> u64 {
    let [_, x2] = words(mul_exact(x, x));
    let [_, x3] = words(mul_exact(x2, x));
    x + (x2 >> 1) + x3 / 6
}

impl Indices {
    /// Returns the indices after a growth of the debt, of which `passed` reaches the suppliers. Rounds the debt index
    /// up, by at most one unit of 2^-64, and the supply index down.
    #[inline(always)]
    fn grown(self, growth: u128, passed: u128) -> Self {
        let debt = grown_floor(self.debt, growth).0.saturating_add(1);
        if debt >= Ledger::MAX_INDEX.0 {
            // The debt grew by less than `growth`, so the suppliers cannot be paid by it.
            return Self { debt: Ledger::MAX_INDEX, ..self };
        }
        Self { debt: Index(debt), supply: grown_floor(self.supply, passed).min(Ledger::MAX_INDEX) }
    }
}

/// `index * (1 + growth)`, rounded down, saturating.
#[inline(always)]
fn grown_floor(index: Index, growth: u128) -> Index {
    let more = match words(growth) {
        // Growth is below one unless years have passed: two multiplications instead of four.
        [growth, 0] => mul_q64_floor(index.0, growth),
        _ => mul_shr_floor(index.0, growth, 64).unwrap_or(u128::MAX),
    };
    Index(index.0.saturating_add(more))
}

impl From<RatePerSecond> for Bps {
    /// The nominal yearly rate, rounded down; for people, not for accrual.
    fn from(rate: RatePerSecond) -> Self {
        let [_, per_year] = words(mul_exact(rate.0, crate::curve::SECONDS_PER_YEAR * BPS_ONE));
        Self(u16::try_from(per_year).unwrap_or(u16::MAX))
    }
}
