//! The tests' other programs, in one: [`forward`] is the multisig or the governance that is the authority of a market,
//! [`swap`] the pool where a liquidator sells. ballast-testkit builds the instructions of each in `stage.rs`.
//!
//! Nothing here protects money. A check is there only if a faulty test would pass without it.
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

/// Only for the chain: the tests link this library with others that have an entrypoint and an allocator too.
#[cfg(target_os = "solana")]
mod chain {
    pinocchio::program_entrypoint!(super::process);
    pinocchio::default_allocator!();
    pinocchio::nostd_panic_handler!();
}
