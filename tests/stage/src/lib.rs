//! The other programs that the tests act with, in one: [`forward`] is the multisig or the governance that Ballast obeys, [`swap`] the
//! market where a liquidator sells. ballast-testkit has an instruction for each in `stage.rs`.
//!
//! Nothing here guards anybody's money: a check is made only where a test that forgot something would pass without it.
#![cfg_attr(target_os = "solana", no_std)]

extern crate alloc;

pub mod forward;
pub mod swap;

use pinocchio::error::ProgramError;
use pinocchio::{AccountView, Address, ProgramResult};

/// The first byte of an instruction's data. The second is the bump of the address that signs.
pub const FORWARD: u8 = 0;
pub const SWAP: u8 = 1;

pub fn process(program: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    match data {
        [FORWARD, bump, inner @ ..] => forward::run(accounts, *bump, inner),
        [SWAP, bump, amount @ ..] => swap::run(program, accounts, *bump, amount),
        _ => Err(ProgramError::InvalidInstructionData),
    }
}

/// Only on the chain: the tests link this library beside others that have an entrypoint and an allocator, too.
#[cfg(target_os = "solana")]
mod chain {
    pinocchio::program_entrypoint!(super::process);
    pinocchio::default_allocator!();
    pinocchio::nostd_panic_handler!();
}
