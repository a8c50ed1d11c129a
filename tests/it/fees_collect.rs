//! fees_collect: pays the protocol's equity to the fee receiver and the insurance bucket, and nothing that suppliers
//! own.

use crate::scene::{BTC, DAY, ETH, ONE_USD, SOL, Scene, USD};
use crate::verdict::{TokenError, refused, refused_by_token};
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::FeesCollected;
use ballast_core::op::fees_collect::{Fees, fees_collect};
use ballast_core::settings::Settings;
use ballast_core::units::Atoms;
use ballast_testkit::{Failure, Market, Receipt};
use solana_signer::Signer;

/// 30 % of a collection goes to the insurance until it holds `target_bps` of the claims. Interest of 30 days has
/// accrued.
fn insured(target_bps: u16) -> Scene {
    let mut scene = Scene::simple();
    let insure = |settings: &mut Settings| {
        (settings.risk.insurance_share_bps, settings.risk.insurance_target_bps) = (3_000, target_bps);
    };
    scene.market.set(&mut scene.world, USD, insure).expect("a change");
    scene.wait(30 * DAY);
    scene
}

fn collect(scene: &mut Scene, destination: Address) -> Result<Receipt, Failure> {
    scene.market.fees_collect(&mut scene.world, USD, destination)
}

#[test]
fn refuses_an_account_that_is_not_the_fee_receivers() {
    let mut scene = Scene::simple();
    let foreign = Market::new(&mut scene.world);
    let market = &scene.market;
    let others = [&market.authority, &market.guardian, &foreign.fee_receiver, &scene.lender.key].map(Signer::pubkey);
    for owner in others {
        let destination = scene.world.tokens(&scene.market.assets[USD].mint, &owner, 0);
        refused(collect(&mut scene, destination), BallastError::NotOwnersAccount);
    }
}

#[test]
fn refuses_an_account_of_another_mint() {
    let mut scene = Scene::simple();
    let destination = scene.market.fee_account(&mut scene.world, SOL);
    refused_by_token(collect(&mut scene, destination), TokenError::MintMismatch);
}

#[test]
fn refuses_when_there_is_nothing_to_collect() {
    let mut scene = Scene::simple();
    let destination = scene.market.fee_account(&mut scene.world, USD);
    collect(&mut scene, destination).expect("fees_collect");
    refused(collect(&mut scene, destination), BallastError::AmountTooSmall);
}

#[test]
fn refuses_while_a_flash_loan_is_open() {
    let mut scene = Scene::simple();
    let destination = scene.market.fee_account(&mut scene.world, USD);
    let collect = scene.market.fees_collect_ix(USD, destination);
    let flash = scene.lender.flash(&mut scene.world, &scene.market, USD, ONE_USD, &[collect]);
    refused(flash, BallastError::FlashLoanOpen);
}

/// The insurance target is out of reach, then reached during the collection, then zero.
#[test]
fn splits_fees_as_core_says_and_emits_the_event() {
    for target_bps in [10_000, 1, 0] {
        let mut scene = insured(target_bps);
        let destination = scene.market.fee_account(&mut scene.world, USD);
        let (mut pool, vault) = (scene.pool(USD), scene.vault(USD));
        let Fees { paid_out, insured } = fees_collect(&mut pool, scene.world.now()).expect("core splits it");

        let event: FeesCollected = collect(&mut scene, destination).expect("fees_collect").event();

        assert_eq!(scene.pool(USD), pool);
        assert_eq!(scene.world.balance(&destination), paid_out.0);
        assert_eq!(scene.vault(USD), vault - paid_out.0);
        assert_eq!(event.reserve, scene.market.assets[USD].reserve);
        assert_eq!((event.paid_out_atoms, event.insured_atoms), (paid_out.0, insured.0));
        assert_eq!(pool.ledger.insurance_atoms, insured.0);
        assert!(paid_out > Atoms(0) && (insured > Atoms(0)) == (target_bps > 0));
        scene.audit();
    }
}

#[test]
fn the_insurance_gets_its_share_to_the_atom() {
    let mut scene = insured(10_000);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let equity = scene.pool(USD).ledger.equity_floor().expect("equity");
    let destination = scene.market.fee_account(&mut scene.world, USD);
    let event: FeesCollected = collect(&mut scene, destination).expect("fees_collect").event();
    assert_eq!(u128::from(event.insured_atoms), equity * 3 / 10);
    assert_eq!(u128::from(event.paid_out_atoms + event.insured_atoms), equity);
}

/// INV-1: collections take no atom from the suppliers, however frequent they are.
#[test]
fn leaves_the_suppliers_claims_as_they_are() {
    let mut scene = insured(50);
    let destination = scene.market.fee_account(&mut scene.world, USD);
    for _ in 0..5 {
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let before = scene.pool(USD).ledger;
        collect(&mut scene, destination).expect("fees_collect");
        let after = scene.pool(USD).ledger;
        assert_eq!(after.claims_ceil(), before.claims_ceil());
        assert_eq!((after.supply_index, after.supply_shares), (before.supply_index, before.supply_shares));
        assert_eq!((after.debt_index, after.debt_shares), (before.debt_index, before.debt_shares));
        assert_eq!(after.equity_floor(), Ok(0));
        scene.audit();
        scene.wait(DAY);
    }
}

/// INV-1: a collection of all equity of every asset leaves enough cash for the same withdrawals as before.
#[test]
fn a_supplier_who_could_withdraw_before_can_withdraw_afterwards() {
    let mut scene = Scene::simple();
    let leave = |scene: &mut Scene| {
        let amount = scene.vault(USD) / 2;
        scene.lender.withdraw(&mut scene.world, &scene.market, USD, amount).expect("withdraw");
        amount
    };
    let before = scene.attempt(leave);
    for asset in [SOL, USD, BTC, ETH] {
        let destination = scene.market.fee_account(&mut scene.world, asset);
        scene.market.fees_collect(&mut scene.world, asset, destination).expect("fees_collect");
    }
    assert!(before - leave(&mut scene) < before / 100_000, "all but the fees themselves");
    scene.audit();
}

#[test]
fn a_change_of_the_fee_receiver_redirects_the_next_collection() {
    let mut scene = Scene::simple();
    let old = scene.market.fee_account(&mut scene.world, USD);
    let receiver = scene.lender.address();
    scene.market.set_market(&mut scene.world, |market| market.fee_receiver = receiver).expect("a change");
    refused(collect(&mut scene, old), BallastError::NotOwnersAccount);
    let new = scene.lender.tokens[USD];
    let before = scene.world.balance(&new);
    let event: FeesCollected = collect(&mut scene, new).expect("fees_collect").event();
    assert_eq!(scene.world.balance(&new), before + event.paid_out_atoms);
}

#[test]
fn needs_no_oracle_and_no_signature() {
    let mut scene = Scene::simple();
    scene.kill_oracle();
    let destination = scene.market.fee_account(&mut scene.world, USD);
    let collect = scene.market.fees_collect_ix(USD, destination);
    assert!(collect.accounts.iter().all(|meta| !meta.is_signer));
    scene.world.send_as_anyone(&[collect]).expect("fees_collect");
}
