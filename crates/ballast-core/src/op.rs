//! One state transition per instruction, each in four beats: accrue, size, record, check. Where an operation refuses, its caller
//! drops the state it passed in (on chain the transaction fails).

pub mod borrow;
pub mod deposit;
pub mod liquidate;
pub mod refresh;
pub mod repay;
pub mod withdraw;

use crate::pool::Pool;
use crate::price::RawPrice;

/// A reserve that an operation changes, with its price.
pub struct Priced<'a> {
    pub pool: &'a mut Pool,
    pub price: RawPrice,
}
