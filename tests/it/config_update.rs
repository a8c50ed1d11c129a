//! config_update: the authority names a successor and can remove the name.

use crate::interface::account_of;
use crate::scene::Scene;
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ConfigUpdated;
use ballast::state::Config;
use ballast_testkit::{Failure, Receipt};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn name(scene: &mut Scene, successor: Address) -> Result<Receipt, Failure> {
    let update = scene.market.config_update_ix(successor);
    scene.world.send(&[update], &[&scene.market.authority])
}

fn accept(scene: &mut Scene, successor: &Keypair) -> Result<Receipt, Failure> {
    let accept = scene.market.config_accept_ix(successor.pubkey());
    scene.world.send(&[accept], &[successor])
}

#[test]
fn refuses_anyone_but_the_authority() {
    let mut scene = Scene::new();
    let successor = scene.world.wallet();
    name(&mut scene, successor.pubkey()).expect("config_update");
    let [guardian, fee_receiver, lender] =
        [&scene.market.guardian, &scene.market.fee_receiver, &scene.lender.key].map(Keypair::insecure_clone);
    for other in [guardian, fee_receiver, lender, successor] {
        let mut update = scene.market.config_update_ix(other.pubkey());
        account_of(&mut update, "authority").pubkey = other.pubkey();
        scene.world.svm.airdrop(&other.pubkey(), 1_000_000_000).expect("airdrop");
        refused(scene.world.send(&[update], &[&other]), BallastError::NotAuthority);
    }
}

#[test]
fn names_the_successor_changes_nothing_else_and_emits_the_event() {
    let mut scene = Scene::new();
    let successor = scene.world.address();
    let before = scene.market.state(&scene.world);

    let event: ConfigUpdated = name(&mut scene, successor).expect("config_update").event();

    let expected = Config { pending_authority: successor, ..before };
    assert_eq!(bytemuck::bytes_of(&scene.market.state(&scene.world)), bytemuck::bytes_of(&expected));
    assert_eq!((event.config, event.pending_authority), (scene.market.config, successor));
}

#[test]
fn the_last_named_successor_counts() {
    let mut scene = Scene::new();
    let [first, second] = [(); 2].map(|()| scene.world.wallet());
    name(&mut scene, first.pubkey()).expect("config_update");
    name(&mut scene, second.pubkey()).expect("config_update");
    refused(accept(&mut scene, &first), BallastError::NotAuthority);
    accept(&mut scene, &second).expect("config_accept");
}

#[test]
fn a_named_successor_can_be_removed() {
    let mut scene = Scene::new();
    let successor = scene.world.wallet();
    name(&mut scene, successor.pubkey()).expect("config_update");
    name(&mut scene, Address::default()).expect("config_update");
    refused(accept(&mut scene, &successor), BallastError::NotAuthority);
}

#[test]
fn the_authority_stays_in_office_until_the_successor_accepts() {
    let mut scene = Scene::new();
    let successor = scene.world.wallet();
    name(&mut scene, successor.pubkey()).expect("config_update");
    scene.market.set_market(&mut scene.world, |market| market.terms.cure_slots = 8).expect("still the authority");
    let mut usurped = scene.market.clone();
    usurped.authority = successor;
    refused(usurped.set_market(&mut scene.world, |market| market.terms.cure_slots = 9), BallastError::NotAuthority);
}
