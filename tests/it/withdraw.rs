//! withdraw: down to the initial margin, or everything without debt, independent of the oracle.

use crate::interface::{account_of, drop_last_position};
use crate::scene::{BTC, DAY, ETH, ONE_BTC, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::Withdrawn;
use ballast::state::Obligation;
use ballast_core::health::Health;
use ballast_core::op::withdraw::{Margin, withdraw};
use ballast_core::price::PriceUse;
use ballast_core::units::{Amount, Atoms, Wide};
use ballast_testkit::pyth::Quotation;

#[test]
fn refuses_anyone_but_the_owner() {
    let mut scene = Scene::simple();
    let mut withdraw = scene.borrower.withdraw_ix(&scene.world, &scene.market, SOL, 1);
    account_of(&mut withdraw, "owner").pubkey = scene.lender.address();
    refused(scene.world.send(&[withdraw], &[&scene.lender.key]), BallastError::NotOwner);
}

#[test]
fn refuses_zero() {
    refused(Scene::simple().withdraw(SOL, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_a_missing_debt_among_the_remaining_accounts() {
    let mut scene = Scene::simple();
    let mut withdraw = scene.borrower.withdraw_ix(&scene.world, &scene.market, SOL, 1);
    drop_last_position(&mut withdraw);
    refused(scene.world.send(&[withdraw], &[&scene.borrower.key]), BallastError::WrongRemainingAccounts);
}

#[test]
fn refuses_more_than_the_collateral() {
    let mut scene = Scene::simple();
    refused(scene.withdraw(SOL, 101 * ONE_SOL), BallastError::InsufficientCollateral);
    refused(scene.withdraw(BTC, 1), BallastError::InsufficientCollateral);
    refused(scene.withdraw(BTC, u64::MAX), BallastError::InsufficientCollateral);
}

#[test]
fn refuses_an_asset_that_is_owed() {
    refused(Scene::simple().withdraw(USD, u64::MAX), BallastError::InsufficientCollateral);
}

#[test]
fn refuses_more_than_the_reserves_cash() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    let claims = scene.pool(SOL).ledger.cash_atoms;
    // All of the cash but 50 SOL is lent to others.
    scene.set_pool(SOL, |pool| {
        let lent = claims - 50 * ONE_SOL;
        pool.ledger.cash_atoms -= lent;
        let shares = pool.ledger.debt_shares_ceil(Atoms(lent)).expect("a debt");
        pool.ledger.debt_shares = Wide::new(pool.ledger.debt_shares.get() + shares.0);
    });
    refused(scene.withdraw(SOL, u64::MAX), BallastError::InsufficientCash);
    scene.withdraw(SOL, 49 * ONE_SOL).expect("within the cash");
}

#[test]
fn refuses_what_the_initial_margin_needs_although_maintenance_would_hold() {
    let mut scene = Scene::simple();
    // 7,000 USD need 93.3 SOL at 75 %; 92 SOL would still be above the threshold of 80 %.
    refused(scene.withdraw(SOL, 8 * ONE_SOL), BallastError::HealthTooLow);
    scene.withdraw(SOL, 6 * ONE_SOL).expect("94 SOL are enough");
}

#[test]
fn refuses_all_of_the_collateral_of_a_debt() {
    refused(Scene::simple().withdraw(SOL, u64::MAX), BallastError::HealthTooLow);
}

#[test]
fn pays_what_core_says_and_emits_the_event() {
    let mut scene = Scene::indebted();
    let amount = 3 * ONE_SOL + 7;
    let (mut pool, mut obligation) = (scene.pool(SOL), scene.obligation());
    let price = scene.market.price(&scene.world, SOL);
    let others = scene.totals(&[SOL], PriceUse::NewRisk);
    let margin = Margin::Initial { price, others };
    let amount_asked = Amount::Exact(Atoms(amount));
    let Obligation { positions, call, .. } = &mut obligation;
    let expected = withdraw(&mut pool, positions, call, amount_asked, &margin, scene.world.now());
    let expected = expected.expect("core pays");
    let (wallet, vault) = (scene.wallet(SOL), scene.vault(SOL));

    let event: Withdrawn = scene.withdraw(SOL, amount).expect("withdraw").event();

    assert_eq!(scene.pool(SOL), pool);
    assert_eq!(scene.positions(), obligation.positions);
    assert_eq!(scene.wallet(SOL), wallet + expected.paid_out.0);
    assert_eq!(scene.vault(SOL), vault - expected.paid_out.0);
    assert!((amount..amount + 2).contains(&expected.paid_out.0), "less than a share's worth above what was asked for");
    assert_eq!(event.obligation, scene.borrower.obligation);
    assert_eq!(event.reserve, scene.market.assets[SOL].reserve);
    assert_eq!(event.amount_atoms, expected.paid_out.0);
    assert_eq!(event.supply_shares, expected.shares.0);
    assert_eq!(event.health_before_bps, expected.health.before.factor_bps_floor());
    assert_eq!(event.health_after_bps, expected.health.after.factor_bps_floor());
    assert!(event.health_after_bps < event.health_before_bps);
    scene.audit();
}

#[test]
fn pays_everything_without_debt_and_frees_the_slot() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 100 * ONE_SOL).expect("deposit");
    scene.wait(30 * DAY);
    let (mut pool, mut obligation) = (scene.pool(SOL), scene.obligation());
    let wallet = scene.wallet(SOL);
    let now = scene.world.now();
    let Obligation { positions, call, .. } = &mut obligation;
    let expected = withdraw(&mut pool, positions, call, Amount::All, &Margin::NoDebt, now).expect("core pays");

    let event: Withdrawn = scene.withdraw(SOL, u64::MAX).expect("withdraw").event();

    assert_eq!(scene.pool(SOL), pool);
    assert!(scene.positions().is_empty());
    assert_eq!(scene.wallet(SOL), wallet + expected.paid_out.0);
    assert!(expected.paid_out.0 > 100 * ONE_SOL, "a month's interest");
    assert_eq!((event.health_before_bps, event.health_after_bps), (Health::NO_DEBT, Health::NO_DEBT));
    scene.audit();
}

#[test]
fn needs_no_oracle_without_debt() {
    let mut scene = Scene::new();
    scene.deposit(SOL, 2 * ONE_SOL).expect("deposit");
    scene.deposit(BTC, ONE_BTC).expect("deposit");
    scene.world.advance(365 * DAY);
    scene.withdraw(SOL, ONE_SOL).expect("a year after the last price");
    scene.kill_oracle();
    scene.withdraw(SOL, u64::MAX).expect("without any price account");
    scene.withdraw(BTC, u64::MAX).expect("nor the price accounts of other positions");
    assert!(scene.positions().is_empty());
    scene.audit();
}

#[test]
fn needs_a_fresh_price_of_every_position_with_debt() {
    for asset in [SOL, BTC, USD, ETH] {
        let mut scene = Scene::indebted();
        let dollars = [100.0, 1.0, 50_000.0, 2_000.0][asset];
        // The reserve allows 60 seconds.
        scene.world.advance(61);
        for fresh in [SOL, BTC, USD, ETH].into_iter().filter(|other| *other != asset) {
            scene.set_price(fresh, [100.0, 1.0, 50_000.0, 2_000.0][fresh]);
        }
        refused(scene.withdraw(SOL, 1), BallastError::PriceStale);
        scene.set_price(asset, dollars);
        scene.withdraw(SOL, 1).expect("all four are fresh");
    }
}

/// INV-6 for withdrawals: the reserve remembers the newest price that was used.
#[test]
fn refuses_an_older_price_than_it_has_used() {
    let mut scene = Scene::simple();
    scene.withdraw(SOL, 1).expect("withdraw");
    let feed = scene.market.assets[SOL].feed;
    let used = scene.world.now();
    scene.world.publish(&feed, &Quotation::calm(100.0, used - 1));
    refused(scene.withdraw(SOL, 1), BallastError::PriceReplayed);
}

#[test]
fn a_repaid_debt_frees_the_collateral() {
    let mut scene = Scene::simple();
    refused(scene.withdraw(SOL, u64::MAX), BallastError::HealthTooLow);
    scene.repay(USD, u64::MAX).expect("repay");
    scene.kill_oracle();
    scene.withdraw(SOL, u64::MAX).expect("withdraw");
    scene.audit();
}

#[test]
fn splitting_a_withdrawal_never_pays_more() {
    let mut scene = Scene::simple();
    let before = scene.wallet(SOL);
    let paid = |scene: &Scene| scene.wallet(SOL) - before;
    let shares = |scene: &Scene| scene.positions().collateral(&scene.pool(SOL).id);
    let whole = scene.attempt(|scene| (scene.withdraw(SOL, 700).expect("withdraw"), paid(scene), shares(scene)));
    for _ in 0..7 {
        scene.withdraw(SOL, 100).expect("withdraw");
    }
    // Each part may pay up to a share more than asked for, and costs as many shares more.
    let ledger = scene.pool(SOL).ledger;
    let extra = ledger.supply_shares_floor(Atoms(paid(&scene) - whole.1)).expect("shares");
    assert!(shares(&scene).0 + extra.0 <= whole.2.0);
    scene.audit();
}

#[test]
fn leaves_the_other_reserves_as_they_are() {
    let mut scene = Scene::indebted();
    let others = [USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    scene.withdraw(SOL, ONE_USD).expect("withdraw");
    assert_eq!([USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve)), others);
}
