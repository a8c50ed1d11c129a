//! The margins of a borrower: limit against debt, at initial and at maintenance prices. docs/MODEL.md, "Lines".

use crate::math::{mul_bounded, words};
use crate::positions::Holding;
use crate::price::PriceUse;
use crate::quote::Quote;
use crate::terms::LiquidationTerms;
use crate::units::{BPS_ONE, Bps, DebtShares, SupplyShares, Usd, WeightedUsd};
use crate::{Refusal, Result};
use core::borrow::Borrow;

/// A margin: weighted collateral against weighted debt. The health factor is `limit / debt`, compared as products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Sum of weight times collateral, rounded down.
    pub limit: WeightedUsd,
    /// Sum of borrow factor times debt, rounded up.
    pub debt: WeightedUsd,
}

impl Health {
    /// The health factor of an obligation without debt, in basis points.
    pub const NO_DEBT: u64 = u64::MAX;

    /// Debt without collateral: a health factor of 0, whatever the debt is worth.
    pub const NOTHING_LEFT: Self = Self { limit: WeightedUsd(0), debt: WeightedUsd(1) };

    /// Health factor >= 1.
    #[inline(always)]
    pub fn covers_debt(&self) -> bool {
        self.limit >= self.debt
    }

    /// Health factor < `line_bps`, as products.
    pub fn is_below(&self, line_bps: u64) -> bool {
        mul_bounded(self.limit.0, BPS_ONE) < mul_bounded(self.debt.0, line_bps)
    }

    /// The health factor in basis points, rounded down, within 2^-29 of its value. For people and events, not for
    /// decisions. One below [`Health::NO_DEBT`] when the debt is too small beside the limit to divide by.
    #[inline(never)]
    pub fn factor_bps_floor(&self) -> u64 {
        // To 48 bits: the multiplication by 10,000 then fits 64.
        let excess = (128 - (self.limit.0 | self.debt.0).leading_zeros()).saturating_sub(48);
        let [limit, _] = words(self.limit.0 >> excess);
        let [debt, _] = words(self.debt.0 >> excess);
        match (self.debt.0, debt) {
            (0, _) => Self::NO_DEBT,
            (_, 0) => Self::NO_DEBT - 1,
            (_, debt) => limit * BPS_ONE / (debt + u64::from(excess > 0)),
        }
    }
}

/// The maintenance health before and after an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthChange {
    pub before: Health,
    pub after: Health,
}

/// Everything about an obligation's value that its health needs. All of it is sums over positions, so an operation sums
/// the others once and adds the changed one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Loan-to-value, low and high prices. Only summed for [`PriceUse::NewRisk`].
    pub initial: Health,
    /// The debts that some collateral forbids, and the debts that exist, as bits. Only for [`PriceUse::NewRisk`].
    pub barred_debts: u64,
    pub debts: u64,
    /// Liquidation threshold, average prices: the second opinion of the wick guard. Not summed for
    /// [`PriceUse::NewRisk`], and neither are the next two.
    pub average: Health,
    /// Unweighted, average prices.
    pub average_collateral: Usd,
    pub average_debt: Usd,
    /// Whether one of the prices has halted lately.
    pub is_halted: bool,
    /// Whether one of the prices has jumped and is not confirmed.
    pub is_unconfirmed: bool,
    /// Liquidation threshold, spot prices.
    pub maintenance: Health,
    /// Unweighted, spot prices, rounded down.
    pub collateral: Usd,
    /// Unweighted, spot prices, rounded up.
    pub debt: Usd,
}

impl Totals {
    /// Sums positions. `quote_of` finds the quote of each by its name.
    pub fn of<K, Q: Borrow<Quote>, E: From<Refusal>>(
        holdings: impl IntoIterator<Item = (K, Holding)>,
        mut quote_of: impl FnMut(K) -> core::result::Result<Q, E>,
    ) -> core::result::Result<Self, E> {
        let mut totals = Self::default();
        for (reserve, holding) in holdings {
            totals.add(holding, quote_of(reserve)?.borrow())?;
        }
        Ok(totals)
    }

    /// Adds a position. Sixteen positions cannot overflow: see [`Usd::POSITION_LIMIT`].
    #[inline(always)]
    pub fn add(&mut self, holding: Holding, quote: &Quote) -> Result<()> {
        self.is_halted |= quote.is_halted;
        self.is_unconfirmed |= quote.collateral_price != quote.debt_price;
        match holding {
            Holding::Collateral(shares) => self.add_collateral(shares, quote),
            Holding::Debt(shares) => self.add_debt(shares, quote),
        }
    }

    /// These totals and one more position.
    #[inline(always)]
    pub fn with(mut self, holding: Holding, quote: &Quote) -> Result<Self> {
        self.add(holding, quote).map(|()| self)
    }

    /// Deep: the debt exceeds this part of the collateral. A liquidation closes out such an obligation while it still
    /// has collateral to pay with.
    pub fn is_deep(&self, deep_line: Bps) -> bool {
        exceeds(self.debt, deep_line, self.collateral)
    }

    /// Deep at average prices.
    pub fn is_deep_on_average(&self, deep_line: Bps) -> bool {
        exceeds(self.average_debt, deep_line, self.average_collateral)
    }

    /// Hard: below the hard line, which is lower for a while after a price has halted.
    pub fn is_hard(&self, terms: &LiquidationTerms) -> bool {
        let grace = if self.is_halted { LiquidationTerms::HALT_GRACE_BPS } else { 0 };
        self.maintenance.is_below(terms.hard_line().get() - grace)
    }

    /// The wick guard: whether the obligation is unhealthy at average prices too.
    pub fn average_agrees(&self) -> bool {
        !self.average.covers_debt()
    }

    /// INV-5: the initial margin covers the debt. INV-9: no collateral forbids one of the debts.
    pub fn check_new_risk(&self) -> Result<()> {
        if !self.initial.covers_debt() {
            Err(Refusal::HealthTooLow)
        } else if self.barred_debts & self.debts != 0 {
            Err(Refusal::DebtNotAllowed)
        } else {
            Ok(())
        }
    }

    #[inline(never)]
    fn add_collateral(&mut self, shares: SupplyShares, quote: &Quote) -> Result<()> {
        let supply = quote.supply_floor(shares)?;
        let spot = supply.value_floor(quote.collateral_price)?;
        let low = supply.value_floor(quote.price.low)?;
        match quote.usage {
            PriceUse::NewRisk => {
                let counted = quote.capped_floor(low, shares)?.weighted(quote.weights.loan_to_value);
                self.initial.limit.add_bounded(counted);
                // A collateral that has just left no longer forbids anything.
                self.barred_debts |= if shares.0 == 0 { 0 } else { quote.barred_debts };
            }
            PriceUse::Liquidation | PriceUse::Maintenance => {
                let average = low.weighted(quote.weights.liquidation_threshold);
                self.average.limit.add_bounded(average);
                self.average_collateral.add_bounded(low);
            }
        }
        let limit = spot.weighted(quote.weights.liquidation_threshold);
        self.maintenance.limit.add_bounded(limit);
        self.collateral.add_bounded(spot);
        Ok(())
    }

    #[inline(never)]
    fn add_debt(&mut self, shares: DebtShares, quote: &Quote) -> Result<()> {
        let owed = quote.debt_ceil(shares)?;
        let spot = owed.value_ceil(quote.debt_price)?;
        let high = owed.value_ceil(quote.price.high)?;
        match quote.usage {
            PriceUse::NewRisk => {
                let counted = high.weighted(quote.weights.initial_factor);
                self.initial.debt.add_bounded(counted);
                self.debts |= quote.debt_bit;
            }
            PriceUse::Liquidation | PriceUse::Maintenance => {
                let average = high.weighted(quote.weights.borrow_factor);
                self.average.debt.add_bounded(average);
                self.average_debt.add_bounded(high);
            }
        }
        let debt = spot.weighted(quote.weights.borrow_factor);
        self.maintenance.debt.add_bounded(debt);
        self.debt.add_bounded(spot);
        Ok(())
    }
}

/// Whether a debt is more than this part of a collateral.
fn exceeds(debt: Usd, part: Bps, collateral: Usd) -> bool {
    mul_bounded(collateral.0, part.get()) < mul_bounded(debt.0, BPS_ONE)
}
