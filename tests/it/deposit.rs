//! deposit: exchanges tokens for shares; needs a price only for the new collateral of an obligation with debt.

use crate::interface::account_of;
use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD, WEALTH};
use crate::verdict::{TokenError, refused, refused_by_token};
use ballast::error::BallastError;
use ballast::event::Deposited;
use ballast_core::op::deposit::{Entry, deposit};
use ballast_core::units::{Atoms, Wide};
use ballast_testkit::user::ALL;
use ballast_testkit::{Listing, Market, User, World};

#[test]
fn refuses_anyone_but_the_owner() {
    let mut scene = Scene::new();
    let mut deposit = scene.borrower.deposit_ix(&scene.market, SOL, ONE_SOL);
    account_of(&mut deposit, "owner").pubkey = scene.lender.address();
    account_of(&mut deposit, "tokens").pubkey = scene.lender.tokens[SOL];
    refused(scene.world.send(&[deposit], &[&scene.lender.key]), BallastError::NotOwner);
}

#[test]
fn refuses_zero() {
    refused(Scene::new().deposit(SOL, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_all_from_an_empty_account() {
    let mut scene = Scene::new();
    let mut deposit = scene.borrower.deposit_ix(&scene.market, SOL, ALL);
    account_of(&mut deposit, "tokens").pubkey =
        scene.world.tokens(&scene.market.assets[SOL].mint, &scene.borrower.address(), 0);
    refused(scene.world.send(&[deposit], &[&scene.borrower.key]), BallastError::AmountTooSmall);
}

#[test]
fn refuses_all_from_an_address_that_is_not_a_token_account() {
    let mut scene = Scene::new();
    let mut deposit = scene.borrower.deposit_ix(&scene.market, SOL, ALL);
    account_of(&mut deposit, "tokens").pubkey = scene.lender.address();
    refused(scene.world.send(&[deposit], &[&scene.borrower.key]), BallastError::WrongTokenAccount);
}

/// Any account has bytes where a token account keeps its amount. The token program checks what it is.
#[test]
fn refuses_all_from_an_account_that_only_looks_like_a_token_account() {
    let mut scene = Scene::new();
    let mut deposit = scene.borrower.deposit_ix(&scene.market, SOL, ALL);
    account_of(&mut deposit, "tokens").pubkey = scene.market.assets[BTC].reserve;
    scene.world.send(&[deposit], &[&scene.borrower.key]).expect_err("a reserve is not a source of tokens");
    assert_eq!(scene.positions().len, 0);
}

#[test]
fn refuses_an_amount_that_buys_no_share() {
    let mut scene = Scene::new();
    // After a day of interest a share costs a little more than an atom.
    refused(scene.deposit(SOL, 1), BallastError::AmountTooSmall);
    scene.deposit(SOL, 2).expect("two atoms buy one");
}

#[test]
fn refuses_a_reserve_in_which_the_obligation_has_debt() {
    refused(Scene::simple().deposit(USD, ONE_USD), BallastError::PositionConflict);
}

#[test]
fn refuses_a_reserve_whose_supply_is_lost() {
    let mut scene = Scene::new();
    scene.set_pool(SOL, |pool| pool.ledger.supply_index = Wide::new(0));
    refused(scene.deposit(SOL, ONE_SOL), BallastError::SupplyWipedOut);
}

#[test]
fn refuses_a_seventeenth_position() {
    let mut world = World::new();
    let market = Market::with(&mut world, &[Listing::new(6, 1.0); 17]);
    let user = User::new(&mut world, &market, WEALTH);
    for asset in 0..16 {
        user.deposit(&mut world, &market, asset, ONE_USD).expect("deposit");
    }
    refused(user.deposit(&mut world, &market, 16, ONE_USD), BallastError::PositionsFull);
    user.deposit(&mut world, &market, 15, ONE_USD).expect("an open position may grow");
}

#[test]
fn refuses_more_than_the_source_holds() {
    refused_by_token(Scene::new().deposit(SOL, WEALTH + ONE_SOL), TokenError::InsufficientFunds);
}

#[test]
fn takes_what_core_says_and_emits_the_event() {
    let mut scene = Scene::new();
    let offered = 7 * ONE_SOL + 3;
    let (mut pool, mut obligation) = (scene.pool(SOL), scene.obligation());
    let expected = deposit(&mut pool, &mut obligation.positions, &Entry::Free, Atoms(offered), scene.world.now());
    let expected = expected.expect("core takes it");
    let (wallet, vault) = (scene.wallet(SOL), scene.vault(SOL));

    let event: Deposited = scene.deposit(SOL, offered).expect("deposit").event();

    assert_eq!(scene.pool(SOL), pool);
    assert_eq!(scene.positions(), obligation.positions);
    assert_eq!(scene.wallet(SOL), wallet - expected.taken.0);
    assert_eq!(scene.vault(SOL), vault + expected.taken.0);
    assert!((offered - 1..=offered).contains(&expected.taken.0), "less than a share's worth below what was offered");
    assert_eq!(event.obligation, scene.borrower.obligation);
    assert_eq!(event.reserve, scene.market.assets[SOL].reserve);
    assert_eq!(event.amount_atoms, expected.taken.0);
    assert_eq!(event.supply_shares, expected.shares.0);
    scene.audit();
}

#[test]
fn all_deposits_what_the_source_holds() {
    let mut scene = Scene::new();
    let event: Deposited = scene.deposit(SOL, ALL).expect("deposit").event();
    assert!(scene.wallet(SOL) <= 1, "at most what buys no share is left");
    assert_eq!(event.amount_atoms, WEALTH - scene.wallet(SOL));
    scene.audit();
}

#[test]
fn needs_no_oracle() {
    let mut scene = Scene::simple();
    scene.kill_oracle();
    scene.deposit(SOL, ONE_SOL).expect("more of a collateral that is there");
    let mut debtless = Scene::new();
    debtless.kill_oracle();
    debtless.deposit(BTC, ONE_BTC).expect("without debt any collateral is accepted");
}

/// One atom with a dead feed would prevent the liquidation of an obligation.
#[test]
fn a_debtors_new_collateral_needs_a_live_feed() {
    let mut scene = Scene::simple();
    let deposit = |scene: &mut Scene, price: usize| {
        let mut deposit = scene.borrower.deposit_ix(&scene.market, BTC, ONE_BTC);
        account_of(&mut deposit, "price").pubkey = scene.market.assets[price].feed.address;
        scene.world.send(&[deposit], &[&scene.borrower.key])
    };
    let mut dead = scene.clone();
    dead.world.advance(DAY);
    refused(deposit(&mut dead, BTC), BallastError::PriceStale);
    refused(deposit(&mut scene, SOL), BallastError::OracleWrongAddress);
    deposit(&mut scene, BTC).expect("a live feed");
}

#[test]
fn a_deposit_withdrawn_at_once_never_profits_and_costs_less_than_a_share() {
    let mut scene = Scene::new();
    for amount in [2, 3, 5, 999, ONE_SOL, 1_000 * ONE_SOL + 1] {
        let before = scene.wallet(SOL);
        scene.deposit(SOL, amount).expect("deposit");
        scene.withdraw(SOL, ALL).expect("withdraw");
        let after = scene.wallet(SOL);
        assert!(after == before || after + 1 == before, "{before} became {after} by {amount}");
    }
    assert!(scene.positions().is_empty());
    scene.audit();
}

#[test]
fn earns_a_part_of_the_interest_that_borrowers_pay() {
    let mut scene = Scene::new();
    let before = scene.wallet(USD);
    scene.deposit(USD, 1_000 * ONE_USD).expect("deposit");
    scene.wait(365 * DAY);
    scene.withdraw(USD, ALL).expect("withdraw");
    let earned = scene.wallet(USD) - before;
    // 40 % of the reserve is lent at 3 % a year (halfway to the kink). The protocol keeps a tenth: 1.08 % of 1,000 USD,
    // compounded.
    assert!((10_700_000..11_100_000).contains(&earned), "{earned}");
    scene.audit();
}

#[test]
fn leaves_the_other_reserves_as_they_are() {
    let mut scene = Scene::indebted();
    let others = [USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    scene.deposit(SOL, ONE_SOL).expect("deposit");
    assert_eq!([USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve)), others);
}
