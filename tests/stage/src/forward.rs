//! Calls another program with the signature of an address of this program, as a multisig does after enough of its
//! members agree. Here anybody may ask.
//!
//! Data: that of the called instruction. Accounts: the authority, its salt, the called program, then those of the
//! called instruction.

use alloc::vec::Vec;
use pinocchio::cpi::{Seed, Signer, invoke_signed_with_slice};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, ProgramResult};

/// The seeds of an authority are this and its salt, which may be any address. So a test has as many authorities as it
/// wants.
pub const AUTHORITY: &[u8] = b"stage";

pub fn run(accounts: &[AccountView], bump: u8, data: &[u8]) -> ProgramResult {
    let [authority, salt, target, inner @ ..] = accounts else { return Err(ProgramError::NotEnoughAccountKeys) };
    let metas = inner.iter().map(|account| {
        let signs = account.is_signer() || account.address() == authority.address();
        InstructionAccount::new(account.address(), account.is_writable(), signs)
    });
    let metas = metas.collect::<Vec<_>>();
    let instruction = InstructionView { program_id: target.address(), accounts: &metas, data };
    // No check that the seeds give the authority's address: if they do not, the runtime finds no signature of the
    // authority.
    let bump = [bump];
    let seeds = [Seed::from(AUTHORITY), Seed::from(salt.address().as_ref()), Seed::from(&bump)];
    invoke_signed_with_slice(&instruction, inner, &[Signer::from(&seeds)])
}
