//! All that a market's authority signs for, ready to be sent.

use crate::scene::{SOL, Scene, USD};
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast::error::BallastError;
use ballast::instructions::Proposal;
use ballast_core::risk::Ramp;
use ballast_testkit::Listing;
use ballast_testkit::governance::as_tight;
use solana_signer::Signer;

/// An instruction that goes through by itself.
pub struct Deed {
    pub name: &'static str,
    pub instruction: Instruction,
    /// What anybody else's is refused with.
    pub refusal: BallastError,
}

impl Deed {
    /// The same, signed by another.
    pub fn by(&self, signer: &Address) -> Instruction {
        let mut instruction = self.instruction.clone();
        instruction.accounts[0].pubkey = *signer;
        instruction
    }
}

/// One of each kind, in a market without a delay.
pub fn deeds(scene: &mut Scene) -> Vec<Deed> {
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
    let deed = |name, instruction, refusal| Deed { name, instruction, refusal };
    use BallastError::{NotAuthority, NotGuardian};
    vec![
        deed("config_update", market.config_update_ix(Address::default()), NotAuthority),
        deed("config_accept", market.config_accept_ix(authority), NotAuthority),
        deed("reserve_init", market.reserve_init(&candidate, &listing), NotAuthority),
        deed("change_propose", market.propose_ix(target, to_propose, proposal), NotAuthority),
        deed("change_execute", market.execute_ix(target, to_execute, None), NotAuthority),
        deed("change_cancel", market.cancel_ix(&authority, to_cancel), NotGuardian),
        deed("reserve_tighten", market.tighten_ix(&authority, SOL, tight), NotGuardian),
        deed("pause", market.pause_ix(&authority, USD, 15, 60), NotGuardian),
    ]
}
