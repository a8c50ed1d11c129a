//! pause: stops some actions and never others. It ends by itself, and a guardian can pause a reserve half of the time
//! at most.

use crate::scene::{BTC, DAY, ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::{Liquidated, Paused};
use ballast::instructions::Proposal;
use ballast_core::pause::{Closure, Pause};
use ballast_core::pool::Pool;
use ballast_core::risk::Ramp;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Market, Receipt};
use solana_keypair::Keypair;
use solana_signer::Signer;

const WITHDRAW: u64 = 1;
const BORROW: u64 = 2;
const LIQUIDATE: u64 = 4;
const FLASH_BORROW: u64 = 8;
const EVERY_ACTION: u64 = 15;
const A_DAY: u32 = 86_400;

fn by(scene: &mut Scene, signer: &Keypair, asset: usize, actions: u64, secs: u32) -> Result<Receipt, Failure> {
    let pause = scene.market.pause_ix(&signer.pubkey(), asset, actions, secs);
    scene.world.send(&[pause], &[signer])
}

fn by_authority(scene: &mut Scene, asset: usize, actions: u64, secs: u32) -> Result<Receipt, Failure> {
    let authority = scene.market.authority.insecure_clone();
    by(scene, &authority, asset, actions, secs)
}

fn by_guardian(scene: &mut Scene, asset: usize, actions: u64, secs: u32) -> Result<Receipt, Failure> {
    scene.market.pause(&mut scene.world, asset, actions, secs)
}

#[test]
fn refuses_anyone_but_guardian_and_authority() {
    let mut scene = Scene::simple();
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.fee_receiver, &scene.lender.key, &foreign.authority, &foreign.guardian];
    for other in others.map(Keypair::insecure_clone) {
        refused(by(&mut scene, &other, SOL, WITHDRAW, 60), BallastError::NotGuardian);
    }
}

#[test]
fn refuses_other_actions_more_than_a_day_and_actions_for_no_time() {
    let mut scene = Scene::simple();
    let officers = [&scene.market.guardian, &scene.market.authority].map(Keypair::insecure_clone);
    for officer in officers {
        for actions in [16, 31, 1 << 63, u64::MAX] {
            refused(by(&mut scene, &officer, SOL, actions, 60), BallastError::InvalidPause);
        }
        for secs in [0, A_DAY + 1, u32::MAX] {
            refused(by(&mut scene, &officer, SOL, WITHDRAW, secs), BallastError::InvalidPause);
        }
        scene.attempt(|scene| by(scene, &officer, SOL, EVERY_ACTION, A_DAY).expect("all for a day"));
    }
}

#[test]
fn writes_the_pause_changes_nothing_else_and_emits_the_event() {
    let mut scene = Scene::simple();
    let before = scene.pool(SOL);
    let event: Paused = by_guardian(&mut scene, SOL, 5, 600).expect("pause").event();
    let ends_at = scene.world.now() + 600;
    let guardian = Closure { actions: 5, ends_at };
    let pause = Pause { guardian, liquidations_resume_at: ends_at, ..before.pause };
    assert_eq!(scene.pool(SOL), Pool { pause, ..before });
    assert_eq!((event.reserve, event.signer), (scene.market.assets[SOL].reserve, scene.market.guardian.pubkey()));
    assert_eq!((event.actions, event.ends_at), (5, ends_at));
}

/// An instruction that succeeds when nothing is paused, and the action whose pause stops it: 0 if no pause does.
struct Case {
    name: &'static str,
    stopped_by: u64,
    run: fn(&mut Scene, Address) -> Result<Receipt, Failure>,
}

const fn case(name: &'static str, stopped_by: u64, run: fn(&mut Scene, Address) -> Result<Receipt, Failure>) -> Case {
    Case { name, stopped_by, run }
}

const CASES: [Case; 15] = [
    case("withdraw", WITHDRAW, |scene, _| scene.withdraw(SOL, ONE_SOL)),
    case("voucher_mint", WITHDRAW, |scene, vouchers| {
        scene.borrower.voucher_mint(&mut scene.world, &scene.market, SOL, vouchers, ONE_SOL)
    }),
    case("borrow", BORROW, |scene, _| scene.borrow(USD, ONE_USD)),
    case("liquidate", LIQUIDATE, |scene, _| {
        scene.set_price(SOL, 80.0);
        scene.liquidate(SOL, USD, ALL)
    }),
    case("flash_borrow", FLASH_BORROW, |scene, _| {
        scene.lender.flash(&mut scene.world, &scene.market, USD, ONE_USD, &[])
    }),
    case("deposit", 0, |scene, _| scene.deposit(SOL, ONE_SOL)),
    case("repay", 0, |scene, _| scene.repay(USD, ALL)),
    case("voucher_burn", 0, |scene, vouchers| {
        scene.borrower.voucher_burn(&mut scene.world, &scene.market, SOL, vouchers, ALL)
    }),
    case("refresh", 0, |scene, _| scene.market.refresh_with_price(&mut scene.world, SOL)),
    case("flag", 0, |scene, _| {
        scene.set_price(SOL, 80.0);
        scene.lender.flag(&mut scene.world, &scene.market, &scene.borrower)
    }),
    case("fees_collect", 0, |scene, _| {
        let destination = scene.market.fee_account(&mut scene.world, USD);
        scene.market.fees_collect(&mut scene.world, USD, destination)
    }),
    case("insurance_fund", 0, |scene, _| {
        let (payer, source) = (scene.lender.address(), scene.lender.tokens[USD]);
        let fund = scene.market.insurance_fund_ix(&payer, source, USD, ONE_USD);
        scene.world.send(&[fund], &[&scene.lender.key])
    }),
    case("assert_health", 0, |scene, _| {
        let now = scene.world.now();
        scene.borrower.assert_health(&mut scene.world, &scene.market, 10_000, now)
    }),
    case("change_execute", 0, |scene, _| scene.market.set(&mut scene.world, SOL, |_| ())),
    case("reserve_tighten", 0, |scene, _| scene.market.tighten(&mut scene.world, SOL, |_| ())),
];

/// The simple scene, with some collateral of the borrower as vouchers.
fn with_vouchers() -> (Scene, Address) {
    let mut scene = Scene::simple();
    let Scene { world, market, borrower, .. } = &mut scene;
    let vouchers = borrower.voucher_account(world, market, SOL);
    borrower.voucher_mint(world, market, SOL, vouchers, ONE_SOL).expect("voucher_mint");
    (scene, vouchers)
}

/// Every set of actions is paused on all reserves, and every instruction is tried.
#[test]
fn stops_only_what_it_names_and_never_deposits_or_repayments() {
    let (mut scene, vouchers) = with_vouchers();
    for actions in 0..=EVERY_ACTION {
        scene.attempt(|scene| {
            for asset in [SOL, USD, BTC, ETH] {
                by_authority(scene, asset, actions, A_DAY).expect("pause");
            }
            for Case { name, stopped_by, run } in CASES {
                scene.attempt(|scene| match (run(scene, vouchers), stopped_by & actions) {
                    (result, 0) => drop(result.unwrap_or_else(|failure| panic!("{name}, {actions}: {failure:#?}"))),
                    (result, _) => refused(result, BallastError::ActionPaused),
                });
            }
        });
    }
}

#[test]
fn stops_one_reserve_only() {
    let (mut scene, vouchers) = with_vouchers();
    for asset in [BTC, ETH] {
        by_guardian(&mut scene, asset, EVERY_ACTION, A_DAY).expect("pause");
    }
    for Case { name, run, .. } in CASES {
        scene.attempt(|scene| drop(run(scene, vouchers).expect(name)));
    }
}

#[test]
fn either_reserve_of_the_pair_stops_a_liquidation() {
    for asset in [SOL, USD] {
        let mut scene = Scene::simple();
        by_guardian(&mut scene, asset, LIQUIDATE, A_DAY).expect("pause");
        scene.set_price(SOL, 80.0);
        refused(scene.liquidate(SOL, USD, ALL), BallastError::ActionPaused);
    }
}

/// No pause prevents a write-off. It moves no tokens, and suppliers who knew of the loss could withdraw before the
/// others.
#[test]
fn a_debt_without_any_collateral_is_written_off_whatever_is_paused() {
    let mut scene = Scene::simple();
    let (mut obligation, id) = (scene.obligation(), scene.pool(SOL).id);
    let collateral = obligation.positions.collateral(&id);
    obligation.positions.remove_collateral(&id, collateral).expect("a collateral");
    scene.world.write(&scene.borrower.obligation, &obligation);
    for asset in [SOL, USD] {
        by_guardian(&mut scene, asset, EVERY_ACTION, A_DAY).expect("pause");
    }
    let vaults = [SOL, USD].map(|asset| scene.vault(asset));
    let event: Liquidated = scene.liquidate(SOL, USD, 0).expect("a loss is booked").event();
    assert_eq!((event.repaid_atoms, event.seized_atoms), (0, 0));
    assert_ne!(event.loss_debt_shares, [0, 0]);
    assert!(!scene.has_debt());
    assert_eq!([SOL, USD].map(|asset| scene.vault(asset)), vaults);
}

#[test]
fn ends_by_itself_to_the_second() {
    let mut scene = Scene::simple();
    by_guardian(&mut scene, USD, BORROW, 60).expect("pause");
    scene.wait(59);
    refused(scene.borrow(USD, ONE_USD), BallastError::ActionPaused);
    scene.wait(1);
    scene.borrow(USD, ONE_USD).expect("borrow");
}

#[test]
fn the_authority_renews_narrows_and_ends_a_pause() {
    let mut scene = Scene::simple();
    for _ in 0..3 {
        by_authority(&mut scene, USD, EVERY_ACTION, A_DAY).expect("pause");
        scene.wait(DAY - 1);
        refused(scene.borrow(USD, ONE_USD), BallastError::ActionPaused);
    }
    by_authority(&mut scene, USD, WITHDRAW, A_DAY).expect("pause");
    scene.attempt(|scene| scene.borrow(USD, ONE_USD).expect("borrow"));
    by_authority(&mut scene, USD, EVERY_ACTION, A_DAY).expect("pause");
    by_authority(&mut scene, USD, 0, 0).expect("the end of the pause");
    scene.borrow(USD, ONE_USD).expect("borrow");
}

#[test]
fn the_authority_ends_a_pause_of_the_guardian() {
    let mut scene = Scene::simple();
    by_guardian(&mut scene, USD, EVERY_ACTION, A_DAY).expect("pause");
    by_authority(&mut scene, USD, 0, A_DAY).expect("the end of the pause");
    scene.borrow(USD, ONE_USD).expect("borrow");
}

#[test]
fn the_guardian_adds_actions_and_no_time_to_a_running_pause() {
    let mut scene = Scene::simple();
    by_guardian(&mut scene, USD, BORROW, 600).expect("pause");
    let ends_at = scene.world.now() + 600;
    scene.wait(599);
    by_guardian(&mut scene, USD, FLASH_BORROW, A_DAY).expect("more actions");
    let guardian = Closure { actions: BORROW | FLASH_BORROW, ends_at };
    assert_eq!(scene.pool(USD).pause.guardian, guardian);
    by_guardian(&mut scene, USD, 0, 0).expect("a pause that removes no action");
    assert_eq!(scene.pool(USD).pause.guardian, guardian);
    scene.wait(1);
    scene.borrow(USD, ONE_USD).expect("borrow");
}

#[test]
fn the_guardian_waits_a_day_after_a_pause_and_the_authority_does_not() {
    let mut scene = Scene::simple();
    by_guardian(&mut scene, USD, BORROW, 60).expect("pause");
    for secs in [60, DAY - 1] {
        scene.wait(secs);
        refused(by_guardian(&mut scene, USD, BORROW, 1), BallastError::PauseTooSoon);
        scene.attempt(|scene| by_authority(scene, USD, BORROW, 1).expect("pause"));
        scene.attempt(|scene| by_guardian(scene, SOL, BORROW, 1).expect("another reserve"));
    }
    scene.wait(1);
    by_guardian(&mut scene, USD, BORROW, A_DAY).expect("pause");
}

#[test]
fn the_authority_cannot_keep_the_guardian_from_pausing() {
    let mut scene = Scene::simple();
    for (actions, secs) in [(0, 0), (WITHDRAW, A_DAY), (0, A_DAY)] {
        by_authority(&mut scene, USD, actions, secs).expect("pause");
        scene.attempt(|scene| {
            by_guardian(scene, USD, BORROW, A_DAY).expect("the guardian's own pause");
            scene.wait(DAY - 1);
            refused(scene.borrow(USD, ONE_USD), BallastError::ActionPaused);
        });
    }
}

/// Beside a pause of the authority the guardian's has its own end and its own cooldown, and leaves the other's alone.
#[test]
fn the_pauses_of_authority_and_guardian_end_separately() {
    for (authoritys, guardians) in [(600, 60), (60, 600)] {
        let mut scene = Scene::simple();
        by_authority(&mut scene, USD, BORROW, authoritys).expect("pause");
        let event: Paused = by_guardian(&mut scene, USD, FLASH_BORROW, guardians).expect("pause").event();
        assert_eq!((event.actions, event.ends_at), (FLASH_BORROW, scene.world.now() + i64::from(guardians)));
        scene.wait(60);
        let results = [
            scene.attempt(|scene| scene.borrow(USD, ONE_USD)),
            scene.attempt(|scene| scene.lender.flash(&mut scene.world, &scene.market, USD, ONE_USD, &[])),
        ];
        for (result, secs) in results.into_iter().zip([authoritys, guardians]) {
            if secs > 60 { refused(result, BallastError::ActionPaused) } else { drop(result.expect("open again")) }
        }
        scene.wait(i64::from(guardians) - 60 + DAY);
        by_guardian(&mut scene, USD, BORROW, 60).expect("a day after the guardian's own pause");
    }
}

/// Even if the guardian tries every hour, a reserve is open on every other day.
#[test]
fn a_guardian_closes_a_reserve_half_of_the_time_at_most() {
    let mut scene = Scene::simple();
    let mut open_hours = 0;
    for _ in 0..8 * 24 {
        drop(by_guardian(&mut scene, USD, BORROW, A_DAY));
        open_hours += u32::from(scene.attempt(|scene| scene.borrow(USD, ONE_USD).is_ok()));
        scene.wait(3_600);
    }
    assert_eq!(open_hours, 4 * 24);
}

#[test]
fn a_key_that_is_guardian_and_authority_pauses_as_the_authority() {
    let mut scene = Scene::simple();
    let authority = scene.market.authority.pubkey();
    scene.market.set_market(&mut scene.world, |market| market.guardian = authority).expect("a change");
    by_authority(&mut scene, USD, BORROW, 60).expect("pause");
    scene.wait(61);
    by_authority(&mut scene, USD, BORROW, 60).expect("again");
}

/// INV-11: a pause makes nobody liquidatable and leaves queued changes as they are.
#[test]
fn changes_no_health_and_no_queued_change() {
    let mut scene = Scene::established();
    let (target, settings) = (scene.market.target(SOL), scene.market.settings(&scene.world, SOL));
    let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    scene.market.propose(&mut scene.world, target, 1, proposal).expect("change_propose");
    let before = scene.health();
    for asset in [SOL, USD] {
        by_guardian(&mut scene, asset, EVERY_ACTION & !LIQUIDATE, A_DAY).expect("pause");
    }
    assert_eq!(scene.health(), before);
    refused(scene.liquidate(SOL, USD, ALL), BallastError::ObligationHealthy);
    scene.wait(DAY);
    scene.market.execute(&mut scene.world, target, 1, None).expect("change_execute");
}
