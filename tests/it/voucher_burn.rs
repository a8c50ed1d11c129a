//! voucher_burn: turns vouchers back into collateral, for anybody who holds them. INV-13.

use crate::conservation::donation;
use crate::interface::account_of;
use crate::scene::{BTC, DAY, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::{TokenError, refused, refused_by_token};
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::VouchersBurned;
use ballast_core::units::{Atoms, SupplyShares};
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Receipt, User};

/// The simple scene, in which the borrower also holds vouchers of a SOL.
fn scene() -> (Scene, Address) {
    let mut scene = Scene::simple();
    let account = issue(&mut scene, SOL);
    (scene, account)
}

/// The borrower mints 10^9 vouchers to their own account.
fn issue(scene: &mut Scene, asset: usize) -> Address {
    let Scene { world, market, borrower, .. } = scene;
    let account = borrower.voucher_account(world, market, asset);
    borrower.voucher_mint(world, market, asset, account, ONE_SOL).expect("voucher_mint");
    account
}

fn burn(scene: &mut Scene, asset: usize, source: Address, shares: u64) -> Result<Receipt, Failure> {
    let Scene { world, market, borrower, .. } = scene;
    borrower.voucher_burn(world, market, asset, source, shares)
}

/// The borrower gives vouchers of SOL to another user.
fn give(scene: &mut Scene, from: Address, to: &User, shares: u64) -> Address {
    let account = to.voucher_account(&mut scene.world, &scene.market, SOL);
    let transfer = donation(from, account, scene.borrower.address(), shares);
    scene.world.send(&[transfer], &[&scene.borrower.key]).expect("a transfer");
    account
}

fn held(scene: &Scene, user: &User) -> SupplyShares {
    user.obligation(&scene.world).positions.collateral(&scene.pool(SOL).id)
}

#[test]
fn refuses_strangers_and_accepts_every_delegate() {
    let (mut scene, account) = scene();
    let other = User::new(&mut scene.world, &scene.market, 0);
    let theirs = give(&mut scene, account, &other, 1_000);
    let Scene { world, market, borrower, .. } = &mut scene;
    let acting = other.for_owner(borrower);
    refused(acting.voucher_burn(world, market, SOL, theirs, 1), BallastError::NotOwner);
    borrower.set(world, |settings| settings.delegate = other.address()).expect("obligation_settings");
    acting.voucher_burn(world, market, SOL, theirs, 1).expect("adding collateral is every delegate's right");
    refused_by_token(acting.voucher_burn(world, market, SOL, account, 1), TokenError::OwnerMismatch);
    scene.audit();
}

#[test]
fn refuses_zero_and_all_of_an_empty_account() {
    let (mut scene, account) = scene();
    refused(burn(&mut scene, SOL, account, 0), BallastError::AmountTooSmall);
    burn(&mut scene, SOL, account, ALL).expect("all");
    refused(burn(&mut scene, SOL, account, ALL), BallastError::AmountTooSmall);
}

#[test]
fn refuses_more_than_the_source_holds() {
    let (mut scene, account) = scene();
    refused_by_token(burn(&mut scene, SOL, account, ONE_SOL + 1), TokenError::InsufficientFunds);
}

/// INV-13: a share of one reserve is not a share of another.
#[test]
fn refuses_vouchers_of_another_reserve() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 2 * ONE_SOL).expect("deposit");
    scene.deposit(BTC, 2 * ONE_SOL).expect("deposit");
    let account = issue(&mut scene, SOL);
    refused_by_token(burn(&mut scene, BTC, account, 1), TokenError::MintMismatch);
    let mut burn = scene.borrower.voucher_burn_ix(&scene.market, BTC, account, 1);
    account_of(&mut burn, "voucher_mint").pubkey = scene.market.assets[SOL].voucher_mint;
    refused(scene.world.send(&[burn], &[&scene.borrower.key]), BallastError::WrongVoucherMint);
    scene.audit();
}

#[test]
fn refuses_a_reserve_in_which_the_obligation_has_debt() {
    let (mut scene, _) = scene();
    let Scene { world, market, lender, borrower } = &mut scene;
    let account = borrower.voucher_account(world, market, USD);
    lender.voucher_mint(world, market, USD, account, 10).expect("a gift");
    let burn = borrower.voucher_burn_ix(market, USD, account, 10);
    refused(world.send(&[burn], &[&borrower.key]), BallastError::PositionConflict);
}

/// Every position makes a liquidation dearer, so a dead feed and dust stay out.
#[test]
fn refuses_a_debtors_new_collateral_without_a_good_price() {
    let (mut scene, _) = scene();
    let Scene { world, market, lender, borrower } = &mut scene;
    let account = borrower.voucher_account(world, market, BTC);
    lender.voucher_mint(world, market, BTC, account, 100_000).expect("a gift");
    let feed = market.assets[BTC].feed;
    let burn = borrower.voucher_burn_ix(market, BTC, account, 100_000);
    let dust = borrower.voucher_burn_ix(market, BTC, account, 1_000);
    let mut wrong = burn.clone();
    account_of(&mut wrong, "price").pubkey = market.assets[SOL].feed.address;
    let key = borrower.key.insecure_clone();
    let mut send = |instruction| world.send(&[instruction], &[&key]);
    refused(send(wrong), BallastError::OracleWrongAddress);
    refused(send(dust), BallastError::CollateralTooSmall);
    let stale = Quotation::calm(50_000.0, scene.world.now() - 301);
    scene.attempt(|scene| {
        scene.world.publish(&feed, &stale);
        refused(scene.world.send(std::slice::from_ref(&burn), &[&key]), BallastError::PriceStale);
    });
    scene.world.send(std::slice::from_ref(&burn), &[&key]).expect("with its price");
    scene.world.send(&[burn], &[&key]).expect_err("the vouchers are gone");
    scene.audit();
}

#[test]
fn an_existing_collateral_needs_no_price() {
    let (mut scene, account) = scene();
    scene.kill_oracle();
    burn(&mut scene, SOL, account, ALL).expect("the burn adds no risk");
}

/// INV-13: minting and burning restore the state, even with time in between.
#[test]
fn burning_minted_vouchers_restores_every_byte() {
    let mut scene = Scene::simple();
    let (before, ledger) = (scene.positions(), scene.pool(SOL).ledger);
    let account = issue(&mut scene, SOL);
    assert_ne!(scene.positions(), before);
    scene.wait(DAY);

    let event: VouchersBurned = burn(&mut scene, SOL, account, ALL).expect("voucher_burn").event();

    assert_eq!((event.obligation, event.reserve), (scene.borrower.obligation, scene.market.assets[SOL].reserve));
    assert_eq!(event.supply_shares, ONE_SOL);
    assert_eq!((scene.positions(), scene.pool(SOL).ledger), (before, ledger));
    assert_eq!(bytemuck::bytes_of(&scene.pool(SOL).ledger), bytemuck::bytes_of(&ledger));
    let left = [scene.world.balance(&account), scene.world.token_supply(&scene.market.assets[SOL].voucher_mint)];
    assert_eq!(left, [0, 0]);
    scene.audit();
}

#[test]
fn anybody_who_holds_vouchers_can_burn_them() {
    let (mut scene, account) = scene();
    let buyer = User::new(&mut scene.world, &scene.market, 0);
    let bought = give(&mut scene, account, &buyer, ONE_SOL / 4);
    let supplied = scene.pool(SOL).ledger.supply_shares;
    let Scene { world, market, .. } = &mut scene;
    buyer.voucher_burn(world, market, SOL, bought, ALL).expect("voucher_burn");
    assert_eq!(held(&scene, &buyer), SupplyShares(ONE_SOL / 4));
    assert_eq!(scene.pool(SOL).ledger.supply_shares, supplied);
    let Scene { world, market, .. } = &mut scene;
    buyer.borrow(world, market, USD, 18 * ONE_USD).expect("burned vouchers are collateral like any other");
    scene.audit();
}

/// A voucher is a share: its value is what the index says when it is redeemed, to the atom.
#[test]
fn a_voucher_is_worth_what_the_index_says() {
    let (mut scene, account) = scene();
    let buyer = User::new(&mut scene.world, &scene.market, 0);
    let bought = give(&mut scene, account, &buyer, ONE_SOL);
    scene.wait(365 * DAY);
    scene.market.refresh(&mut scene.world, SOL).expect("refresh");
    let Atoms(worth) = scene.pool(SOL).ledger.supply_atoms_floor(SupplyShares(ONE_SOL)).expect("a worth");
    assert!(worth > ONE_SOL + ONE_SOL / 1_000_000, "a year's interest: {worth}");
    let Scene { world, market, .. } = &mut scene;
    buyer.voucher_burn(world, market, SOL, bought, ALL).expect("voucher_burn");
    buyer.withdraw(world, market, SOL, ALL).expect("withdraw");
    assert_eq!(buyer.balance(world, SOL), worth);
    scene.audit();
}

/// Vouchers bear their part of the losses of their reserve.
#[test]
fn a_voucher_bears_its_part_of_a_loss() {
    let mut scene = Scene::simple();
    let Scene { world, market, lender, .. } = &mut scene;
    let account = lender.voucher_account(world, market, USD);
    lender.voucher_mint(world, market, USD, account, 1_000_000 * ONE_USD).expect("voucher_mint");
    let worth = |scene: &Scene| scene.pool(USD).ledger.supply_atoms_floor(SupplyShares(1_000_000 * ONE_USD));
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let before = worth(&scene).expect("a worth");
    scene.set_price(SOL, 20.0);
    scene.ripen(0);
    scene.liquidate(SOL, USD, ALL).expect("5,000 USD are lost");
    assert!(worth(&scene).expect("a worth") < before);
    scene.audit();
}

/// A burn supplies nothing new, so the cap does not apply.
#[test]
fn needs_no_room_under_the_supply_cap() {
    let (mut scene, account) = scene();
    let full = |settings: &mut ballast_core::settings::Settings| settings.limits.supply_cap_atoms = 1;
    scene.market.set(&mut scene.world, SOL, full).expect("a change");
    refused(scene.deposit(SOL, ONE_SOL), BallastError::SupplyCapReached);
    burn(&mut scene, SOL, account, ALL).expect("voucher_burn");
}
