//! What a reserve's curve charges and yields at every utilization, by the books that it sets rates for.

use ballast_core::Result;
use ballast_core::curve::Utilization;
use ballast_core::ledger::{DEBT_SHARE_BITS, Ledger};
use ballast_core::pool::Pool;
use ballast_core::units::Wide;

use crate::number::Rate;

/// From 0 to 100 % utilization in steps of a percent.
pub const POINTS: usize = 101;

/// The rates of a reserve that owes its suppliers all that it has.
pub fn rates(pool: &Pool) -> Result<[Rate; POINTS]> {
    let mut rates = [Rate::default(); POINTS];
    for (debt, rate) in (0..).step_by(STEP).zip(&mut rates) {
        let mut ledger = Ledger {
            cash_atoms: Utilization::FULL.saturating_sub(debt),
            supply_shares: Utilization::FULL,
            debt_shares: Wide::new(u128::from(debt) << DEBT_SHARE_BITS),
            ..Ledger::new(0)
        };
        ledger.settle(&pool.settings.curve, pool.settings.risk.reserve_factor())?;
        *rate = Rate { borrow_rate: ledger.borrow_rate, pass_through: ledger.pass_through };
    }
    Ok(rates)
}

/// A percent of [`Utilization::FULL`].
const STEP: usize = 10_000_000;
