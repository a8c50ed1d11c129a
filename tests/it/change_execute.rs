//! change_execute: applies a proposed change once, after its notice and before it expires.

mod feed;

use crate::interface::account_of;
use crate::scene::{DAY, SOL, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ChangeExecuted;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast_core::curve::{Curve, CurvePoint};
use ballast_core::limits::Limits;
use ballast_core::notice::ChangeNotice;
use ballast_core::op::change_execute::change_execute;
use ballast_core::op::refresh::refresh;
use ballast_core::price::PriceGuard;
use ballast_core::risk::Ramp;
use ballast_core::settings::Settings;
use ballast_core::volatility::MarginModel;
use ballast_testkit::market::default_terms;
use ballast_testkit::pyth::{PythFeed, Quotation};
use ballast_testkit::{ChangeTarget, Failure, Market, Receipt};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A feed that no asset has.
fn new_feed() -> PythFeed {
    PythFeed::new([9; 32])
}

fn feed_proposal() -> Proposal {
    Proposal::Feed { feed: PriceFeed { feed_id: new_feed().id, shard: 0, receiver: 0 } }
}

fn settings_proposal(scene: &Scene, asset: usize) -> Proposal {
    Proposal::Settings { settings: scene.market.settings(&scene.world, asset), ramp_secs: Ramp::MIN_SECS }
}

fn market_proposal(scene: &Scene) -> Proposal {
    Proposal::Market { market: scene.market.state(&scene.world).market }
}

/// Publishes a current price of the new feed.
fn publish(scene: &mut Scene, dollars: f64) {
    scene.world.publish(&new_feed(), &Quotation::calm(dollars, scene.world.now()));
}

/// One change of each kind, all waiting for a day: 0 for SOL, 1 for USD, 2 for the market; with the arguments of its
/// execution.
fn waiting() -> (Scene, [(ChangeTarget, u64, Option<Address>); 3]) {
    let mut scene = Scene::established();
    let (sol, usd) = (scene.market.target(SOL), scene.market.target(USD));
    let proposals = [
        (sol, settings_proposal(&scene, SOL)),
        (usd, feed_proposal()),
        (ChangeTarget::Market, market_proposal(&scene)),
    ];
    for (number, (target, proposal)) in (0..).zip(proposals) {
        scene.market.propose(&mut scene.world, target, number, proposal).expect("change_propose");
    }
    (scene, [(sol, 0, None), (usd, 1, Some(new_feed().address)), (ChangeTarget::Market, 2, None)])
}

fn execute(scene: &mut Scene, change: &(ChangeTarget, u64, Option<Address>)) -> Result<Receipt, Failure> {
    publish(scene, 1.0);
    let (target, number, price) = change;
    scene.market.execute(&mut scene.world, *target, *number, *price)
}

#[test]
fn refuses_anyone_but_the_authority() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.guardian, &scene.market.fee_receiver, &scene.lender.key, &foreign.authority];
    for other in others.map(Keypair::insecure_clone) {
        for (target, number, price) in &changes {
            let mut execute = scene.market.execute_ix(*target, *number, *price);
            account_of(&mut execute, "authority").pubkey = other.pubkey();
            refused(scene.world.send(&[execute], &[&other]), BallastError::NotAuthority);
        }
    }
}

/// Every change is tried on every target but its own.
#[test]
fn refuses_a_change_of_another_target() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    for (own, number, price) in &changes {
        for (other, ..) in &changes {
            if other != own {
                refused(execute(&mut scene, &(*other, *number, *price)), BallastError::WrongChange);
            }
        }
    }
}

/// INV-11: not a second before the notice ends.
#[test]
fn refuses_until_the_second_in_which_the_notice_ends() {
    let (mut scene, changes) = waiting();
    for secs in [0, DAY - 1] {
        scene.wait(secs);
        for change in &changes {
            refused(execute(&mut scene, change), BallastError::ChangeTooEarly);
        }
    }
    scene.wait(1);
    for change in &changes {
        execute(&mut scene, change).expect("the exact second");
    }
}

/// INV-11: a change that nobody executes expires.
#[test]
fn refuses_a_change_left_for_fourteen_days() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY + ChangeNotice::LIFE_SECS);
    for change in &changes {
        scene.attempt(|scene| execute(scene, change).expect("the last second"));
    }
    scene.wait(1);
    for change in &changes {
        refused(execute(&mut scene, change), BallastError::ChangeObsolete);
    }
}

/// INV-11: of two changes of one target only one can be executed, of any kinds.
#[test]
fn refuses_a_change_after_another_of_the_same_target() {
    let (mut scene, changes) = waiting();
    let [sol, usd, market] = &changes;
    let rivals = [
        (sol, settings_proposal(&scene, SOL), None),
        (usd, settings_proposal(&scene, USD), None),
        (usd, feed_proposal(), Some(new_feed().address)),
        (market, market_proposal(&scene), None),
    ];
    for (change, proposal, price) in rivals {
        scene.attempt(|scene| {
            let rival = (change.0, 9, price);
            scene.market.propose(&mut scene.world, rival.0, rival.1, proposal).expect("change_propose");
            scene.wait(DAY);
            execute(scene, &rival).expect("the rival");
            refused(execute(scene, change), BallastError::ChangeObsolete);
            for other in changes.iter().filter(|other| other.1 != change.1) {
                execute(scene, other).expect("a change of another target");
            }
        });
    }
}

#[test]
fn returns_the_rent_to_the_authority_and_cannot_run_twice() {
    let (mut scene, changes) = waiting();
    scene.wait(DAY);
    publish(&mut scene, 1.0);
    for (target, number, price) in &changes {
        let address = ballast::seeds::change_address(&scene.market.config, *number);
        let authority = scene.market.authority.insecure_clone();
        let (rent, before) = (scene.world.get(&address).lamports, scene.world.get(&authority.pubkey()).lamports);
        let execute = scene.market.execute_ix(*target, *number, *price);
        // The lender pays the fee.
        scene.world.send(std::slice::from_ref(&execute), &[&scene.lender.key, &authority]).expect("change_execute");
        assert_eq!(scene.world.get(&authority.pubkey()).lamports, before + rent);
        assert_eq!(scene.world.get(&address), Account::default());
        scene.world.send(&[execute], &[&authority]).expect_err("there is no such change");
    }
}

/// INV-11: a change to a shorter delay waits for the old delay itself.
#[test]
fn a_shorter_delay_waits_for_the_old_one_and_applies_to_later_proposals_only() {
    let mut scene = Scene::established();
    let settings: MarketSettings = scene.market.state(&scene.world).market;
    let market = MarketSettings { change_delay_secs: 3_600, ..settings };
    scene
        .market
        .propose(&mut scene.world, ChangeTarget::Market, 1, Proposal::Market { market })
        .expect("change_propose");
    scene.wait(3_600);
    refused(scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::ChangeTooEarly);
    let (sol, proposal) = (scene.market.target(SOL), settings_proposal(&scene, SOL));
    scene.market.propose(&mut scene.world, sol, 2, proposal).expect("change_propose");
    scene.wait(DAY - 3_600);
    scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None).expect("change_execute");
    refused(scene.market.execute(&mut scene.world, sol, 2, None), BallastError::ChangeTooEarly);
    scene.market.propose(&mut scene.world, sol, 3, proposal).expect("change_propose");
    assert_eq!(scene.market.change(&scene.world, 3).executable_at, scene.world.now() + 3_600);
}

/// Interest over the notice accrues at the old rate, exactly as core computes it, with and without a refresh in
/// between.
#[test]
fn a_change_of_the_rate_accrues_at_the_old_rate_first() {
    let mut scene = Scene::established();
    let points = [(0, 500), (10_000, 7_000)];
    let points = points.map(|(utilization_bps, rate_bps)| CurvePoint { utilization_bps, rate_bps });
    let old = scene.market.settings(&scene.world, USD);
    let settings = Settings { curve: Curve::new(&points).expect("a curve"), ..old };
    let (usd, proposal) = (scene.market.target(USD), Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS });
    scene.market.propose(&mut scene.world, usd, 1, proposal).expect("change_propose");
    scene.wait(3 * DAY);
    let now = scene.world.now();
    let (mut expected, mut accrued) = (scene.pool(USD), scene.pool(USD));
    refresh(&mut accrued, None, now).expect("core accrues");
    change_execute(&mut expected, &settings, Ramp::MIN_SECS, &default_terms(), now).expect("core changes it");

    let refreshed = scene.attempt(|scene| {
        scene.market.refresh(&mut scene.world, USD).expect("refresh");
        scene.market.execute(&mut scene.world, usd, 1, None).expect("change_execute");
        scene.pool(USD)
    });
    scene.market.execute(&mut scene.world, usd, 1, None).expect("change_execute");

    let after = scene.pool(USD);
    assert_eq!((after, refreshed), (expected, expected));
    let (before, indices) = (accrued.ledger, after.ledger);
    assert_eq!((indices.debt_index, indices.supply_index), (before.debt_index, before.supply_index));
    assert!(indices.borrow_rate > before.borrow_rate, "the new rate applies from now on");
    scene.audit();
}

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
    assert_eq!(scene.world.get(&event.change), Account::default(), "its rent was returned");
    scene.audit();
}

#[test]
fn a_market_changes_its_own_settings_at_once_until_it_has_a_delay() {
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
    scene
        .market
        .propose(&mut scene.world, ChangeTarget::Market, 1, Proposal::Market { market })
        .expect("change_propose");
    assert_eq!(scene.market.change(&scene.world, 1).executable_at, scene.world.now() + 3_600);
    scene.wait(3_599);
    refused(scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::ChangeTooEarly);
    scene.wait(1);
    scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None).expect("change_execute");
    assert_eq!(scene.market.state(&scene.world).market.terms.cure_slots, 8);
}

/// A tightening to 0 included, each guard of a reserve in use is still there after one change.
#[test]
fn no_change_removes_a_guard() {
    let mut scene = Scene::simple();
    let strict = |settings: &mut Settings| {
        let limits = &mut settings.limits;
        (limits.outflow_bps, limits.supply_cap_atoms, limits.allowed_debts) = (1_000, 1_000_000_000, 0);
        (limits.max_utilization_bps, limits.probation_secs, limits.collateral_cap_usd) = (5_000, 864_000, 1_000_000);
        settings.guard = Settings::CLOSED.guard;
        settings.margin = MarginModel { z_bps: 40_000, stress_bps: 10_000, horizon_secs: 600, ..MarginModel::OFF };
    };
    scene.market.set(&mut scene.world, USD, strict).expect("a stricter change");
    let delay = DAY.unsigned_abs();
    scene.market.set_market(&mut scene.world, |market| market.change_delay_secs = delay).expect("a change");
    scene.market.tighten(&mut scene.world, USD, |to| to.supply_cap_atoms = 0).expect("at once");
    let loosenings: [fn(&mut Settings); 7] = [
        |to| to.limits.supply_cap_atoms = u64::MAX,
        |to| to.limits.outflow_bps = 10_000,
        |to| to.limits.allowed_debts = Limits::ANY_DEBT,
        |to| to.limits.max_utilization_bps = 10_000,
        |to| to.limits.probation_secs = 0,
        |to| {
            to.guard = PriceGuard {
                max_age_new_risk_secs: PriceGuard::MAX_AGE_SECS,
                max_age_liquidation_secs: PriceGuard::MAX_AGE_SECS,
                max_confidence_bps: 10_000,
                confidence_multiplier_bps: 0,
                max_ema_deviation_bps: PriceGuard::MAX_BAND_BPS,
                max_move_bps: PriceGuard::MAX_BAND_BPS,
            };
        },
        |to| to.margin = MarginModel::OFF,
    ];
    let Scene { world, market, .. } = &mut scene;
    let (target, tight) = (market.target(USD), market.settings(world, USD));
    let change = |loosen: fn(&mut Settings)| {
        let mut settings = tight;
        loosen(&mut settings);
        Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS }
    };
    for loosen in loosenings {
        refused(market.propose(world, target, 1, change(loosen)), BallastError::StepTooLarge);
    }
    market.propose(world, target, 1, change(|to| to.limits.supply_cap_atoms = 2_000_000_000)).expect("double");
    world.advance(DAY);
    market.execute(world, target, 1, None).expect("change_execute");
    assert_eq!(market.settings(world, USD).limits.supply_cap_atoms, 2_000_000_000);
}

/// At the execution more of the probation has passed than at the proposal, and what is left then counts.
#[test]
fn refuses_a_probation_cut_by_more_than_half_of_what_is_left_by_then() {
    let mut scene = Scene::established();
    let opened_at = scene.world.now();
    scene.set_pool(SOL, |pool| {
        (pool.opened_at, pool.settings.limits.probation_secs) = (opened_at, 864_000);
        pool.settings.limits.collateral_cap_usd = 1_000_000;
    });
    let Scene { world, market, .. } = &mut scene;
    let (target, from) = (market.target(SOL), market.settings(world, SOL));
    let shorter = |probation_secs| {
        let mut settings = from;
        settings.limits.probation_secs = probation_secs;
        Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS }
    };
    refused(market.propose(world, target, 1, shorter(431_999)), BallastError::StepTooLarge);
    market.propose(world, target, 1, shorter(432_000)).expect("half");
    world.advance(DAY);
    refused(market.execute(world, target, 1, None), BallastError::StepTooLarge);
    refused(market.propose(world, target, 2, shorter(475_199)), BallastError::StepTooLarge);
    market.propose(world, target, 2, shorter(475_200)).expect("a day, and half of the nine that are left");
}
