//! An attacker who wants more than they are due: sequences that come back to where they began, within one second and at
//! constant prices.

use crate::actions::Actions;
use crate::arena::{ASSETS, ATTACKER};
use crate::fuzz_action::FuzzAction;
use ballast_testkit::dice::Dice;
use ballast_testkit::user::{ALL, AssetPair};
use std::collections::VecDeque;

/// What the attacker means to do next. Sizes are chosen when it is done.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Deposit(usize),
    Withdraw(usize),
    WithdrawAll(usize),
    Borrow(usize),
    Repay(usize),
    RepayAll(usize),
    MintVouchers(usize),
    BurnVouchers(usize),
    /// Borrows all cash and does something with it: what, the second number says.
    Flash(usize, u64),
    Donate(usize),
    Refresh(usize),
    CollectFees(usize),
    LiquidateSelf(usize, usize),
}

/// One of the round trips that have cost other protocols money.
pub fn trip(dice: &mut Dice) -> VecDeque<Step> {
    let (a, b) = (dice.index(ASSETS), dice.index(ASSETS));
    let steps = match dice.roll(9) {
        0 => vec![Step::Deposit(a), Step::Withdraw(a), Step::WithdrawAll(a)],
        1 => vec![Step::Borrow(a), Step::Repay(a), Step::Repay(a), Step::RepayAll(a)],
        2 => vec![Step::Flash(a, dice.roll(6)), Step::Flash(b, dice.roll(6))],
        3 => vec![Step::Deposit(a), Step::Donate(a), Step::Refresh(a), Step::WithdrawAll(a)],
        4 => vec![
            Step::Deposit(a),
            Step::MintVouchers(a),
            Step::BurnVouchers(a),
            Step::MintVouchers(a),
            Step::BurnVouchers(a),
        ],
        5 => {
            vec![Step::Deposit(a), Step::Borrow(b), Step::LiquidateSelf(a, b), Step::RepayAll(b), Step::WithdrawAll(a)]
        }
        6 => vec![Step::Deposit(a), Step::Borrow(b), Step::Deposit(b), Step::Borrow(a), Step::RepayAll(b)],
        7 => vec![Step::Deposit(a), Step::CollectFees(a), Step::Flash(a, 4), Step::WithdrawAll(a)],
        _ => vec![Step::Withdraw(a), Step::Deposit(a), Step::MintVouchers(a), Step::Flash(a, 1), Step::BurnVouchers(a)],
    };
    steps.into()
}

impl Actions<'_> {
    /// The action that a step means now.
    pub fn attack(&mut self, step: Step) -> FuzzAction {
        let user = ATTACKER;
        let own: Vec<_> = self.seats_of(user);
        let seat = self.dice.pick(&own).expect("the attacker has an obligation");
        let amount = |it: &mut Self, asset: usize| it.dust_or_part(it.state.tokens.wallets[user][asset]);
        match step {
            Step::Deposit(asset) => {
                let amount = amount(self, asset);
                FuzzAction::Deposit { user, seat, asset, amount }
            }
            Step::Withdraw(asset) => {
                let held = self.held(seat, asset);
                let amount = self.dust_or_part(held);
                FuzzAction::Withdraw { user, seat, asset, amount }
            }
            Step::WithdrawAll(asset) => FuzzAction::Withdraw { user, seat, asset, amount: ALL },
            Step::Borrow(asset) => {
                let make = |amount| FuzzAction::Borrow { user, seat, asset, amount };
                let top = self.dust_or_part(self.state.reserves[asset].pool.ledger.cash_atoms);
                self.shrink(top, make).unwrap_or_else(|| make(1))
            }
            Step::Repay(asset) => {
                let owed = self.owed(seat, asset);
                let amount = self.dust_or_part(owed);
                FuzzAction::Repay { user, seat, asset, amount }
            }
            Step::RepayAll(asset) => FuzzAction::Repay { user, seat, asset, amount: ALL },
            Step::MintVouchers(asset) => {
                let make = |amount| FuzzAction::VoucherMint { user, seat, asset, amount };
                let top = self.dust_or_part(self.collateral(seat, asset));
                self.shrink(top, make).unwrap_or_else(|| make(ALL))
            }
            Step::BurnVouchers(asset) => FuzzAction::VoucherBurn { user, seat, asset, amount: ALL },
            Step::Flash(asset, what) => self.flash_attack(seat, asset, what),
            Step::Donate(asset) => {
                // A millionth: an attacker who gives everything away cannot attack afterwards.
                let amount = amount(self, asset).div_ceil(1_000_000);
                FuzzAction::Donate { user, asset, amount }
            }
            Step::Refresh(asset) => FuzzAction::Refresh { asset, priced: self.dice.percent(50) },
            Step::CollectFees(asset) => FuzzAction::FeesCollect { asset },
            Step::LiquidateSelf(collateral, debt) => {
                let pair = AssetPair { collateral, debt: if debt == collateral { (debt + 1) % ASSETS } else { debt } };
                FuzzAction::Liquidate { user, seat, pair, max_repay: ALL, min_seized: 0, taker: None }
            }
        }
    }

    /// With all the cash of a reserve in hand.
    fn flash_attack(&mut self, seat: usize, asset: usize, what: u64) -> FuzzAction {
        let user = ATTACKER;
        let amount = self.dust_or_part(self.state.reserves[asset].pool.ledger.cash_atoms).max(1);
        let other = (asset + 1 + self.dice.index(ASSETS - 1)) % ASSETS;
        let rest = self.dust_or_part(self.state.tokens.wallets[user][other]);
        let between = match what {
            0 => vec![FuzzAction::Deposit { user, seat, asset, amount }],
            1 => vec![FuzzAction::Refresh { asset, priced: false }],
            2 => vec![
                FuzzAction::Deposit { user, seat, asset: other, amount: rest },
                FuzzAction::Withdraw { user, seat, asset: other, amount: ALL },
            ],
            3 => vec![FuzzAction::Repay { user, seat, asset, amount: ALL }],
            4 => vec![FuzzAction::FeesCollect { asset: other }, FuzzAction::Refresh { asset: other, priced: false }],
            _ => vec![FuzzAction::Flash {
                user,
                asset: other,
                amount: self.state.reserves[other].pool.ledger.cash_atoms,
                between: vec![],
            }],
        };
        FuzzAction::Flash { user, asset, amount, between }
    }
}
