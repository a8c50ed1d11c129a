//! Calls another program with the signature of an address of this one, as a multisig does once enough of its members agree. Here
//! everybody's word is enough.
//!
//! Data: the called instruction's. Accounts: the authority, its salt, the called program, then the called instruction's.

use alloc::vec::Vec;
use pinocchio::cpi::{Seed, Signer, invoke_signed_with_slice};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, ProgramResult};

/// An authority's seeds are this and its salt, any address: a test has as many authorities as it wants.
pub const AUTHORITY: &[u8] = b"stage";

pub fn run(accounts: &[AccountView], bump: u8, data: &[u8]) -> ProgramResult {
    let [authority, salt, target, inner @ ..] = accounts else { return Err(ProgramError::NotEnoughAccountKeys) };
    let metas = inner.iter().map(|account| {
        let signs = account.is_signer() || account.address() == authority.address();
        InstructionAccount::new(account.address(), account.is_writable(), signs)
    });
    let metas = metas.collect::<Vec<_>>();
    let instruction = InstructionView { program_id: target.address(), accounts: &metas, data };
    // Nobody compares their address with the authority's: where they differ, the runtime misses the authority's signature.
    let bump = [bump];
    let seeds = [Seed::from(AUTHORITY), Seed::from(salt.address().as_ref()), Seed::from(&bump)];
    invoke_signed_with_slice(&instruction, inner, &[Signer::from(&seeds)])
}
