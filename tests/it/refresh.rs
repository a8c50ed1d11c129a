//! refresh: persists the interest. No other instruction depends on it.

use crate::scene::{DAY, ONE_SOL, ONE_USD, SOL, Scene, USD};
use ballast::event::Refreshed;
use ballast_core::op;
use ballast_core::units::{Atoms, DebtShares};

#[test]
fn writes_what_core_says_and_emits_the_event() {
    let mut scene = Scene::simple();
    scene.world.advance(DAY);
    let mut pool = scene.pool(USD);
    op::refresh::refresh(&mut pool, None, scene.world.now()).expect("core refreshes");

    let event: Refreshed = scene.market.refresh(&mut scene.world, USD).expect("refresh").event();

    assert_eq!(scene.pool(USD), pool);
    assert_eq!(event.reserve, scene.market.assets[USD].reserve);
    assert_eq!(event.supply_index, [pool.ledger.supply_index.low, pool.ledger.supply_index.high]);
    assert_eq!(event.debt_index, [pool.ledger.debt_index.low, pool.ledger.debt_index.high]);
    scene.audit();
}

#[test]
fn a_second_refresh_at_the_same_time_changes_nothing() {
    let mut scene = Scene::simple();
    scene.world.advance(DAY);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let once = scene.pool(USD);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    assert_eq!(scene.pool(USD), once);
}

#[test]
fn a_clock_that_steps_back_accrues_nothing_and_causes_no_error() {
    let mut scene = Scene::simple();
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    let before = scene.pool(USD);
    scene.world.set_time(scene.world.now() - DAY);
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    assert_eq!(scene.pool(USD), before);
    scene.repay(USD, ONE_USD).expect("repay");
}

#[test]
fn indices_never_fall_and_debt_earns_at_least_what_supply_is_paid() {
    let mut scene = Scene::simple();
    for secs in [1, 60, 3_600, DAY, 30 * DAY, 365 * DAY] {
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let before = scene.pool(USD).ledger;
        scene.world.advance(secs);
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        let after = scene.pool(USD).ledger;
        assert!(after.debt_index.get() > before.debt_index.get());
        assert!(after.supply_index.get() >= before.supply_index.get());
        let paid = after.debt_floor().expect("debt") - before.debt_floor().expect("debt");
        let credited = after.claims_ceil().expect("claims") - before.claims_ceil().expect("claims");
        assert!(credited <= paid, "{credited} credited of {paid} paid in {secs} s");
    }
    scene.audit();
}

/// Nobody gains by frequent refreshes: compounding is exact up to rounding.
#[test]
fn frequent_refreshes_change_a_debt_by_at_most_a_millionth() {
    let mut scene = Scene::simple();
    let debt = |scene: &Scene| {
        let pool = scene.pool(USD);
        let Ok(Atoms(owed)) = pool.ledger.debt_atoms_ceil(scene.positions().debt(&pool.id)) else { panic!("a debt") };
        owed
    };
    let once = scene.attempt(|scene| {
        scene.world.advance(DAY);
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        debt(scene)
    });
    for _ in 0..24 {
        scene.world.advance(DAY / 24);
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
    }
    let often = debt(&scene);
    assert!(often.abs_diff(once) <= once / 1_000_000, "{often} often, {once} once");
}

#[test]
fn needs_no_oracle() {
    let mut scene = Scene::simple();
    scene.kill_oracle();
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
}

#[test]
fn moves_no_tokens_and_no_positions() {
    let mut scene = Scene::simple();
    scene.world.advance(DAY);
    let before = (scene.vault(USD), scene.positions(), scene.wallet(USD));
    scene.market.refresh(&mut scene.world, USD).expect("refresh");
    assert_eq!((scene.vault(USD), scene.positions(), scene.wallet(USD)), before);
}

/// Every other instruction computes the same interest with and without a refresh before it.
#[test]
fn no_other_instruction_depends_on_a_refresh() {
    let mut scene = Scene::simple();
    scene.wait(DAY);
    let after = |scene: &mut Scene| {
        scene.repay(USD, ONE_USD).expect("repay");
        scene.borrow(USD, ONE_USD).expect("borrow");
        scene.withdraw(SOL, ONE_SOL / 10).expect("withdraw");
        scene.positions()
    };
    let without = scene.attempt(after);
    for asset in [SOL, USD] {
        scene.market.refresh(&mut scene.world, asset).expect("refresh");
    }
    assert_eq!(after(&mut scene), without);
    assert_ne!(scene.positions().debt(&scene.pool(USD).id), DebtShares(0));
}
