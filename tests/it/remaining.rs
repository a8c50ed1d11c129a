//! The remaining accounts of a large portfolio: for each position in slot order its reserve and its price, and nothing
//! else. Liquidations accept any order, and others beside them.

use crate::interface::{account_of, named_accounts};
use crate::scene::{ONE_USD, WEALTH};
use crate::verdict::refused;
use anchor_lang::AccountMeta;
use anchor_lang::ErrorCode::ConstraintDuplicateMutableAccount;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError::{OracleWrongAddress, WrongRemainingAccounts};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{Failure, Listing, Market, Receipt, User, World};

/// Collateral in assets 0 to 7, debt in asset 8.
const COLLATERALS: usize = 8;
const DEBT: usize = COLLATERALS;

/// A genuine instruction on the portfolio, and the name of its first reserve.
struct Base {
    world: World,
    instruction: Instruction,
    reserve: &'static str,
}

fn portfolio() -> (World, Market, User, User) {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); COLLATERALS + 1]);
    let [lender, borrower] = [(); 2].map(|()| User::new(&mut world, &market, WEALTH));
    lender.deposit(&mut world, &market, DEBT, 1_000_000 * ONE_USD).expect("deposit");
    for asset in 0..COLLATERALS {
        borrower.deposit(&mut world, &market, asset, 100 * ONE_USD).expect("deposit");
    }
    borrower.borrow(&mut world, &market, DEBT, 500 * ONE_USD).expect("borrow");
    (world, market, lender, borrower)
}

/// Borrow, withdraw and liquidate: they leave 8, 8 and 7 other positions.
fn bases() -> Vec<Base> {
    let (world, market, lender, borrower) = portfolio();
    let borrow = borrower.borrow_ix(&world, &market, DEBT, ONE_USD);
    let withdraw = borrower.withdraw_ix(&world, &market, 3, ONE_USD);
    let mut crashed = world.clone();
    for asset in 0..COLLATERALS {
        market.set_price(&mut crashed, asset, 0.75);
    }
    let pair = AssetPair { collateral: 3, debt: DEBT };
    let liquidate = lender.liquidate_ix(&crashed, &market, borrower.obligation, pair, ALL);
    vec![
        Base { world: world.clone(), instruction: borrow, reserve: "reserve" },
        Base { world, instruction: withdraw, reserve: "reserve" },
        Base { world: crashed, instruction: liquidate, reserve: "collateral_reserve" },
    ]
}

/// Borrow and withdraw.
fn exact_bases() -> Vec<Base> {
    bases().into_iter().filter(|base| base.reserve == "reserve").collect()
}

impl Base {
    fn pairs(&self) -> usize {
        (self.instruction.accounts.len() - named_accounts(&self.instruction)) / 2
    }

    /// Sends it with other remaining accounts.
    fn with(&self, change: impl FnOnce(&mut Vec<AccountMeta>)) -> Result<Receipt, Failure> {
        let (mut world, mut instruction) = (self.world.clone(), self.instruction.clone());
        let mut others = instruction.accounts.split_off(named_accounts(&self.instruction));
        change(&mut others);
        instruction.accounts.extend(others);
        world.send_as_anyone(&[instruction])
    }
}

#[test]
fn the_genuine_order_is_accepted() {
    for base in bases() {
        assert!(base.pairs() >= COLLATERALS - 1);
        base.with(|_| ()).expect("the base succeeds");
    }
}

#[test]
fn refuses_every_position_that_is_left_out() {
    for base in bases() {
        for pair in 0..base.pairs() {
            let left_out = base.with(|others| drop(others.drain(2 * pair..2 * pair + 2)));
            refused(left_out, WrongRemainingAccounts);
        }
        refused(base.with(Vec::clear), WrongRemainingAccounts);
    }
}

#[test]
fn refuses_every_single_account_that_is_left_out() {
    for base in bases() {
        for index in 0..2 * base.pairs() {
            let failure = base.with(|others| _ = others.remove(index)).expect_err("a refusal");
            // Without its price, the next reserve stands in its place. Without the last price, no account does.
            let price = index % 2 == 1 && index + 1 < 2 * base.pairs();
            let expected = if price { OracleWrongAddress } else { WrongRemainingAccounts };
            assert!(failure.is(expected), "{index}: {failure:#?}");
        }
    }
}

#[test]
fn refuses_a_position_counted_twice() {
    for base in exact_bases() {
        for pair in 0..base.pairs() {
            let twice = |others: &mut Vec<AccountMeta>| {
                let again = others[2 * pair..2 * pair + 2].to_vec();
                others.splice(2 * pair..2 * pair, again);
            };
            refused(base.with(twice), WrongRemainingAccounts);
            let instead_of_the_next = |others: &mut Vec<AccountMeta>| {
                let next = (pair + 1) % (others.len() / 2);
                let again = others[2 * pair..2 * pair + 2].to_vec();
                others.splice(2 * next..2 * next + 2, again);
            };
            refused(base.with(instead_of_the_next), WrongRemainingAccounts);
        }
    }
}

#[test]
fn refuses_every_other_order() {
    for base in exact_bases() {
        for pair in 1..base.pairs() {
            let swapped = |others: &mut Vec<AccountMeta>| {
                others.swap(2 * pair, 2 * pair - 2);
                others.swap(2 * pair + 1, 2 * pair - 1);
            };
            refused(base.with(swapped), WrongRemainingAccounts);
            refused(base.with(|others| others.rotate_left(2 * pair)), WrongRemainingAccounts);
            // Prices alone swapped: each belongs to another reserve.
            refused(base.with(|others| others.swap(2 * pair + 1, 2 * pair - 1)), OracleWrongAddress);
        }
    }
}

#[test]
fn refuses_accounts_beyond_the_positions() {
    for base in exact_bases() {
        refused(base.with(|others| others.extend_from_within(..1)), WrongRemainingAccounts);
        refused(base.with(|others| others.extend_from_within(..2)), WrongRemainingAccounts);
        refused(base.with(|others| others.extend_from_within(..)), WrongRemainingAccounts);
    }
}

/// So a borrower who opens or closes a position cannot make a liquidation fail that names all reserves.
#[test]
fn a_liquidation_accepts_any_order_and_others_beside_it() {
    let base = bases().pop().expect("the liquidation");
    for pair in 1..base.pairs() {
        base.with(|others| others.rotate_left(2 * pair)).expect("another order");
        base.with(|others| others.extend_from_within(2 * pair..)).expect("some twice");
    }
    base.with(|others| others.extend_from_within(..1)).expect("one account more");
    let odd = AccountMeta::new_readonly(Default::default(), false);
    base.with(|others| others.splice(..0, [odd.clone(), odd]).for_each(drop)).expect("a position that is gone");
    refused(base.with(|others| others.swap(1, 3)), OracleWrongAddress);
}

/// The named reserve is writable, and a writable account may stand only once.
#[test]
fn refuses_the_named_reserve_among_the_others() {
    for mut base in bases() {
        let reserve = account_of(&mut base.instruction, base.reserve).pubkey;
        let reserve = AccountMeta::new_readonly(reserve, false);
        refused(base.with(|others| others.insert(0, reserve)), ConstraintDuplicateMutableAccount);
    }
}
