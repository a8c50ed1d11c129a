//! borrow: needs enough collateral at the conservative end of a fresh price, and enough cash in the reserve.

use crate::interface::{account_of, drop_last_position, drop_positions};
use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH, listings};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Borrowed;
use ballast::state::Obligation;
use ballast_core::math::words;
use ballast_core::op::{self, Priced};
use ballast_core::price::PriceUse;
use ballast_core::units::Atoms;
use ballast_testkit::pyth::Quotation;
use ballast_testkit::{Listing, Market, User, World};
use solana_signer::Signer;

/// 100 SOL (10,000 USD, a limit of 7,500) and no debt.
fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene
}

#[test]
fn refuses_anyone_but_the_owner() {
    let mut scene = scene();
    let mut borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, ONE_USD);
    account_of(&mut borrow, "owner").pubkey = scene.lender.address();
    refused(scene.world.send(&[borrow], &[&scene.lender.key]), BallastError::NotOwner);
}

#[test]
fn refuses_a_missing_collateral_among_the_remaining_accounts() {
    let mut scene = scene();
    let mut borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, ONE_USD);
    drop_last_position(&mut borrow);
    refused(scene.world.send(&[borrow], &[&scene.borrower.key]), BallastError::WrongRemainingAccounts);
}

#[test]
fn refuses_zero() {
    refused(scene().borrow(USD, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_more_than_the_reserves_cash() {
    let mut scene = scene();
    let cash = scene.pool(USD).ledger.cash_atoms;
    scene.set_price(SOL, 1_000_000.0);
    refused(scene.borrow(USD, cash + 1), BallastError::InsufficientCash);
    scene.borrow(USD, cash).expect("the last atom can be lent");
    assert_eq!(scene.vault(USD), 0);
}

#[test]
fn refuses_a_reserve_that_is_collateral() {
    refused(scene().borrow(SOL, 1), BallastError::PositionConflict);
}

#[test]
fn refuses_a_seventeenth_position() {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 17]);
    let [lender, other, borrower] = [(); 3].map(|()| User::new(&mut world, &market, WEALTH));
    for asset in 0..17 {
        let lender = if asset < 16 { &lender } else { &other };
        lender.deposit(&mut world, &market, asset, 1_000 * ONE_USD).expect("deposit");
    }
    borrower.deposit(&mut world, &market, 0, 1_000 * ONE_USD).expect("deposit");
    for asset in 1..16 {
        borrower.borrow(&mut world, &market, asset, ONE_USD).expect("borrow");
    }
    refused(borrower.borrow(&mut world, &market, 16, ONE_USD), BallastError::PositionsFull);
    borrower.repay(&mut world, &market, 15, u64::MAX).expect("repay");
    borrower.borrow(&mut world, &market, 16, ONE_USD).expect("a slot is free again");
}

#[test]
fn refuses_without_any_collateral() {
    refused(Scene::new().borrow(USD, 1), BallastError::HealthTooLow);
}

#[test]
fn lends_up_to_the_initial_margin_and_not_an_atom_more() {
    let mut scene = scene();
    let mut lends = |amount| scene.attempt(|scene| scene.borrow(USD, amount).is_ok());
    let (mut low, mut high) = (7_000 * ONE_USD, 7_500 * ONE_USD);
    assert!(lends(low) && !lends(high));
    while high - low > 1 {
        let middle = low.midpoint(high);
        if lends(middle) { low = middle } else { high = middle }
    }
    // The confidence is 2 bps on both sides: the collateral counts for 2 bps less, the debt for 2 bps more.
    let margin = 7_500.0 * 0.9998 / 1.0002 * ONE_USD as f64;
    assert!((low as f64 - margin).abs() < 2.0, "{low} of {margin}");
    refused(scene.borrow(USD, high), BallastError::HealthTooLow);
}

#[test]
fn counts_collateral_and_debt_at_the_worse_of_spot_and_average() {
    let mut scene = scene();
    let now = scene.world.now();
    let calm = Quotation::calm(100.0, now);
    let feed = scene.market.assets[SOL].feed;
    scene.world.publish(&feed, &Quotation { ema: calm.ema / 2, ..calm });
    refused(scene.borrow(USD, 4_000 * ONE_USD), BallastError::HealthTooLow);
    scene.world.publish(&feed, &Quotation { spot: calm.spot / 2, ..calm });
    refused(scene.borrow(USD, 4_000 * ONE_USD), BallastError::HealthTooLow);
    scene.world.publish(&feed, &calm);
    let dollar = scene.market.assets[USD].feed;
    scene.world.publish(&dollar, &Quotation { ema: 200_000_000, ..Quotation::calm(1.0, now) });
    refused(scene.borrow(USD, 4_000 * ONE_USD), BallastError::HealthTooLow);
    scene.world.publish(&dollar, &Quotation::calm(1.0, now));
    scene.borrow(USD, 4_000 * ONE_USD).expect("both are calm");
}

#[test]
fn lends_what_core_says_and_emits_the_event() {
    let mut scene = Scene::indebted();
    let amount = 1_234 * ONE_USD + 567;
    let (mut pool, mut obligation) = (scene.pool(USD), scene.obligation());
    let price = scene.market.price(&scene.world, USD);
    let others = scene.totals(&[USD], PriceUse::NewRisk);
    let reserve = Priced { pool: &mut pool, price };
    let Obligation { positions, call, .. } = &mut obligation;
    let loan = op::borrow::borrow(reserve, positions, call, &others, Atoms(amount), scene.world.now());
    let loan = loan.expect("core lends");
    let (wallet, vault) = (scene.wallet(USD), scene.vault(USD));

    let event: Borrowed = scene.borrow(USD, amount).expect("borrow").event();

    assert_eq!(scene.pool(USD), pool);
    assert_eq!(scene.positions(), obligation.positions);
    assert_eq!(scene.wallet(USD), wallet + amount);
    assert_eq!(scene.vault(USD), vault - amount);
    assert_eq!(event.obligation, scene.borrower.obligation);
    assert_eq!(event.reserve, scene.market.assets[USD].reserve);
    assert_eq!(event.amount_atoms, amount);
    assert_eq!(event.fee_atoms, loan.fee.0);
    assert_eq!(event.debt_shares, words(loan.shares.0));
    assert_eq!(event.health_before_bps, loan.health.before.factor_bps_floor());
    assert_eq!(event.health_after_bps, loan.health.after.factor_bps_floor());
    assert!(event.health_after_bps < event.health_before_bps);
    scene.audit();
}

#[test]
fn leaves_the_other_reserves_as_they_are() {
    let mut scene = Scene::indebted();
    let others = [SOL, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    scene.borrow(USD, ONE_USD).expect("borrow");
    assert_eq!([SOL, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve)), others);
}

#[test]
fn adds_the_origination_fee_to_the_debt_and_pays_the_amount_out() {
    let mut listings = listings();
    listings[ETH].settings.risk.origination_fee_bps = 30;
    let mut scene = Scene::with(&listings);
    scene.deposit(BTC, ONE_BTC).expect("deposit");
    let wallet = scene.wallet(ETH);
    // 0.3 % of 10,001 atoms is 30.003.
    let event: Borrowed = scene.borrow(ETH, 10_001).expect("borrow").event();
    assert_eq!((event.amount_atoms, event.fee_atoms), (10_001, 31));
    assert_eq!(scene.wallet(ETH), wallet + 10_001);
    let owed = scene.pool(ETH).ledger.debt_atoms_ceil(scene.positions().debt(&scene.pool(ETH).id));
    // Shares round up, then atoms round up: at most one atom more.
    assert!([Ok(Atoms(10_032)), Ok(Atoms(10_033))].contains(&owed), "{owed:?}");
    scene.audit();
}

#[test]
fn pays_out_to_any_account_of_the_mint_that_the_owner_names() {
    let mut scene = scene();
    let mut borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, ONE_USD);
    account_of(&mut borrow, "tokens").pubkey = scene.lender.tokens[USD];
    let before = scene.lender.balance(&scene.world, USD);
    scene.world.send(&[borrow], &[&scene.borrower.key]).expect("borrow");
    assert_eq!(scene.lender.balance(&scene.world, USD), before + ONE_USD);
}

/// INV-6: once a price was used, older prices are refused.
#[test]
fn refuses_an_older_price_than_it_has_used() {
    let mut scene = scene();
    scene.borrow(USD, ONE_USD).expect("borrow");
    let feed = scene.market.assets[USD].feed;
    let used = scene.world.now();
    scene.world.publish(&feed, &Quotation::calm(1.0, used - 1));
    refused(scene.borrow(USD, ONE_USD), BallastError::PriceReplayed);
    scene.world.publish(&feed, &Quotation::calm(1.0, used));
    scene.borrow(USD, ONE_USD).expect("the same price again");
}

#[test]
fn a_loan_repaid_at_once_costs_at_most_an_atom_and_never_pays() {
    let mut scene = scene();
    for amount in [1, 2, 3, 999, ONE_USD, 1_000 * ONE_USD + 1] {
        let before = scene.wallet(USD);
        scene.borrow(USD, amount).expect("borrow");
        scene.repay(USD, u64::MAX).expect("repay");
        let after = scene.wallet(USD);
        assert!(after == before || after + 1 == before, "{before} became {after} by {amount}");
        assert!(!scene.has_debt());
    }
    scene.audit();
}

#[test]
fn splitting_a_loan_never_makes_it_cheaper() {
    let mut scene = scene();
    let debt = |scene: &Scene| scene.positions().debt(&scene.pool(USD).id);
    let whole = scene.attempt(|scene| (scene.borrow(USD, 700), debt(scene)).1);
    for _ in 0..7 {
        scene.borrow(USD, 100).expect("borrow");
    }
    assert!(debt(&scene) >= whole);
}

#[test]
fn each_obligation_of_an_owner_has_its_own_margin() {
    let mut scene = scene();
    let open = scene.borrower.open(&scene.market, 1);
    scene.world.send(&[open], &[&scene.borrower.key]).expect("obligation_open");
    let owner = scene.borrower.key.pubkey();
    let second = ballast::seeds::obligation_address(&scene.market.config, &owner, 1);
    let mut borrow = scene.borrower.borrow_ix(&scene.world, &scene.market, USD, ONE_USD);
    account_of(&mut borrow, "obligation").pubkey = second;
    drop_positions(&mut borrow);
    refused(scene.world.send(&[borrow], &[&scene.borrower.key]), BallastError::HealthTooLow);
}

#[test]
fn lends_ether_against_two_collaterals_when_neither_is_enough_alone() {
    let mut scene = scene();
    refused(scene.borrow(ETH, 5 * ONE_ETH), BallastError::HealthTooLow);
    scene.deposit(BTC, ONE_BTC / 5).expect("deposit");
    scene.borrow(ETH, 5 * ONE_ETH).expect("10,000 USD on 20,000 USD");
}
