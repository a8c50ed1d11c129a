//! What the issuer of a listed Token-2022 mint can do later: charge fees, freeze, pause and seize.

use super::{SOL_FOR_USD, seize, token_2022};
use crate::liquidate::preview;
use crate::scene::{BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::{TokenError, refused, words};
use ballast::error::BallastError::{AmountTooSmall, FlashLoanUnderpaid, SeizureBelowMinimum};
use ballast::event::{Borrowed, Deposited, Liquidated, Repaid, Withdrawn};
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::op::liquidate::Bid;
use ballast_core::op::repay::repay;
use ballast_core::units::{Amount, Atoms};
use ballast_testkit::ListedAsset;
use ballast_testkit::user::ALL;

/// Without a fee, the same transactions move the same tokens under both token programs.
#[test]
fn token_2022_without_a_fee_moves_what_spl_token_moves() {
    let transactions = |mut scene: Scene| {
        let [deposited, more]: [Deposited; 2] =
            [(SOL, 3 * ONE_SOL + 1), (BTC, 0)].map(|(asset, amount)| match amount {
                0 => scene.deposit(SOL, ALL).expect("deposit").event(),
                amount => scene.deposit(asset, amount).expect("deposit").event(),
            });
        let borrowed: Borrowed = scene.borrow(USD, 77 * ONE_USD).expect("borrow").event();
        let repaid: Repaid = scene.repay(USD, 5 * ONE_USD).expect("repay").event();
        let all: Withdrawn = scene.withdraw(SOL, WEALTH - 200 * ONE_SOL).expect("withdraw").event();
        scene.set_price(SOL, 30.0);
        scene.ripen(200);
        let liquidated: Liquidated = scene.liquidate(SOL, USD, ALL).expect("liquidate").event();
        scene.audit();
        let moved = [deposited.amount_atoms, more.amount_atoms, borrowed.amount_atoms, repaid.amount_atoms];
        (moved, all.amount_atoms, liquidated.repaid_atoms, liquidated.seized_atoms, liquidated.bonus_bps)
    };
    assert_eq!(transactions(token_2022()), transactions(Scene::simple()));
}

/// The depositor pays the fee: the books count what has arrived.
#[test]
fn a_deposit_counts_what_has_arrived() {
    let mut scene = token_2022();
    scene.world.charge_fee(&scene.market.assets[SOL].mint.clone(), 100);
    let (mut pool, mut positions) = (scene.pool(SOL), scene.positions());
    let (wallet, vault) = (scene.wallet(SOL), scene.vault(SOL));

    let event: Deposited = scene.deposit(SOL, 1_000 * ONE_SOL).expect("deposit").event();

    let (paid, arrived) = (wallet - scene.wallet(SOL), scene.vault(SOL) - vault);
    assert!((1_000 * ONE_SOL - 1..=1_000 * ONE_SOL).contains(&paid), "{paid}");
    assert_eq!(arrived, paid - paid.div_ceil(100));
    let counted = deposit(&mut pool, &mut positions, &Entry::Free, Atoms(arrived), scene.world.now()).expect("core");
    assert_eq!((scene.pool(SOL), scene.positions()), (pool, positions));
    assert_eq!((event.amount_atoms, event.supply_shares), (counted.taken.0, counted.shares.0));
    assert!(scene.vault(SOL) >= scene.pool(SOL).ledger.cash_atoms);
    refused(scene.deposit(SOL, 1), AmountTooSmall);
}

/// With a fee of up to a half, a debt can be repaid down to its last atom, which the fee would take.
#[test]
fn a_repayment_counts_what_has_arrived_and_leaves_at_most_an_atom() {
    let mut scene = token_2022();
    scene.world.charge_fee(&scene.market.assets[USD].mint.clone(), 2_000);
    let (mut pool, mut positions) = (scene.pool(USD), scene.positions());
    let (wallet, vault) = (scene.wallet(USD), scene.vault(USD));

    let event: Repaid = scene.repay(USD, 1_000 * ONE_USD).expect("repay").event();

    assert_eq!((wallet - scene.wallet(USD), scene.vault(USD) - vault), (1_000 * ONE_USD, 800 * ONE_USD));
    let arrived = Amount::Exact(Atoms(800 * ONE_USD));
    let counted = repay(&mut pool, &mut positions, arrived, scene.world.now()).expect("core");
    assert_eq!((scene.pool(USD), scene.positions()), (pool, positions));
    assert_eq!((event.amount_atoms, event.debt_shares), (800 * ONE_USD, ballast_core::math::words(counted.shares.0)));
    let mut repayments = 0;
    while scene.repay(USD, ALL).is_ok() {
        repayments += 1;
    }
    refused(scene.repay(USD, ALL), AmountTooSmall);
    let owed = scene.pool(USD).ledger.debt_atoms_ceil(scene.positions().debt(&scene.pool(USD).id));
    assert!(owed == Ok(Atoms(1)) && repayments < 40, "{owed:?} after {repayments}");
    assert!(scene.vault(USD) >= scene.pool(USD).ledger.cash_atoms);
}

/// The reserve sends what the books say. The receiver pays the fee.
#[test]
fn a_withdrawal_and_a_loan_send_what_the_books_say() {
    let mut scene = token_2022();
    for asset in [SOL, USD] {
        scene.world.charge_fee(&scene.market.assets[asset].mint.clone(), 100);
    }
    let before = [SOL, USD].map(|asset| (scene.vault(asset), scene.wallet(asset)));
    scene.withdraw(SOL, ONE_SOL).expect("withdraw");
    scene.borrow(USD, ONE_USD).expect("borrow");
    for (asset, (vault, wallet), sent) in [(SOL, before[0], ONE_SOL), (USD, before[1], ONE_USD)] {
        assert_eq!((vault - scene.vault(asset), scene.wallet(asset) - wallet), (sent, sent - sent / 100));
    }
    scene.audit();
}

/// A flash loan must come back whole under both token programs. With a transfer fee it cannot, so the loan fails.
#[test]
fn a_fee_stops_flash_loans_of_its_token() {
    let mut scene = token_2022();
    let flash = |scene: &mut Scene| {
        let Scene { world, market, borrower, .. } = scene;
        borrower.flash(world, market, USD, ONE_USD, &[])
    };
    flash(&mut scene).expect("flash");
    scene.world.charge_fee(&scene.market.assets[USD].mint.clone(), 1);
    let (pool, vault, wallet) = (scene.pool(USD), scene.vault(USD), scene.wallet(USD));
    refused(flash(&mut scene), FlashLoanUnderpaid);
    assert_eq!((scene.pool(USD), scene.vault(USD), scene.wallet(USD)), (pool, vault, wallet));
    scene.audit();
}

#[test]
fn a_liquidation_seizes_for_what_has_arrived() {
    let mut scene = token_2022();
    scene.set_price(SOL, 80.0);
    let (.., wanted) = preview(&scene, SOL_FOR_USD, ALL);
    scene.world.charge_fee(&scene.market.assets[USD].mint.clone(), 1_000);
    let paid = wanted.repaid.0;
    let arrived = paid - paid.div_ceil(10);
    let (collateral, debt, positions, seizure) = preview(&scene, SOL_FOR_USD, arrived);
    let wallet = |scene: &Scene| [SOL, USD].map(|asset| scene.lender.balance(&scene.world, asset));
    let before = wallet(&scene);
    let bid = |scene: &mut Scene, min_seized| {
        let Scene { world, market, lender, borrower } = scene;
        let bid = Bid { max_repay: Atoms(ALL), min_seized: Atoms(min_seized) };
        let liquidate = lender.bid_ix(world, market, borrower.obligation, SOL_FOR_USD, bid);
        world.send(&[liquidate], &[&lender.key])
    };
    refused(bid(&mut scene, wanted.seized.0), SeizureBelowMinimum);

    let event: Liquidated = bid(&mut scene, seizure.seized.0).expect("liquidate").event();

    assert_eq!((event.repaid_atoms, event.seized_atoms), (arrived, seizure.seized.0));
    assert_eq!(wallet(&scene), [before[0] + seizure.seized.0, before[1] - paid]);
    assert_eq!((scene.pool(SOL), scene.pool(USD), scene.positions()), (collateral, debt, positions));
    assert!(event.health_after_bps > event.health_before_bps);
    scene.audit();
}

/// The fee takes the last atom of a repayment, so nobody can pay for the last of the collateral. The loss must still be
/// written off: otherwise the assets of INV-1 would include debt that nobody pays, and the first suppliers to withdraw
/// would be paid in full.
#[test]
fn a_fee_does_not_keep_bad_debt_from_being_written_off() {
    let mut scene = token_2022();
    scene.world.charge_fee(&scene.market.assets[USD].mint.clone(), 100);
    scene.set_price(SOL, 60.0);
    scene.ripen(200);
    let mut liquidations = 0;
    while scene.has_debt() {
        scene.liquidate(SOL, USD, ALL).unwrap_or_else(|failure| {
            let held = scene.positions().collateral(&scene.pool(SOL).id);
            panic!("after {liquidations} liquidations, {held:?} left: {failure:#?}")
        });
        liquidations += 1;
    }
    assert!(liquidations < 10 && scene.positions().is_empty());
    scene.audit();
}

/// An issuer can stop only the reserve of their token.
#[test]
fn a_frozen_reserve_blocks_no_other() {
    let mut scene = token_2022();
    let ListedAsset { mint, vault, .. } = scene.market.assets[BTC];
    scene.deposit(BTC, 100_000).expect("50 USD");
    scene.world.pause(&mint);
    scene.world.freeze(&vault);
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    scene.borrow(USD, ONE_USD).expect("borrow");
    scene.withdraw(SOL, ONE_SOL).expect("withdraw");
    scene.repay(USD, ONE_USD).expect("repay");
    scene.set_price(SOL, 80.0);
    scene.liquidate(SOL, USD, ALL).expect("liquidate");
    scene.audit();
}

/// A frozen account stops nobody but its holder.
#[test]
fn a_frozen_account_stops_its_holder_only() {
    let mut scene = token_2022();
    scene.set_price(SOL, 80.0);
    let frozen = scene.lender.tokens[SOL];
    scene.world.freeze(&frozen);
    let failure = scene.liquidate(SOL, USD, ALL).expect_err("the collateral has nowhere to go");
    assert_eq!(words(&failure), format!("Token-2022: {:?}", TokenError::AccountFrozen));
    let Scene { world, market, borrower, .. } = &mut scene;
    borrower.liquidate(world, market, borrower, SOL_FOR_USD, ALL).expect("anybody else may");
}

/// The books stay when the permanent delegate takes tokens from the vault. The vault pays until it is empty.
#[test]
fn the_books_still_count_what_a_permanent_delegate_takes() {
    let mut scene = token_2022();
    let asset = scene.market.assets[SOL];
    let before = scene.pool(SOL);
    let left = 10 * ONE_SOL;
    let taken = scene.vault(SOL) - left;
    seize(&mut scene.world, &asset, taken);
    assert_eq!(scene.pool(SOL), before);
    let Scene { world, market, lender, .. } = &mut scene;
    lender.withdraw(world, market, SOL, left).expect("what is left");
    let failure = lender.withdraw(world, market, SOL, ONE_SOL).expect_err("an empty vault");
    assert_eq!(words(&failure), format!("Token-2022: {:?}", TokenError::InsufficientFunds));
}
