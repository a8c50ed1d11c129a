//! flag: anybody may record that an obligation has crossed a line, once per crossing: a warning, or the start of the
//! cure window.

use crate::scene::{BTC, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::{CallUpdated, HealthWarned, MarginCallCleared, MarginCalled, WarningRearmed};
use ballast_core::call::Call;
use ballast_testkit::user::ALL;
use ballast_testkit::{Receipt, User};

/// The simple scene at a price of SOL: 7,000 USD of debt have a health of 1 at 87.50, of 1.1 at 96.25 and of 1.12 at
/// 98.
fn at(dollars: f64) -> Scene {
    let mut scene = Scene::simple();
    scene.set_price(SOL, dollars);
    scene
}

/// Under a margin call at a health of 0.975.
fn called() -> Scene {
    let mut scene = at(85.4);
    scene.flag().expect("below 1");
    assert_ne!(scene.obligation().call.called_at, 0);
    scene
}

/// Counts the events: warned, rearmed, called, cleared.
fn counts(receipt: &Receipt) -> [usize; 4] {
    [
        receipt.events::<HealthWarned>().len(),
        receipt.events::<WarningRearmed>().len(),
        receipt.events::<MarginCalled>().len(),
        receipt.events::<MarginCallCleared>().len(),
    ]
}

#[test]
fn refuses_a_missing_position_among_the_remaining_accounts() {
    let mut scene = at(80.0);
    for missing in [1, 2] {
        let mut flag = scene.lender.flag_ix(&scene.world, &scene.market, scene.borrower.obligation);
        flag.accounts.truncate(flag.accounts.len() - missing);
        refused(scene.world.send(&[flag], &[&scene.lender.key]), BallastError::WrongRemainingAccounts);
    }
}

/// A dead feed protects nobody: its price counts at a discount, and without an account the mark does.
#[test]
fn a_price_of_any_age_will_do() {
    let mut scene = at(90.0);
    scene.attempt(|scene| assert_eq!(counts(&scene.flag().expect("a warning")), [1, 0, 0, 0]));
    scene.world.advance(30 * 86_400);
    scene.attempt(|scene| assert_eq!(counts(&scene.flag().expect("discounted")), [1, 0, 1, 0]));
    let feed = scene.market.assets[SOL].feed.address;
    scene.world.set(feed, solana_account::Account::default());
    assert_eq!(counts(&scene.flag().expect("the mark, discounted")), [1, 0, 1, 0]);
}

#[test]
fn refuses_when_no_line_was_crossed() {
    refused(Scene::new().flag(), BallastError::NothingToFlag);
    refused(at(100.0).flag(), BallastError::NothingToFlag);
    // The limit is 7,700 USD, and a minute of interest is a cent.
    refused(at(96.26).flag(), BallastError::NothingToFlag);
    at(96.24).flag().expect("below 1.1");
}

#[test]
fn refuses_to_record_a_crossing_twice() {
    let mut scene = at(95.0);
    scene.flag().expect("below the warning line");
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 87.51);
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 87.49);
    scene.flag().expect("below 1");
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 60.0);
    let event: CallUpdated = scene.flag().expect("deep now: a clock starts").event();
    let slot = scene.world.slot();
    assert_eq!([event.turn_at, event.deep_at, event.deep_agreed_at, event.slot], [slot; 4]);
    refused(scene.flag(), BallastError::NothingToFlag);
}

#[test]
fn records_a_warning_and_emits_the_event() {
    let mut scene = at(95.0);
    let receipt = scene.flag().expect("flag");
    assert_eq!(counts(&receipt), [1, 0, 0, 0]);
    let event: HealthWarned = receipt.event();
    assert_eq!((event.obligation, event.owner), (scene.borrower.obligation, scene.borrower.address()));
    assert_eq!(event.health_bps, scene.health().factor_bps_floor());
    assert_eq!(scene.obligation().call, Call { warned: 1, ..Call::default() });
}

#[test]
fn records_the_slot_of_a_call_and_emits_the_event() {
    let mut scene = at(95.0);
    scene.flag().expect("a warning first");
    scene.set_price(SOL, 87.0);
    let slot = scene.world.slot();
    let receipt = scene.flag().expect("flag");
    assert_eq!(counts(&receipt), [0, 0, 1, 0]);
    let event: MarginCalled = receipt.event();
    assert_eq!((event.obligation, event.owner), (scene.borrower.obligation, scene.borrower.address()));
    assert_eq!((event.health_bps, event.slot), (scene.health().factor_bps_floor(), slot));
    assert_eq!(
        scene.obligation().call,
        Call { called_at: slot, turn_at: slot, seen_at: slot, warned: 1, ..Call::default() }
    );
}

#[test]
fn a_fall_through_both_lines_warns_and_calls_at_once() {
    let mut scene = at(87.0);
    assert_eq!(counts(&scene.flag().expect("flag")), [1, 0, 1, 0]);
    scene.set_price(SOL, 100.0);
    let receipt = scene.flag().expect("and back through both");
    assert_eq!(counts(&receipt), [0, 1, 0, 1]);
    let (armed, cleared): (WarningRearmed, MarginCallCleared) = (receipt.event(), receipt.event());
    let health = scene.health().factor_bps_floor();
    assert_eq!((armed.obligation, armed.owner, armed.health_bps), who(&scene, health));
    assert_eq!((cleared.obligation, cleared.owner, cleared.health_bps), who(&scene, health));
    assert_eq!(scene.obligation().call, Call::default());
}

fn who(scene: &Scene, health_bps: u64) -> (anchor_lang::prelude::Address, anchor_lang::prelude::Address, u64) {
    (scene.borrower.obligation, scene.borrower.address(), health_bps)
}

/// Health that moves around the line warns only once: the warning is rearmed at 1.12, not at 1.1.
#[test]
fn warns_again_only_after_health_was_well_above_the_line() {
    let mut scene = at(96.0);
    scene.flag().expect("below 1.1");
    for near in [96.3, 96.0, 97.9, 96.2, 97.99] {
        scene.set_price(SOL, near);
        refused(scene.flag(), BallastError::NothingToFlag);
    }
    scene.set_price(SOL, 98.01);
    assert_eq!(counts(&scene.flag().expect("at 1.12")), [0, 1, 0, 0]);
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 96.0);
    assert_eq!(counts(&scene.flag().expect("below 1.1 again")), [1, 0, 0, 0]);
}

#[test]
fn the_owner_chooses_the_warning_line() {
    let mut scene = at(90.0);
    let Scene { world, borrower, .. } = &mut scene;
    borrower.set(world, |settings| settings.warning_bps = 200).expect("obligation_settings");
    // 1.02 is 89.25.
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 89.2);
    assert_eq!(counts(&scene.flag().expect("below 1.02")), [1, 0, 0, 0]);
    let Scene { world, borrower, .. } = &mut scene;
    borrower.set(world, |settings| settings.warning_bps = 0).expect("obligation_settings");
    scene.set_price(SOL, 89.3);
    assert_eq!(counts(&scene.flag().expect("at 1.02")), [0, 1, 0, 0]);
}

#[test]
fn a_call_is_cleared_as_soon_as_health_is_one() {
    let mut scene = called();
    scene.set_price(SOL, 87.49);
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.set_price(SOL, 87.51);
    assert_eq!(counts(&scene.flag().expect("above 1")), [0, 0, 0, 1]);
    assert_eq!(scene.obligation().call, Call { warned: 1, ..Call::default() });
    refused(scene.flag(), BallastError::NothingToFlag);
}

/// A flag renews a call that has not been seen for 500 slots.
#[test]
fn a_call_is_renewed_by_flags() {
    let mut scene = called();
    let call = scene.obligation().call;
    scene.world.advance_slots(Call::RENEW_SLOTS - 1);
    refused(scene.flag(), BallastError::NothingToFlag);
    scene.world.advance_slots(1);
    assert_eq!(scene.flag().expect("renewed").events::<CallUpdated>().len(), 1);
    assert_eq!(scene.obligation().call, Call { seen_at: scene.world.slot(), ..call });
    refused(scene.flag(), BallastError::NothingToFlag);
}

/// INV-12: an old call would give the highest bonus at once, so it expires. A new call opens a whole cure window.
#[test]
fn a_call_expires_when_nobody_renews_it() {
    let mut scene = called();
    let first = scene.obligation().call.called_at;
    scene.world.advance_slots(Call::LIFE_SLOTS + 1);
    let event: MarginCalled = scene.flag().expect("a new call").event();
    assert_eq!(event.slot, first + Call::LIFE_SLOTS + 1);
    assert_eq!(scene.obligation().call.called_at, event.slot);
    refused(scene.flag(), BallastError::NothingToFlag);
}

#[test]
fn an_expired_call_of_a_healthy_obligation_is_cleared() {
    let mut scene = called();
    scene.world.advance_slots(Call::LIFE_SLOTS + 1);
    scene.set_price(SOL, 90.0);
    assert_eq!(counts(&scene.flag().expect("flag")), [0, 0, 0, 1]);
}

#[test]
fn every_instruction_that_prices_a_healthy_obligation_clears_its_call() {
    let mut scene = called();
    scene.set_price(SOL, 97.9);
    let vouchers = scene.borrower.voucher_account(&mut scene.world, &scene.market, SOL);
    let cleared = |scene: &Scene| scene.obligation().call == Call { warned: 1, ..Call::default() };
    scene.attempt(|scene| {
        scene.borrow(USD, ONE_USD).expect("borrow");
        assert!(cleared(scene));
    });
    scene.attempt(|scene| {
        scene.withdraw(SOL, ONE_SOL).expect("withdraw");
        assert!(cleared(scene));
    });
    let Scene { world, market, borrower, .. } = &mut scene;
    borrower.voucher_mint(world, market, SOL, vouchers, ONE_SOL).expect("voucher_mint");
    assert!(cleared(&scene));
    refused(scene.flag(), BallastError::NothingToFlag);
}

#[test]
fn a_liquidation_clears_the_call_when_it_restores_health_and_only_then() {
    let mut scene = called();
    let call = scene.obligation().call;
    scene.liquidate(SOL, USD, 10 * ONE_USD).expect("a part");
    assert_eq!(scene.obligation().call, call, "still below 1");
    scene.liquidate(SOL, USD, ALL).expect("the rest");
    assert_eq!(scene.obligation().call, Call { warned: 1, ..Call::default() });
}

/// Both read no price. A flag clears the call.
#[test]
fn deposits_and_repayments_leave_the_call_to_the_next_flag() {
    let mut scene = called();
    let call = scene.obligation().call;
    scene.deposit(SOL, 5 * ONE_SOL).expect("deposit");
    scene.repay(USD, 100 * ONE_USD).expect("repay");
    assert_eq!(scene.obligation().call, call);
    assert_eq!(counts(&scene.flag().expect("flag")), [0, 0, 0, 1]);
}

#[test]
fn anybody_may_flag_and_the_owner_too() {
    let mut scene = at(87.0);
    let stranger = User::new(&mut scene.world, &scene.market, 0);
    let Scene { world, market, borrower, .. } = &mut scene;
    let mut before = world.clone();
    borrower.flag(&mut before, market, borrower).expect("by the owner");
    stranger.flag(world, market, borrower).expect("by a stranger");
    let [by_owner, by_stranger] = [&before, world].map(|world| borrower.obligation(world).call);
    assert_eq!(by_owner, by_stranger);
}

#[test]
fn moves_nothing_but_the_record() {
    let mut scene = Scene::indebted();
    scene.set_price(SOL, 30.0);
    let reserves =
        |scene: &Scene| [SOL, USD, BTC, ETH].map(|asset| scene.world.get(&scene.market.assets[asset].reserve));
    let (before, mut obligation) = (reserves(&scene), scene.obligation());
    scene.flag().expect("all four positions are priced");
    assert_eq!(reserves(&scene), before);
    obligation.call = scene.obligation().call;
    assert_eq!(bytemuck::bytes_of(&scene.obligation()), bytemuck::bytes_of(&obligation));
    scene.audit();
}
