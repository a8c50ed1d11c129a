//! The weight of one unit of each reserve, so that an obligation's margin is a sum of products of two words. It is a
//! filter: it lets through every obligation below its line, and hardly any other.
//!
//! A collateral's unit is `LT * supply index * price` per share, rounded down, a debt's `BF * debt index * price` per
//! 2^32 shares, rounded up, both in weighted 2^-(40 + scale) USD. The scale gives the largest unit of the market 57
//! bits, so that sixteen positions of 64 bits each stay below 2^126. Core rounds after multiplying, by less than 2^-59
//! of a value: the units are moved by 2^-50 to cover that. And it rounds by less than 2^-40 USD times the weight per
//! position: [`Units::is_below`] adds that to the debt.

use ballast_core::quote::Quote;
use ballast_core::risk::RiskParams;
use ballast_core::unit_value::UnitValue;
use ballast_core::units::{BPS_ONE, DebtShares, SupplyShares};
use ballast_core::{Refusal, Result};

use crate::columns::{Amounts, Kinds, kind};
use crate::store::Store;

/// Bits of the largest unit.
const UNIT_BITS: i32 = 57;

/// The units of one moment, in one scale.
#[derive(Clone)]
pub struct Units {
    /// By kind; 0 for a reserve without a price, because no one can liquidate its obligations.
    table: [u64; 256],
    /// A unit of this table is 2^-(40 + scale) weighted USD.
    scale: i32,
    /// The most that core may round away from an obligation, in units of this table.
    slack: u128,
}

/// The margin of an obligation: at least core's limit, and at most core's debt, except for the slack.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct MarginSums {
    pub limit: u128,
    pub debt: u128,
}

/// The weights of one share of a collateral and of 2^32 shares of a debt.
#[derive(Clone, Copy)]
struct Weighed {
    collateral: UnitValue,
    debt: UnitValue,
}

impl Weighed {
    fn new(quote: &Quote) -> Result<Self> {
        let weights = quote.weights;
        let collateral =
            quote.supply_floor(SupplyShares(1))?.mul_floor(UnitValue::from_integer(quote.collateral_price));
        let debt = quote.debt_ceil(DebtShares(1 << 32))?.mul_ceil(UnitValue::from_integer(quote.debt_price));
        Ok(Self {
            collateral: collateral.mul_floor(UnitValue::from_integer(weights.liquidation_threshold.get())),
            debt: debt.mul_ceil(UnitValue::from_integer(weights.borrow_factor.get())),
        })
    }

    /// Returns both in units of the scale, rounded against the borrower.
    fn at(self, scale: i32) -> Result<[u64; 2]> {
        let floor = self.collateral.divided_by_power(-scale).value_floor(1)?.0;
        let ceil = self.debt.divided_by_power(-scale).value_ceil(1)?.0;
        let narrow = |wide: u128| u64::try_from(wide).map_err(|_| Refusal::MathOverflow);
        let (floor, ceil) = (narrow(floor)?, narrow(ceil)?);
        Ok([floor - (floor >> 50) - u64::from(floor > 0), ceil + (ceil >> 50) + 1])
    }
}

/// Returns the bits of a unit in weighted 2^-40 USD, at least 1.
fn bits(unit: UnitValue) -> i32 {
    // An absurd price may make the filter worse, but must not miss an obligation. The second try counts up to 2^112
    // weighted USD.
    let tries = [0, 64].map(|lost| Some((lost, unit.divided_by_power(lost).value_ceil(1).ok()?.0)));
    let found = tries.into_iter().flatten().next();
    found.map_or(1, |(lost, value)| lost + 128 - value.leading_zeros().cast_signed())
}

impl Units {
    /// Returns the units of quotes for maintenance, by listing number. A reserve without a quote has no weight.
    pub fn new<'a>(quotes: impl Iterator<Item = Option<&'a Quote>>) -> Self {
        let weighed = quotes.map(|quote| Weighed::new(quote?).ok()).collect::<Vec<_>>();
        let largest = weighed.iter().flatten().map(|weighed| bits(weighed.collateral).max(bits(weighed.debt))).max();
        let scale = UNIT_BITS - largest.unwrap_or(1);
        let mut table = [0; 256];
        for (weighed, number) in weighed.iter().zip(0u8..) {
            let Some([collateral, debt]) = weighed.and_then(|weighed| weighed.at(scale).ok()) else { continue };
            // The bit for wide obligations does not change the weight.
            for mark in [0, kind::WIDE] {
                table[usize::from(number | mark)] = collateral;
                table[usize::from(number | mark | kind::DEBT)] = debt;
            }
        }
        let rounded = u128::from(Store::POSITIONS * u64::from(RiskParams::MAX_BORROW_FACTOR_BPS));
        let slack = if scale >= 0 { rounded << scale } else { rounded >> -scale };
        Self { table, scale, slack: slack + 1 }
    }

    /// Returns the margin of a row that is not wide.
    #[inline]
    pub fn sums(&self, amounts: &Amounts, kinds: &Kinds) -> MarginSums {
        let (mut all, mut debt) = (0u128, 0u128);
        for (amount, kind) in amounts.iter().zip(kinds) {
            // Each value is below 2^122 and there are at most 16, so the sums cannot wrap.
            let value = u128::from(*amount).wrapping_mul(self.unit(*kind).into());
            let if_debt = u128::from(kind >> 7).wrapping_neg();
            all = all.wrapping_add(value);
            debt = debt.wrapping_add(value & if_debt);
        }
        MarginSums { limit: all.wrapping_sub(debt), debt }
    }

    /// Returns the margin of any row.
    #[inline]
    pub fn sums_of(&self, store: &Store, row: u32) -> MarginSums {
        let columns = store.columns();
        let (amounts, kinds) = (&columns.amounts[row as usize], &columns.kinds[row as usize]);
        if kinds[0] & kind::WIDE == 0 { self.sums(amounts, kinds) } else { self.sums_of_wide(store, row) }
    }

    #[cold]
    fn sums_of_wide(&self, store: &Store, row: u32) -> MarginSums {
        store.amounts_of_wide(row).fold(MarginSums::default(), |sums, (kind, amount)| {
            let value = u128::from(amount) * u128::from(self.unit(kind));
            if kind & kind::DEBT == 0 {
                MarginSums { limit: sums.limit + value, ..sums }
            } else {
                MarginSums { debt: sums.debt + value, ..sums }
            }
        })
    }

    #[inline]
    fn unit(&self, kind: u8) -> u64 {
        self.table[usize::from(kind)]
    }

    /// Returns the logarithm of a kind's unit in weighted 2^-40 USD; minus infinity without a weight.
    pub fn ln(&self, kind: u8) -> f64 {
        (self.unit(kind) as f64).ln() - f64::from(self.scale) * std::f64::consts::LN_2
    }

    /// Returns the logarithm of a margin's health factor, with the slack as debt; minus infinity without a limit.
    pub fn ln_health(&self, sums: &MarginSums) -> f64 {
        (sums.limit as f64).ln() - ((sums.debt + self.slack) as f64).ln()
    }

    /// Returns whether core might find the health factor below a line of at most 20,000 basis points. Without debt it
    /// cannot.
    #[inline]
    pub fn is_below(&self, sums: &MarginSums, line_bps: u64) -> bool {
        if sums.debt == 0 {
            return false;
        }
        // Without the last 14 bits both products fit. A checked product would cost more than the rest of this function.
        let (limit, debt) = (sums.limit >> 14, ((sums.debt + self.slack) >> 14) + 1);
        limit.wrapping_mul(BPS_ONE.into()) < debt.wrapping_mul(line_bps.into())
    }
}
