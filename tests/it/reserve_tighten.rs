//! reserve_tighten: guardian and authority lower limits at once. No limit rises, and nobody becomes liquidatable.

use crate::scene::{BTC, DAY, ETH, ONE_ETH, ONE_SOL, ONE_USD, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::ReserveTightened;
use ballast::instructions::Proposal;
use ballast_core::pool::Pool;
use ballast_core::risk::Ramp;
use ballast_core::settings::{Settings, Tightening};
use ballast_testkit::governance::as_tight;
use ballast_testkit::user::ALL;
use ballast_testkit::{Failure, Market, Receipt};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A field, with one step down and one step up.
type Turn = (&'static str, fn(&mut Tightening), fn(&mut Tightening));

const TURNS: [Turn; 6] = [
    ("ltv_bps", |to| to.ltv_bps -= 1, |to| to.ltv_bps += 1),
    ("max_utilization_bps", |to| to.max_utilization_bps -= 1, |to| to.max_utilization_bps += 1),
    ("supply_cap_atoms", |to| to.supply_cap_atoms -= 1, |to| to.supply_cap_atoms += 1),
    ("borrow_cap_atoms", |to| to.borrow_cap_atoms -= 1, |to| to.borrow_cap_atoms += 1),
    ("collateral_cap_usd", |to| to.collateral_cap_usd -= 1, |to| to.collateral_cap_usd += 1),
    ("allowed_debts", |to| to.allowed_debts &= !8, |to| to.allowed_debts |= 4),
];

/// The tightest limits: nothing is allowed.
const SHUT: Tightening = Tightening {
    ltv_bps: 0,
    max_utilization_bps: 0,
    supply_cap_atoms: 0,
    borrow_cap_atoms: 0,
    collateral_cap_usd: 0,
    allowed_debts: 0,
};

/// The simple scene, with limits of SOL that can both fall and rise.
fn limited() -> Scene {
    let mut scene = Scene::simple();
    let limit = |settings: &mut Settings| {
        let limits = &mut settings.limits;
        (limits.supply_cap_atoms, limits.borrow_cap_atoms) = (1 << 60, 1 << 60);
        (limits.collateral_cap_usd, limits.allowed_debts) = (1 << 40, 0b1010);
        limits.max_utilization_bps = 9_000;
    };
    scene.market.set(&mut scene.world, SOL, limit).expect("a change");
    scene
}

fn tighten(scene: &mut Scene, signer: &Keypair, asset: usize, to: Tightening) -> Result<Receipt, Failure> {
    let tighten = scene.market.tighten_ix(&signer.pubkey(), asset, to);
    scene.world.send(&[tighten], &[signer])
}

fn officers(scene: &Scene) -> [Keypair; 2] {
    [&scene.market.guardian, &scene.market.authority].map(Keypair::insecure_clone)
}

#[test]
fn refuses_anyone_but_guardian_and_authority() {
    let mut scene = Scene::simple();
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.fee_receiver, &scene.lender.key, &foreign.authority, &foreign.guardian];
    for other in others.map(Keypair::insecure_clone) {
        refused(tighten(&mut scene, &other, SOL, SHUT), BallastError::NotGuardian);
    }
}

#[test]
fn refuses_a_rising_limit_even_if_all_others_fall() {
    let mut scene = limited();
    let now = as_tight(&scene.market.settings(&scene.world, SOL));
    for signer in officers(&scene) {
        for (name, _, up) in TURNS {
            let mut alone = now;
            up(&mut alone);
            assert_ne!(alone, now, "{name} rises");
            refused(tighten(&mut scene, &signer, SOL, alone), BallastError::NotTighter);
            let mut among = now;
            for (other, down, _) in TURNS {
                if other == name { up(&mut among) } else { down(&mut among) }
            }
            refused(tighten(&mut scene, &signer, SOL, among), BallastError::NotTighter);
        }
    }
}

#[test]
fn lowers_each_limit_at_once_changes_nothing_else_and_emits_the_event() {
    let mut scene = limited();
    for signer in officers(&scene) {
        for (name, down, _) in TURNS {
            scene.attempt(|scene| {
                let before = scene.pool(SOL);
                let mut to = as_tight(&before.settings);
                down(&mut to);
                assert_ne!(to, as_tight(&before.settings), "{name} falls");

                let event: ReserveTightened = tighten(scene, &signer, SOL, to).expect(name).event();

                let after = scene.pool(SOL);
                let mut expected = Pool { epoch: before.epoch + 1, ..before };
                expected.settings.tighten(&to).expect("core lowers it");
                assert_eq!((after, as_tight(&after.settings)), (expected, to));
                assert_eq!((event.reserve, event.signer), (scene.market.assets[SOL].reserve, signer.pubkey()));
                event_matches(&event, &to);
            });
        }
    }
}

/// Panics unless the event holds the new limits.
#[track_caller]
fn event_matches(event: &ReserveTightened, to: &Tightening) {
    let emitted = Tightening {
        ltv_bps: event.ltv_bps as u16,
        max_utilization_bps: event.max_utilization_bps as u16,
        supply_cap_atoms: event.supply_cap_atoms,
        borrow_cap_atoms: event.borrow_cap_atoms,
        collateral_cap_usd: event.collateral_cap_usd,
        allowed_debts: event.allowed_debts,
    };
    assert_eq!(emitted, *to);
}

#[test]
fn a_market_with_a_delay_tightens_without_one() {
    let mut scene = Scene::established();
    scene.market.tighten(&mut scene.world, SOL, |to| *to = SHUT).expect("reserve_tighten");
    assert_eq!(as_tight(&scene.market.settings(&scene.world, SOL)), SHUT);
}

#[test]
fn accepts_the_same_limits_again() {
    let mut scene = Scene::simple();
    scene.market.tighten(&mut scene.world, SOL, |_| ()).expect("reserve_tighten");
}

/// The next deposit, loan or withdrawal meets its limit.
#[test]
fn takes_effect_at_once() {
    type Row = (usize, fn(&mut Tightening), BallastError);
    let mut scene = Scene::simple();
    let rows: [Row; 5] = [
        (USD, |to| to.borrow_cap_atoms = 0, BallastError::BorrowCapReached),
        (USD, |to| to.max_utilization_bps = 0, BallastError::UtilizationTooHigh),
        (SOL, |to| to.ltv_bps = 0, BallastError::HealthTooLow),
        (SOL, |to| to.collateral_cap_usd = 0, BallastError::HealthTooLow),
        (SOL, |to| to.allowed_debts = 0, BallastError::DebtNotAllowed),
    ];
    scene.attempt(|scene| scene.borrow(USD, ONE_USD).expect("before the tightening"));
    for (asset, change, refusal) in rows {
        scene.attempt(|scene| {
            scene.market.tighten(&mut scene.world, asset, change).expect("reserve_tighten");
            refused(scene.borrow(USD, ONE_USD), refusal);
        });
    }
    scene.attempt(|scene| {
        scene.market.tighten(&mut scene.world, SOL, |to| to.supply_cap_atoms = 0).expect("reserve_tighten");
        refused(scene.deposit(SOL, ONE_SOL), BallastError::SupplyCapReached);
    });
}

/// INV-11: a guardian who lowers every limit changes no health, and everybody can still repay.
#[test]
fn makes_nobody_liquidatable_and_keeps_nobody_from_repaying() {
    let mut scene = Scene::indebted();
    let before = scene.health();
    for asset in [SOL, USD, BTC, ETH] {
        scene.market.tighten(&mut scene.world, asset, |to| *to = SHUT).expect("reserve_tighten");
    }
    assert_eq!(scene.health(), before);
    for collateral in [SOL, BTC] {
        for debt in [USD, ETH] {
            refused(scene.liquidate(collateral, debt, ALL), BallastError::ObligationHealthy);
        }
    }
    scene.repay(USD, ALL).expect("repay");
    scene.repay(ETH, ONE_ETH / 10).expect("repay");
    scene.audit();
}

/// INV-11: a queued change cannot overrule the guardian's later tightening.
#[test]
fn makes_queued_changes_of_the_reserve_obsolete() {
    let mut scene = Scene::established();
    for (number, asset) in [(1, SOL), (2, USD)] {
        let settings = scene.market.settings(&scene.world, asset);
        let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
        let target = scene.market.target(asset);
        scene.market.propose(&mut scene.world, target, number, proposal).expect("change_propose");
    }
    scene.market.tighten(&mut scene.world, SOL, |to| to.ltv_bps = 0).expect("reserve_tighten");
    scene.wait(DAY);
    let (sol, usd) = (scene.market.target(SOL), scene.market.target(USD));
    refused(scene.market.execute(&mut scene.world, sol, 1, None), BallastError::ChangeObsolete);
    scene.market.execute(&mut scene.world, usd, 2, None).expect("another reserve");
}

/// Only a change raises a limit again, with its notice and its steps.
#[test]
fn what_was_lowered_comes_back_by_changes_only() {
    let mut scene = Scene::simple();
    scene.market.tighten(&mut scene.world, SOL, |to| to.ltv_bps = 7_000).expect("reserve_tighten");
    refused(scene.market.tighten(&mut scene.world, SOL, |to| to.ltv_bps = 7_001), BallastError::NotTighter);
    scene.market.set(&mut scene.world, SOL, |settings| settings.risk.ltv_bps = 7_500).expect("a change");
    scene.borrow(USD, 400 * ONE_USD).expect("borrow");
}
