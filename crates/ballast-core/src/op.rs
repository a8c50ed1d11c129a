//! One state transition per instruction, each in four beats: accrue, size, record, check. When an operation refuses,
//! its caller drops the state that it passed in (on chain the transaction fails).

pub mod borrow;
pub mod change_cancel;
pub mod change_execute;
pub mod change_propose;
pub mod deposit;
pub mod fees_collect;
pub mod flag;
pub mod flash_borrow;
pub mod flash_repay;
pub mod insurance_fund;
pub mod liquidate;
pub mod obligation_settings;
pub mod pause;
pub mod refresh;
pub mod repay;
pub mod reserve_tighten;
pub mod voucher_burn;
pub mod voucher_mint;
pub mod withdraw;

use crate::pool::Pool;
use crate::price::RawPrice;

/// A reserve that an operation changes, with its price.
pub struct Priced<'a> {
    pub pool: &'a mut Pool,
    pub price: RawPrice,
}
