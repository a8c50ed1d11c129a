//! obligation_close: the owner closes an empty obligation and gets the rent; it cannot be used afterwards.

use crate::interface::account_of;
use crate::scene::{ONE_SOL, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::error::BallastError;
use ballast::event::ObligationClosed;
use ballast_testkit::Failure;
use solana_account::Account;
use std::slice::from_ref;

#[test]
fn refuses_anyone_but_the_owner() {
    let mut scene = Scene::new();
    let mut close = scene.borrower.close();
    account_of(&mut close, "owner").pubkey = scene.lender.address();
    refused(scene.world.send(&[close], &[&scene.lender.key]), BallastError::NotOwner);
}

#[test]
fn refuses_while_there_is_collateral_or_debt() {
    let mut scene = Scene::simple();
    let close = scene.borrower.close();
    refused(scene.world.send(from_ref(&close), &[&scene.borrower.key]), BallastError::ObligationNotEmpty);
    scene.repay(USD, u64::MAX).expect("repay");
    refused(scene.world.send(from_ref(&close), &[&scene.borrower.key]), BallastError::ObligationNotEmpty);
    scene.withdraw(SOL, u64::MAX).expect("withdraw");
    scene.world.send(&[close], &[&scene.borrower.key]).expect("it is empty");
}

#[test]
fn refuses_an_obligation_that_has_debt_only() {
    let mut scene = Scene::simple();
    let mut obligation = scene.obligation();
    let id = scene.pool(SOL).id;
    let collateral = obligation.positions.collateral(&id);
    obligation.positions.remove_collateral(&id, collateral).expect("a collateral");
    scene.world.write(&scene.borrower.obligation, &obligation);
    let close = scene.borrower.close();
    refused(scene.world.send(&[close], &[&scene.borrower.key]), BallastError::ObligationNotEmpty);
}

#[test]
fn returns_the_rent_to_the_owner_and_emits_the_event() {
    let mut scene = Scene::new();
    let (owner, obligation) = (scene.borrower.address(), scene.borrower.obligation);
    let rent = scene.world.get(&obligation).lamports;
    let before = scene.world.get(&owner).lamports;
    let close = scene.borrower.close();
    // The lender pays the fee, so that the owner's lamports change by the rent alone.
    let event: ObligationClosed =
        scene.world.send(&[close], &[&scene.lender.key, &scene.borrower.key]).expect("close").event();
    assert_eq!((event.obligation, event.owner), (obligation, owner));
    assert_eq!(scene.world.get(&owner).lamports, before + rent);
    assert_eq!(scene.world.get(&obligation), Account::default());
}

#[test]
fn cannot_be_closed_twice_or_used_afterwards() {
    let mut scene = Scene::new();
    let close = scene.borrower.close();
    let again = |scene: &mut Scene, instruction| {
        scene.world.send(&[scene.borrower.close(), instruction], &[&scene.borrower.key])
    };
    refused_second(again(&mut scene, close.clone()));
    let deposit = scene.borrower.deposit_ix(&scene.market, SOL, ONE_SOL);
    refused_second(again(&mut scene, deposit));
    scene.world.send(from_ref(&close), &[&scene.borrower.key]).expect("close");
    scene.world.send(&[close], &[&scene.borrower.key]).expect_err("it is gone");
    scene.deposit(SOL, ONE_SOL).expect_err("it is gone");
}

/// Lamports sent back in the same transaction keep the account alive, but not as an obligation.
#[test]
fn cannot_be_revived_within_the_transaction() {
    let mut scene = Scene::new();
    let refund = transfer(&scene.borrower.address(), &scene.borrower.obligation, 50_000_000);
    let deposit = scene.borrower.deposit_ix(&scene.market, SOL, ONE_SOL);
    let revive = [scene.borrower.close(), refund, deposit];
    let failure = scene.world.send(&revive, &[&scene.borrower.key]).expect_err("it is gone");
    assert_eq!(index(&failure), 2, "{failure:#?}");
}

fn refused_second(result: Result<ballast_testkit::Receipt, Failure>) {
    let failure = result.expect_err("it is gone");
    assert_eq!(index(&failure), 1, "{failure:#?}");
}

/// Which instruction of the transaction was refused.
fn index(failure: &Failure) -> u8 {
    match failure.error {
        solana_transaction_error::TransactionError::InstructionError(index, _) => index,
        ref other => panic!("{other:?}"),
    }
}
