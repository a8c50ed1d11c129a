//! change_execute: what was proposed is in force, once.

use crate::scene::{SOL, Scene};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::ChangeExecuted;
use ballast::instructions::Proposal;
use ballast_core::risk::Ramp;
use ballast_tests::Target;
use solana_account::Account;

#[test]
fn a_market_without_a_delay_changes_a_reserve_at_once() {
    let mut scene = Scene::simple();
    let before = scene.pool(SOL);
    let receipt = scene.market.set(&mut scene.world, SOL, |settings| settings.risk.ltv_bps = 7_000);
    let event: ChangeExecuted = receipt.expect("a change").event();
    assert_eq!((event.target, event.kind), (scene.market.assets[SOL].reserve, 0));
    let after = scene.pool(SOL);
    assert_eq!((after.settings.risk.ltv_bps, after.epoch), (7_000, before.epoch + 1));
    assert_eq!((after.opened_at, after.ramp), (before.opened_at, Ramp::default()));
    assert_eq!(scene.world.get(&event.change), Account::default(), "its rent is back");
    scene.audit();
}

#[test]
fn a_market_without_a_delay_changes_its_own_settings_at_once_and_never_again_after_it_has_one() {
    let mut scene = Scene::new();
    let receipt = scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 3_600);
    let event: ChangeExecuted = receipt.expect("a change").event();
    assert_eq!((event.target, event.kind), (scene.market.config, 2));
    let config = scene.market.state(&scene.world);
    assert_eq!((config.market.change_delay_secs, config.epoch), (3_600, 1));
    let again = scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = 8);
    refused(again, BallastError::ChangeTooEarly);
    let back = scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 0);
    refused(back, BallastError::InvalidDelay);
}

#[test]
fn a_change_waits_for_its_delay() {
    let mut scene = Scene::new();
    scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = 3_600).expect("a change");
    let mut market = scene.market.state(&scene.world).market;
    market.terms.cure_slots = 8;
    scene.market.propose(&mut scene.world, Target::Market, 1, Proposal::Market { market }).expect("change_propose");
    assert_eq!(scene.market.change(&scene.world, 1).executable_at, scene.world.now() + 3_600);
    scene.wait(3_599);
    refused(scene.market.execute(&mut scene.world, Target::Market, 1, &[]), BallastError::ChangeTooEarly);
    scene.wait(1);
    scene.market.execute(&mut scene.world, Target::Market, 1, &[]).expect("change_execute");
    assert_eq!(scene.market.state(&scene.world).market.terms.cure_slots, 8);
}
