//! Says what an instruction would do. State goes in by value, and the flows come out with the state that the
//! instruction would leave. Each function runs the operation of its name on copies.

use crate::Result;
use crate::call::Call;
use crate::health::Totals;
use crate::op::Priced;
use crate::op::borrow::{self, Loan};
use crate::op::liquidate::{self, Bid, Borrower, Seizure};
use crate::op::withdraw::{self, Margin, Withdrawal};
use crate::pool::Pool;
use crate::positions::{Positions, Side};
use crate::price::RawPrice;
use crate::terms::LiquidationTerms;
use crate::units::{Amount, Atoms, Bps};

/// A reserve and its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedPool {
    pub pool: Pool,
    pub price: RawPrice,
}

/// An obligation at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BorrowerState {
    pub positions: Positions,
    pub call: Call,
    /// The totals of its positions in all reserves but those of the operation, see [`Totals::of`].
    pub others: Totals,
    /// The health that a liquidation restores.
    pub target: Bps,
    /// The slot of the operation. Only a liquidation reads it.
    pub slot: u64,
}

/// The flows of an operation, and what it leaves: of a liquidation, the pools of collateral and debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview<F, const POOLS: usize = 1> {
    pub flows: F,
    pub pools: [Pool; POOLS],
    pub positions: Positions,
    pub call: Call,
}

impl PricedPool {
    fn priced(&mut self) -> Priced<'_> {
        Priced { pool: &mut self.pool, price: self.price }
    }
}

/// A loan of `amount`. The totals of `borrower` are those for new risk.
pub fn borrow(mut reserve: PricedPool, borrower: BorrowerState, amount: Atoms, now: i64) -> Result<Preview<Loan>> {
    let BorrowerState { mut positions, mut call, others, .. } = borrower;
    let flows = borrow::borrow(reserve.priced(), &mut positions, &mut call, &others, amount, now)?;
    Ok(Preview { flows, pools: [reserve.pool], positions, call })
}

/// A withdrawal of `amount`. The totals of `borrower` are those for new risk; without debt neither they nor the price
/// are read.
pub fn withdraw(
    PricedPool { mut pool, price }: PricedPool,
    borrower: BorrowerState,
    amount: Amount,
    now: i64,
) -> Result<Preview<Withdrawal>> {
    let BorrowerState { mut positions, mut call, others, .. } = borrower;
    let margin = if positions.has(Side::Debt) { Margin::Initial { price, others } } else { Margin::NoDebt };
    let flows = withdraw::withdraw(&mut pool, &mut positions, &mut call, amount, &margin, now)?;
    Ok(Preview { flows, pools: [pool], positions, call })
}

/// A liquidation that takes `collateral` for `debt`, as tokens or into the positions of a `taker`. The totals of
/// `borrower` are those of [`PriceUse::Maintenance`](crate::price::PriceUse::Maintenance).
pub fn liquidate(
    mut collateral: PricedPool,
    mut debt: PricedPool,
    borrower: BorrowerState,
    mut taker: Option<Positions>,
    terms: &LiquidationTerms,
    bid: Bid,
    now: i64,
) -> Result<Preview<Seizure, 2>> {
    let BorrowerState { mut positions, mut call, others, target, slot } = borrower;
    let borrower = Borrower { positions: &mut positions, call: &mut call, others, target, slot };
    let flows = liquidate::liquidate(collateral.priced(), debt.priced(), borrower, taker.as_mut(), terms, bid, now)?;
    Ok(Preview { flows, pools: [collateral.pool, debt.pool], positions, call })
}
