//! Nobody can sign for the authority in advance: its instructions are refused under a durable nonce, whether the
//! authority is a key or a program.

use crate::admin::{AuthorityAction, actions};
use crate::scene::{ONE_USD, Scene, USD};
use crate::verdict::refused;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction::transfer;
use ballast::error::BallastError;
use ballast_testkit::nonce::Nonce;
use ballast_testkit::stage::{authority, forward};
use solana_account::Account;
use solana_signer::Signer;

fn stage() -> (Scene, Vec<AuthorityAction>) {
    let mut scene = Scene::simple();
    let actions = actions(&mut scene);
    (scene, actions)
}

#[test]
fn the_authority_can_do_everything_and_nobody_else_can() {
    let (mut scene, actions) = stage();
    for action in actions {
        let stranger = scene.lender.key.insecure_clone();
        refused(scene.world.send(&[action.by(&stranger.pubkey())], &[&stranger]), action.refusal);
        scene.attempt(|scene| {
            let receipt = scene.world.send(&[action.instruction], &[&scene.market.authority]);
            receipt.unwrap_or_else(|failure| panic!("{}: {failure:#?}", action.name));
        });
    }
}

/// Drift lost 285 million USD to two transactions that its signers had signed weeks earlier.
#[test]
fn every_instruction_of_the_authority_is_refused_under_a_durable_nonce() {
    let (mut scene, actions) = stage();
    for action in actions {
        let nonce = Nonce::new(&mut scene.world, &scene.lender.key);
        let signers = [&scene.market.authority, &scene.lender.key];
        refused(nonce.send(&mut scene.world, &[action.instruction], &signers), BallastError::DurableNonce);
    }
}

#[test]
fn every_instruction_of_a_program_as_authority_is_refused_under_a_durable_nonce() {
    let (mut scene, actions) = stage();
    let multisig = hand_over(&mut scene);
    for action in actions {
        let nonce = Nonce::new(&mut scene.world, &scene.lender.key);
        let forwarded = multisig.forward(&scene, action.instruction);
        refused(nonce.send(&mut scene.world, &[forwarded], &[&scene.lender.key]), BallastError::DurableNonce);
    }
}

/// The nonce itself is valid: the runtime does not refuse it.
#[test]
fn others_may_sign_with_a_durable_nonce() {
    let mut scene = Scene::simple();
    let nonce = Nonce::new(&mut scene.world, &scene.borrower.key);
    let repay = scene.borrower.repay_ix(&scene.market, scene.borrower.obligation, USD, ONE_USD);
    nonce.send(&mut scene.world, &[repay], &[&scene.borrower.key]).expect("repay");
}

/// The runtime looks for an advance in first place only. Elsewhere, the transaction needs a recent blockhash.
#[test]
fn only_a_nonce_advance_in_first_place_counts_as_a_durable_nonce() {
    let (mut scene, actions) = stage();
    for action in actions {
        let nonce = Nonce::new(&mut scene.world, &scene.lender.key);
        let gift = transfer(&scene.lender.address(), &scene.borrower.address(), 1);
        scene.attempt(|scene| {
            let all = [gift, action.instruction, nonce.advance_ix()];
            let receipt = scene.world.send(&all, &[&scene.market.authority, &scene.lender.key]);
            receipt.unwrap_or_else(|failure| panic!("{}: {failure:#?}", action.name));
        });
    }
}

/// An address of the stage program that holds the market's authority.
struct Multisig {
    address: Address,
    salt: Address,
}

impl Multisig {
    /// Returns the old authority's instruction as this authority sends it.
    fn forward(&self, scene: &Scene, mut inner: Instruction) -> Instruction {
        let old = scene.market.authority.pubkey();
        inner.accounts.iter_mut().filter(|meta| meta.pubkey == old).for_each(|meta| meta.pubkey = self.address);
        forward(inner, &self.salt)
    }
}

fn hand_over(scene: &mut Scene) -> Multisig {
    let salt = scene.market.config;
    let (address, _) = authority(&salt);
    scene.world.set(address, Account { lamports: 1_000_000_000, ..Account::default() });
    let update = scene.market.config_update_ix(address);
    scene.world.send(&[update], &[&scene.market.authority]).expect("config_update");
    let accept = forward(scene.market.config_accept_ix(address), &salt);
    scene.world.send(&[accept], &[&scene.lender.key]).expect("config_accept");
    let multisig = Multisig { address, salt };
    // It names itself as its successor, as the old authority did.
    let again = multisig.forward(scene, scene.market.config_update_ix(address));
    scene.world.send(&[again], &[&scene.lender.key]).expect("config_update");
    multisig
}

#[test]
fn a_program_can_hold_the_authority_and_do_everything() {
    let (mut scene, actions) = stage();
    let multisig = hand_over(&mut scene);
    for action in actions {
        let forwarded = multisig.forward(&scene, action.instruction.clone());
        scene.attempt(|scene| {
            let receipt = scene.world.send(&[forwarded], &[&scene.lender.key]);
            receipt.unwrap_or_else(|failure| panic!("{}: {failure:#?}", action.name));
        });
        refused(scene.world.send(&[action.instruction], &[&scene.market.authority]), action.refusal);
    }
}
