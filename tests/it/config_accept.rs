//! config_accept: the named successor becomes the authority, and the old authority loses all power.

use crate::admin::actions;
use crate::scene::{DAY, Scene};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use ballast::error::BallastError;
use ballast::event::ConfigAccepted;
use ballast::instructions::Proposal;
use ballast::state::Config;
use ballast_testkit::{ChangeTarget, Failure, Market, Receipt};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn accept(scene: &mut Scene, signer: &Keypair) -> Result<Receipt, Failure> {
    let accept = scene.market.config_accept_ix(signer.pubkey());
    scene.world.send(&[accept], &[signer])
}

/// Names a successor.
fn named(scene: &mut Scene) -> Keypair {
    let successor = scene.world.wallet();
    let update = scene.market.config_update_ix(successor.pubkey());
    scene.world.send(&[update], &[&scene.market.authority]).expect("config_update");
    successor
}

/// Hands the market over and returns it with its new authority.
fn handed_over(scene: &mut Scene) -> Market {
    let successor = named(scene);
    accept(scene, &successor).expect("config_accept");
    Market { authority: successor, ..scene.market.clone() }
}

fn everybody(scene: &Scene) -> [Keypair; 4] {
    let Market { authority, guardian, fee_receiver, .. } = &scene.market;
    [authority, guardian, fee_receiver, &scene.lender.key].map(Keypair::insecure_clone)
}

#[test]
fn refuses_everybody_while_no_successor_is_named() {
    let mut scene = Scene::new();
    for signer in everybody(&scene) {
        refused(accept(&mut scene, &signer), BallastError::NotAuthority);
    }
}

#[test]
fn refuses_everybody_but_the_named_successor() {
    let mut scene = Scene::new();
    named(&mut scene);
    for signer in everybody(&scene) {
        refused(accept(&mut scene, &signer), BallastError::NotAuthority);
    }
}

#[test]
fn replaces_the_authority_clears_the_name_and_emits_the_event() {
    let mut scene = Scene::new();
    let successor = named(&mut scene);
    let before = scene.market.state(&scene.world);

    let event: ConfigAccepted = accept(&mut scene, &successor).expect("config_accept").event();

    let (authority, pending_authority) = (successor.pubkey(), Address::default());
    let expected = Config { authority, pending_authority, ..before };
    assert_eq!(bytemuck::bytes_of(&scene.market.state(&scene.world)), bytemuck::bytes_of(&expected));
    assert_eq!((event.config, event.authority), (scene.market.config, authority));
    refused(accept(&mut scene, &successor), BallastError::NotAuthority);
}

#[test]
fn the_old_authority_has_no_power_afterwards() {
    let mut scene = Scene::simple();
    let actions = actions(&mut scene);
    handed_over(&mut scene);
    for action in actions {
        refused(scene.world.send(&[action.instruction], &[&scene.market.authority]), action.refusal);
    }
}

#[test]
fn the_new_authority_can_do_everything() {
    let mut scene = Scene::simple();
    let actions = actions(&mut scene);
    let (old, market) = (scene.market.authority.pubkey(), handed_over(&mut scene));
    // It names itself as its successor, as the old authority did.
    let update = market.config_update_ix(market.authority.pubkey());
    scene.world.send(&[update], &[&market.authority]).expect("config_update");
    for action in actions {
        let mut instruction = action.instruction;
        instruction.accounts.iter_mut().filter(|meta| meta.pubkey == old).for_each(|meta| {
            meta.pubkey = market.authority.pubkey();
        });
        scene.attempt(|scene| {
            let receipt = scene.world.send(&[instruction], &[&market.authority]);
            receipt.unwrap_or_else(|failure| panic!("{}: {failure:#?}", action.name));
        });
    }
}

/// Queued changes keep their time: a handover neither shortens nor extends it.
#[test]
fn changes_in_the_queue_pass_to_the_new_authority() {
    let mut scene = Scene::established();
    let mut settings = scene.market.state(&scene.world).market;
    settings.terms.cure_slots = 8;
    let proposal = Proposal::Market { market: settings };
    scene.market.propose(&mut scene.world, ChangeTarget::Market, 1, proposal).expect("change_propose");
    let market = handed_over(&mut scene);
    refused(market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::ChangeTooEarly);
    scene.wait(DAY);
    refused(scene.market.execute(&mut scene.world, ChangeTarget::Market, 1, None), BallastError::NotAuthority);
    market.execute(&mut scene.world, ChangeTarget::Market, 1, None).expect("change_execute");
    assert_eq!(market.state(&scene.world).market.terms.cure_slots, 8);
}
