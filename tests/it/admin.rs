//! Every instruction that a market's authority signs, ready to be sent.

use crate::interface::signer_of;
use crate::scene::{SOL, Scene, USD};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast::instructions::Proposal;
use ballast_core::risk::Ramp;
use ballast_testkit::Listing;
use ballast_testkit::governance::as_tight;
use solana_signer::Signer;

/// An instruction that succeeds by itself.
pub struct AuthorityAction {
    pub name: &'static str,
    pub instruction: Instruction,
    /// The error for any other signer.
    pub refusal: BallastError,
}

impl AuthorityAction {
    /// Returns the instruction with another signer.
    pub fn by(&self, signer: &Address) -> Instruction {
        let mut instruction = self.instruction.clone();
        *signer_of(&mut instruction) = *signer;
        instruction
    }
}

/// Returns one action of each kind, in a market without a delay.
pub fn actions(scene: &mut Scene) -> Vec<AuthorityAction> {
    let [to_execute, to_cancel, to_propose] = [7, 8, 9];
    let Scene { world, market, .. } = scene;
    let (target, settings) = (market.target(SOL), market.settings(world, SOL));
    let proposal = Proposal::Settings { settings, ramp_secs: Ramp::MIN_SECS };
    for number in [to_execute, to_cancel] {
        market.propose(world, target, number, proposal).expect("change_propose");
    }
    let authority = market.authority.pubkey();
    // The market's authority is its own successor.
    world.send(&[market.config_update_ix(authority)], &[&market.authority]).expect("config_update");
    let listing = Listing::new(6, 1.0);
    let candidate = market.candidate(world, &listing);
    let tight = as_tight(&settings);
    let action = |name, instruction, refusal| AuthorityAction { name, instruction, refusal };
    use BallastError::{NotAuthority, NotGuardian};
    vec![
        action("config_update", market.config_update_ix(Address::default()), NotAuthority),
        action("config_accept", market.config_accept_ix(authority), NotAuthority),
        action("reserve_init", market.reserve_init(&candidate, &listing), NotAuthority),
        action("change_propose", market.propose_ix(target, to_propose, proposal), NotAuthority),
        action("change_execute", market.execute_ix(target, to_execute, None), NotAuthority),
        action("change_cancel", market.cancel_ix(&authority, to_cancel), NotGuardian),
        action("reserve_tighten", market.tighten_ix(&authority, SOL, tight), NotGuardian),
        action("pause", market.pause_ix(&authority, USD, 15, 60), NotGuardian),
    ]
}
