//! change_cancel: guardian and authority can cancel a change at any time; the rent returns to the authority.

use crate::interface::account_of;
use crate::scene::{DAY, SOL, Scene, USD};
use crate::verdict::refused;
use ballast::error::BallastError;
use ballast::event::ChangeCancelled;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::Config;
use ballast_core::notice::ChangeNotice;
use ballast_core::risk::Ramp;
use ballast_testkit::{ChangeTarget, Market};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A market with a delay, in which a change of the settings of SOL waits as number 1.
fn proposed() -> Scene {
    let mut scene = Scene::established();
    let settings = scene.market.settings(&scene.world, SOL);
    propose(&mut scene, SOL, Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS }, 1);
    scene
}

fn propose(scene: &mut Scene, asset: usize, proposal: Proposal, number: u64) {
    let target = scene.market.target(asset);
    scene.market.propose(&mut scene.world, target, number, proposal).expect("change_propose");
}

#[test]
fn refuses_anyone_but_guardian_and_authority() {
    let mut scene = proposed();
    let foreign = Market::new(&mut scene.world);
    let others = [&scene.market.fee_receiver, &scene.lender.key, &foreign.authority, &foreign.guardian];
    for other in others.map(Keypair::insecure_clone) {
        let cancel = scene.market.cancel_ix(&other.pubkey(), 1);
        refused(scene.world.send(&[cancel], &[&other]), BallastError::NotGuardian);
    }
}

#[test]
fn pays_the_rent_to_nobody_but_the_authority() {
    let mut scene = proposed();
    let guardian = scene.market.guardian.insecure_clone();
    let mut cancel = scene.market.cancel_ix(&guardian.pubkey(), 1);
    account_of(&mut cancel, "authority").pubkey = guardian.pubkey();
    refused(scene.world.send(&[cancel], &[&guardian]), BallastError::NotAuthority);
}

#[test]
fn refuses_the_guardian_of_another_market() {
    let mut scene = proposed();
    let foreign = Market::new(&mut scene.world);
    let mut cancel = scene.market.cancel_ix(&foreign.guardian.pubkey(), 1);
    account_of(&mut cancel, "config").pubkey = foreign.config;
    account_of(&mut cancel, "authority").pubkey = foreign.authority.pubkey();
    refused(scene.world.send(&[cancel], &[&foreign.guardian]), BallastError::WrongMarket);
}

#[test]
fn guardian_and_authority_cancel_and_the_rent_returns() {
    let mut scene = proposed();
    let Market { authority, guardian, config, .. } = scene.market.clone();
    for signer in [&guardian, &authority] {
        scene.attempt(|scene| {
            let change = ballast::seeds::change_address(&config, 1);
            let rent = scene.world.get(&change).lamports;
            let before = scene.world.get(&authority.pubkey()).lamports;
            let cancel = scene.market.cancel_ix(&signer.pubkey(), 1);

            // The lender pays the fee, so that the authority's balance changes by the rent alone.
            let receipt = scene.world.send(&[cancel], &[&scene.lender.key, signer]);

            let event: ChangeCancelled = receipt.expect("change_cancel").event();
            assert_eq!((event.config, event.change, event.signer), (config, change, signer.pubkey()));
            assert_eq!(scene.world.get(&change), Account::default());
            assert_eq!(scene.world.get(&authority.pubkey()).lamports, before + rent);
        });
    }
}

/// The authority needs no other signer, not even for the fee.
#[test]
fn the_authority_cancels_and_pays_the_fee() {
    let mut scene = proposed();
    let cancel = scene.market.cancel_ix(&scene.market.authority.pubkey(), 1);
    scene.world.send(&[cancel], &[&scene.market.authority]).expect("change_cancel");
}

#[test]
fn cancels_every_kind_of_change_and_changes_no_settings() {
    let mut scene = proposed();
    let feed_id = scene.market.assets[USD].feed.id;
    propose(&mut scene, USD, Proposal::Feed { feed: PriceFeed { feed_id, shard: 0, receiver: 1 } }, 2);
    let market = scene.market.state(&scene.world).market;
    scene
        .market
        .propose(&mut scene.world, ChangeTarget::Market, 3, Proposal::Market { market })
        .expect("change_propose");
    let state = |scene: &Scene| {
        let accounts = [scene.market.config, scene.market.assets[SOL].reserve, scene.market.assets[USD].reserve];
        accounts.map(|account| scene.world.get(&account))
    };
    let (before, epoch) = (state(&scene), scene.market.state(&scene.world).epoch);
    for number in [1, 2, 3] {
        scene.market.cancel(&mut scene.world, number).expect("change_cancel");
    }
    let config = scene.market.state(&scene.world);
    assert_eq!(config.epoch, epoch + 1);
    // Apart from the epoch, nothing has changed.
    scene.world.write(&scene.market.config, &Config { epoch, ..config });
    assert_eq!(state(&scene), before);
}

/// The authority can propose many changes at once. The guardian needs to cancel only one that is not obsolete.
#[test]
fn canceling_a_market_change_also_cancels_those_proposed_beside_it_and_none_later() {
    let mut scene = proposed();
    let market = scene.market.state(&scene.world).market;
    let propose = |scene: &mut Scene, number| {
        let proposal = Proposal::Market { market };
        scene.market.propose(&mut scene.world, ChangeTarget::Market, number, proposal).expect("change_propose");
    };
    for number in [2, 3, 4] {
        propose(&mut scene, number);
    }
    scene.market.cancel(&mut scene.world, 2).expect("change_cancel");
    propose(&mut scene, 5);
    // Canceling an obsolete change cancels no other.
    scene.market.cancel(&mut scene.world, 3).expect("change_cancel");
    scene.wait(DAY);
    let execute =
        |scene: &mut Scene, number| scene.market.execute(&mut scene.world, ChangeTarget::Market, number, None);
    refused(execute(&mut scene, 4), BallastError::ChangeObsolete);
    execute(&mut scene, 5).expect("change_execute");
    let sol = scene.market.target(SOL);
    scene.market.execute(&mut scene.world, sol, 1, None).expect("a reserve's change stays");
}

#[test]
fn a_cancelled_change_cannot_be_executed_or_cancelled_again() {
    let mut scene = proposed();
    let target = scene.market.target(SOL);
    scene.market.cancel(&mut scene.world, 1).expect("change_cancel");
    scene.wait(DAY);
    scene.market.execute(&mut scene.world, target, 1, None).expect_err("there is no such change");
    scene.market.cancel(&mut scene.world, 1).expect_err("there is no such change");
}

/// A number can be used again; the new change waits for the whole delay.
#[test]
fn a_number_that_was_cancelled_can_be_proposed_again() {
    let mut scene = proposed();
    scene.wait(DAY - 1);
    scene.market.cancel(&mut scene.world, 1).expect("change_cancel");
    let settings = scene.market.settings(&scene.world, SOL);
    propose(&mut scene, SOL, Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS }, 1);
    assert_eq!(scene.market.change(&scene.world, 1).executable_at, scene.world.now() + DAY);
}

#[test]
fn cancels_before_and_after_the_notice_and_when_obsolete() {
    let mut scene = proposed();
    for secs in [0, DAY, DAY + ChangeNotice::LIFE_SECS + 1] {
        scene.attempt(|scene| {
            scene.wait(secs);
            scene.market.cancel(&mut scene.world, 1).expect("change_cancel");
        });
    }
}

/// The authority may be an account that accepts no rent. The guardian can still cancel.
#[test]
fn an_authority_that_is_a_program_does_not_stop_the_guardian() {
    let mut scene = proposed();
    let mut config = scene.market.state(&scene.world);
    config.authority = ballast_testkit::programs::STAGE_ID;
    scene.world.write(&scene.market.config, &config);
    let mut cancel = scene.market.cancel_ix(&scene.market.guardian.pubkey(), 1);
    account_of(&mut cancel, "authority").pubkey = config.authority;
    scene.world.send(&[cancel], &[&scene.market.guardian]).expect("change_cancel");
}
