//! While a flash loan of its reserve is open, every instruction is refused or works as without the loan. INV-10.

use super::{flash, send};
use crate::conservation::donation;
use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, listings};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast_testkit::governance::as_tight;
use ballast_testkit::market::IMMEDIATE;
use ballast_testkit::market::{config_init, default_market};
use ballast_testkit::user::{ALL, AssetPair};
use ballast_testkit::{ListedAsset, Market, User, World};
use solana_account::Account;
use solana_signer::Signer;
use std::collections::BTreeSet;

/// What an open loan of USD does to an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Refused,
    Passes,
}
use crate::interface::{account_of, drop_positions, instruction_names};
use Verdict::{Passes, Refused};

type Case = (&'static str, Verdict, Vec<Instruction>);

/// The borrower can be liquidated, the lender holds vouchers of USD, a new user has a bitcoin as collateral, and
/// another has nothing.
struct Open {
    scene: Scene,
    vouchers: Address,
    fees: Address,
    newcomer: User,
    empty: User,
    candidate: ListedAsset,
}

impl Open {
    fn new() -> Self {
        let mut scene = Scene::with(&listings());
        scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
        scene.borrow(USD, 7_000 * ONE_USD).expect("borrow");
        scene.wait(DAY);
        let Scene { world, market, lender, .. } = &mut scene;
        let vouchers = lender.voucher_account(world, market, USD);
        lender.voucher_mint(world, market, USD, vouchers, 1_000).expect("voucher_mint");
        let fees = market.fee_account(world, USD);
        let newcomer = User::new(world, market, ONE_BTC);
        newcomer.deposit(world, market, BTC, ONE_BTC).expect("deposit");
        let empty = User::new(world, market, 0);
        let candidate = market.candidate(world, &listings()[USD]);
        scene.set_price(SOL, 86.0);
        Self { scene, vouchers, fees, newcomer, empty, candidate }
    }

    fn cases(&self) -> Vec<Case> {
        [self.of_users(), self.of_anybody(), self.of_the_market(), self.of_governance()].concat()
    }

    fn of_users(&self) -> Vec<Case> {
        let Self { scene: Scene { world, market, lender, borrower }, vouchers, newcomer, empty, .. } = self;
        let pair = AssetPair { collateral: SOL, debt: USD };
        let liquidate = lender.liquidate_ix(world, market, borrower.obligation, pair, 100 * ONE_USD);
        let open = newcomer.open(market, 1);
        vec![
            ("deposit", Refused, vec![lender.deposit_ix(market, USD, ONE_USD)]),
            ("withdraw", Refused, vec![lender.withdraw_ix(world, market, USD, ONE_USD)]),
            ("borrow", Refused, vec![newcomer.borrow_ix(world, market, USD, ONE_USD)]),
            ("voucher_mint", Refused, vec![lender.voucher_mint_ix(world, market, USD, *vouchers, 10)]),
            ("voucher_burn", Refused, vec![lender.voucher_burn_ix(market, USD, *vouchers, 10)]),
            ("repay", Passes, vec![lender.repay_ix(market, borrower.obligation, USD, 10 * ONE_USD)]),
            ("liquidate", Passes, vec![liquidate]),
            // A loan of one reserve does not close the others.
            ("deposit", Passes, vec![lender.deposit_ix(market, SOL, ONE_SOL)]),
            ("withdraw", Passes, vec![lender.withdraw_ix(world, market, SOL, ONE_SOL)]),
            ("obligation_open", Passes, vec![open]),
            ("obligation_close", Passes, vec![empty.close()]),
            ("obligation_settings", Passes, vec![newcomer.settings_ix(newcomer.settings(world))]),
        ]
    }

    fn of_anybody(&self) -> Vec<Case> {
        let Self { scene: Scene { world, market, lender, borrower }, fees, .. } = self;
        let price = market.assets[USD].feed.address;
        let now = world.now();
        let again = [lender.flash_borrow_ix(market, USD, 1), lender.flash_repay_ix(market, USD)];
        vec![
            ("flash_borrow", Refused, again.to_vec()),
            ("flash_repay", Passes, vec![lender.flash_borrow_ix(market, SOL, 1), lender.flash_repay_ix(market, SOL)]),
            ("insurance_fund", Refused, vec![market.insurance_fund_ix(&lender.address(), lender.tokens[USD], USD, 5)]),
            ("fees_collect", Refused, vec![market.fees_collect_ix(USD, *fees)]),
            ("refresh", Passes, vec![market.refresh_ix(USD, None)]),
            ("refresh", Passes, vec![market.refresh_ix(USD, Some(price))]),
            ("flag", Passes, vec![lender.flag_ix(world, market, borrower.obligation)]),
            ("assert_health", Passes, vec![borrower.assert_health_ix(world, market, 9_000, now)]),
            ("assert_price", Passes, vec![borrower.assert_price_ix(market, USD, 0, u64::MAX, now)]),
        ]
    }

    fn of_the_market(&self) -> Vec<Case> {
        let Self { scene: Scene { market, .. }, newcomer, candidate, .. } = self;
        let (authority, newcomer) = (market.authority.pubkey(), newcomer.address());
        vec![
            ("config_init", Passes, vec![config_init(&newcomer, default_market(newcomer, newcomer))]),
            ("config_update", Passes, vec![market.config_update_ix(newcomer)]),
            ("config_accept", Passes, vec![market.config_update_ix(newcomer), market.config_accept_ix(newcomer)]),
            ("reserve_init", Passes, vec![market.reserve_init(candidate, &listings()[USD])]),
            ("pause", Passes, vec![market.pause_ix(&authority, USD, 15, 60)]),
        ]
    }

    fn of_governance(&self) -> Vec<Case> {
        let Scene { world, market, .. } = &self.scene;
        let (authority, target) = (market.authority.pubkey(), market.target(USD));
        let propose = |number| market.propose_ix(target, number, listings()[USD].opening());
        let tight = as_tight(&market.settings(world, USD));
        vec![
            ("change_propose", Passes, vec![propose(1)]),
            ("change_execute", Passes, vec![propose(IMMEDIATE), market.execute_ix(target, IMMEDIATE, None)]),
            ("change_cancel", Passes, vec![propose(2), market.cancel_ix(&authority, 2)]),
            ("reserve_tighten", Passes, vec![market.tighten_ix(&authority, USD, tight)]),
        ]
    }

    /// Returns the instructions between the loan and its repayment.
    fn around(&self, instructions: &[Instruction]) -> Vec<Instruction> {
        let Scene { market, lender, .. } = &self.scene;
        let cash = self.scene.pool(USD).ledger.cash_atoms;
        let (borrow, repay) = (lender.flash_borrow_ix(market, USD, cash), lender.flash_repay_ix(market, USD));
        [std::slice::from_ref(&borrow), instructions, std::slice::from_ref(&repay)].concat()
    }
}

/// Returns all accounts of the program and the balances of the vaults.
fn state(world: &World, market: &Market) -> (Vec<(Address, Account)>, Vec<u64>) {
    (world.accounts(), market.assets.iter().map(|asset| world.balance(&asset.vault)).collect())
}

/// INV-10
#[test]
fn every_instruction_is_refused_or_works_as_without_the_loan() {
    let open = Open::new();
    let cases = open.cases();
    let named: BTreeSet<&str> = cases.iter().map(|(name, ..)| *name).collect();
    assert_eq!(named, instruction_names().collect());

    for (name, verdict, instructions) in cases {
        let (market, before) = (&open.scene.market, state(&open.scene.world, &open.scene.market));
        let [mut without, mut with] = [open.scene.world.clone(), open.scene.world.clone()];
        // The repayment accrues interest, so the comparison does too.
        let refreshed = [instructions.as_slice(), &[market.refresh_ix(USD, None)]].concat();
        without.send_as_anyone(&refreshed).unwrap_or_else(|failure| panic!("{name} without a loan: {failure:#?}"));
        let result = with.send_as_anyone(&open.around(&instructions));
        match verdict {
            Refused => {
                refused(result, BallastError::FlashLoanOpen);
                assert_eq!(state(&with, market), before, "{name}");
            }
            Passes => {
                result.unwrap_or_else(|failure| panic!("{name} with a loan: {failure:#?}"));
                assert!(state(&with, market) == state(&without, market), "{name} within a loan is {name}");
            }
        }
    }
}

/// A loan closes a reserve, not a market: an obligation with a position in that reserve can use all of its other
/// reserves.
#[test]
fn other_reserves_of_the_obligation_stay_open() {
    let mut scene = Scene::indebted();
    let Scene { world, market, borrower, .. } = &scene;
    let all = [
        borrower.borrow_ix(world, market, ETH, 1_000),
        borrower.withdraw_ix(world, market, BTC, 1_000),
        borrower.deposit_ix(market, BTC, 1_000),
    ];
    for open in [SOL, USD] {
        let cash = scene.pool(open).ledger.cash_atoms;
        flash(&mut scene, open, cash, &all).expect("the books know of no loan");
    }
    scene.audit();
}

/// INV-10, against attacks on share prices: a borrower cannot supply or donate the cash of a flash loan, or return it
/// in another way.
#[test]
fn borrowed_cash_buys_nothing_in_its_own_reserve() {
    let mut scene = Scene::simple();
    let amount = 1_000_000 * ONE_USD;
    let Scene { world, market, lender, borrower } = &scene;
    let gift = donation(lender.tokens[USD], market.assets[USD].vault, lender.address(), amount);
    let tricks = [
        vec![lender.deposit_ix(market, USD, amount)],
        vec![lender.withdraw_ix(world, market, USD, ONE_USD)],
        // The vault is full again, the loan still open.
        vec![gift.clone(), lender.withdraw_ix(world, market, USD, ONE_USD)],
        vec![gift, lender.deposit_ix(market, USD, amount)],
        vec![market.insurance_fund_ix(&lender.address(), lender.tokens[USD], USD, amount)],
        vec![lender.repay_ix(market, borrower.obligation, USD, ONE_USD), lender.withdraw_ix(world, market, USD, ALL)],
    ];
    for trick in tricks {
        let mut all = vec![lender.flash_borrow_ix(market, USD, amount)];
        all.extend(trick);
        all.push(lender.flash_repay_ix(market, USD));
        refused(scene.world.clone().send(&all, &[&lender.key]), BallastError::FlashLoanOpen);
    }
    // A donation alone changes no share price, and the donor repays the loan with their own tokens.
    let Scene { market, borrower, .. } = &scene;
    let gift = donation(borrower.tokens[USD], market.assets[USD].vault, borrower.address(), amount);
    let (index, wallet) = (scene.pool(USD).ledger.indices_at(scene.world.now()), scene.wallet(USD));
    flash(&mut scene, USD, amount, &[gift]).expect("a gift");
    assert_eq!((scene.pool(USD).ledger.indices_at(scene.world.now()), scene.wallet(USD)), (index, wallet - amount));
    scene.market.audit(&scene.world, &[0, amount, 0, 0]);
}

/// A borrower may repay a debt with the loan. They then repay the loan from their wallet.
#[test]
fn a_debt_repaid_from_a_flash_loan_is_paid_by_the_wallet() {
    let mut scene = Scene::simple();
    let wallet = scene.wallet(USD);
    let repay = scene.borrower.repay_ix(&scene.market, scene.borrower.obligation, USD, ALL);
    let withdraw = {
        // Without debt, no remaining accounts are read.
        let mut withdraw = scene.borrower.withdraw_ix(&scene.world, &scene.market, SOL, ALL);
        drop_positions(&mut withdraw);
        withdraw
    };
    flash(&mut scene, USD, 8_000 * ONE_USD, &[repay, withdraw]).expect("repaid and withdrawn");
    assert!(scene.positions().is_empty());
    assert!((7_000 * ONE_USD..7_001 * ONE_USD).contains(&(wallet - scene.wallet(USD))));
    scene.audit();
}

/// A seizure cannot be paid with cash that is lent out: the token program refuses, and nothing moves.
#[test]
fn collateral_that_is_out_on_loan_cannot_be_seized() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 80.0);
    let Scene { world, market, lender, borrower } = &scene;
    let pair = AssetPair { collateral: SOL, debt: USD };
    let liquidate = lender.liquidate_ix(world, market, borrower.obligation, pair, ALL);
    let cash = scene.pool(SOL).ledger.cash_atoms;
    let before = state(world, market);
    let [borrow, repay] = [borrower.flash_borrow_ix(market, SOL, cash), borrower.flash_repay_ix(market, SOL)];
    let mut signed = liquidate;
    account_of(&mut signed, "liquidator").pubkey = borrower.address();
    account_of(&mut signed, "source").pubkey = borrower.tokens[USD];
    let all = [borrow, signed, repay];
    crate::verdict::refused_by_token(send(&mut scene, &all), crate::verdict::TokenError::InsufficientFunds);
    assert!(state(&scene.world, &scene.market) == before);
}
