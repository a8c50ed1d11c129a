//! repay: anybody may repay any amount at any time; neither prices nor health can prevent it.

use crate::interface::account_of;
use crate::scene::{BTC, DAY, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::{TokenError, refused, refused_by_token};
use ballast::error::BallastError;
use ballast::event::Repaid;
use ballast_core::math::words;
use ballast_core::op::repay::repay;
use ballast_core::units::{Amount, Atoms};
use ballast_testkit::pyth::Quotation;
use ballast_testkit::user::ALL;

#[test]
fn refuses_zero() {
    refused(Scene::simple().repay(USD, 0), BallastError::AmountTooSmall);
}

#[test]
fn refuses_a_reserve_without_debt() {
    let mut scene = Scene::simple();
    refused(scene.repay(ETH, 1), BallastError::InsufficientDebt);
    refused(scene.repay(SOL, 1), BallastError::InsufficientDebt);
    refused(scene.repay(ETH, ALL), BallastError::InsufficientDebt);
}

#[test]
fn refuses_more_than_the_payer_has() {
    let mut scene = Scene::simple();
    let mut repay = scene.borrower.repay_ix(&scene.market, scene.borrower.obligation, USD, 2 * ONE_USD);
    account_of(&mut repay, "source").pubkey =
        scene.world.tokens(&scene.market.assets[USD].mint, &scene.borrower.address(), ONE_USD);
    refused_by_token(scene.world.send(&[repay], &[&scene.borrower.key]), TokenError::InsufficientFunds);
}

#[test]
fn takes_what_core_says_and_emits_the_event() {
    for amount in [1, 1_000 * ONE_USD + 1, ALL] {
        let mut scene = Scene::indebted();
        let (mut pool, mut obligation) = (scene.pool(USD), scene.obligation());
        let asked = Amount::from_wire(amount, Atoms).expect("an amount");
        let expected = repay(&mut pool, &mut obligation.positions, asked, scene.world.now()).expect("core takes it");
        let (wallet, vault) = (scene.wallet(USD), scene.vault(USD));

        let event: Repaid = scene.repay(USD, amount).expect("repay").event();

        assert_eq!(scene.pool(USD), pool);
        assert_eq!(scene.positions(), obligation.positions);
        assert_eq!(scene.wallet(USD), wallet - expected.taken.0);
        assert_eq!(scene.vault(USD), vault + expected.taken.0);
        assert_eq!(event.obligation, scene.borrower.obligation);
        assert_eq!(event.reserve, scene.market.assets[USD].reserve);
        assert_eq!(event.payer, scene.borrower.address());
        assert_eq!(event.amount_atoms, expected.taken.0);
        assert_eq!(event.debt_shares, words(expected.shares.0));
        scene.audit();
    }
}

#[test]
fn an_amount_above_the_debt_takes_no_more_than_the_debt() {
    let mut scene = Scene::simple();
    let owed = scene.pool(USD).ledger;
    let shares = scene.positions().debt(&scene.pool(USD).id);
    scene.repay(USD, 10_000 * ONE_USD).expect("repay");
    assert!(!scene.has_debt());
    // At least the stored debt. A minute of interest on 7,000 USD is below 0.1 USD.
    let stored = owed.debt_atoms_ceil(shares).expect("a debt").0;
    let paid = crate::scene::WEALTH + 7_000 * ONE_USD - scene.wallet(USD);
    assert!((stored..stored + ONE_USD / 10).contains(&paid), "{paid} for {stored}");
}

#[test]
fn anybody_may_repay_anybodys_debt() {
    let mut scene = Scene::simple();
    let repay = scene.lender.repay_ix(&scene.market, scene.borrower.obligation, USD, ALL);
    let (payer, borrower) = (scene.lender.balance(&scene.world, USD), scene.wallet(USD));
    let event: Repaid = scene.world.send(&[repay], &[&scene.lender.key]).expect("repay").event();
    assert_eq!(event.payer, scene.lender.address());
    assert_eq!(scene.lender.balance(&scene.world, USD), payer - event.amount_atoms);
    assert_eq!(scene.wallet(USD), borrower);
    assert!(!scene.has_debt());
    scene.audit();
}

#[test]
fn repays_with_a_stale_a_negative_and_an_absent_price() {
    let mut scene = Scene::simple();
    scene.world.advance(365 * DAY);
    scene.repay(USD, ONE_USD).expect("a year after the last price");
    let feed = scene.market.assets[USD].feed;
    scene.world.publish(&feed, &Quotation { spot: -1, ema: i64::MIN, exponent: i32::MAX, ..Quotation::calm(1.0, 0) });
    scene.repay(USD, ONE_USD).expect("with an invalid price");
    scene.kill_oracle();
    scene.repay(USD, ALL).expect("without any price account");
    assert!(!scene.has_debt());
    scene.audit();
}

#[test]
fn repays_when_insolvent() {
    let mut scene = Scene::simple();
    scene.set_price(SOL, 1.0);
    scene.repay(USD, ALL).expect("repay");
    assert!(!scene.has_debt());
}

#[test]
fn repays_after_the_debt_index_has_reached_its_maximum() {
    let mut scene = Scene::simple();
    // After 500 years at any rate above 5 % the index reaches its maximum and interest stops.
    scene.world.advance(500 * 365 * DAY);
    scene.repay(USD, ONE_USD).expect("a part");
    let stored = scene.pool(USD).ledger;
    assert!(stored.debt_index.get() <= ballast_core::ledger::Ledger::MAX_INDEX.0);
    assert_eq!(stored.invariant(), Ok(()));
}

#[test]
fn interest_is_owed_from_the_first_second() {
    let mut scene = Scene::simple();
    let owed = |scene: &mut Scene| {
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let pool = scene.pool(USD);
        pool.ledger.debt_atoms_ceil(scene.positions().debt(&pool.id)).expect("a debt")
    };
    let before = owed(&mut scene);
    scene.world.advance(1);
    assert!(owed(&mut scene) > before, "3 % a year on 7,000 USD are 6 atoms a second");
}

#[test]
fn splitting_a_repayment_never_pays_off_more() {
    let mut scene = Scene::simple();
    let debt = |scene: &Scene| scene.positions().debt(&scene.pool(USD).id);
    let whole = scene.attempt(|scene| (scene.repay(USD, 700).expect("repay"), debt(scene)));
    for _ in 0..7 {
        scene.repay(USD, 100).expect("repay");
    }
    assert!(debt(&scene) >= whole.1);
    scene.audit();
}

#[test]
fn leaves_the_other_reserves_as_they_are() {
    let mut scene = Scene::indebted();
    let others = [SOL, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    scene.repay(USD, ONE_USD).expect("repay");
    assert_eq!([SOL, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve)), others);
}

#[test]
fn a_payer_cannot_pay_from_the_borrowers_account() {
    let mut scene = Scene::simple();
    let mut repay = scene.lender.repay_ix(&scene.market, scene.borrower.obligation, USD, ONE_USD);
    account_of(&mut repay, "source").pubkey = scene.borrower.tokens[USD];
    refused_by_token(scene.world.send(&[repay], &[&scene.lender.key]), TokenError::OwnerMismatch);
    assert_eq!(Atoms(scene.wallet(USD)), Atoms(crate::scene::WEALTH + 7_000 * ONE_USD));
    assert_eq!(scene.wallet(SOL), crate::scene::WEALTH - 100 * ONE_SOL);
}
