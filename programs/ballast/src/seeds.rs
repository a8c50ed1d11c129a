//! Seeds of the program-derived addresses. The program verifies each address once, when it creates the account.
//! Afterwards the account's owner, its discriminator and the addresses stored in it identify it.

use crate::ID;
use anchor_lang::prelude::*;

/// `[CONFIG, creator]`
pub const CONFIG: &[u8] = b"config";
/// `[RESERVE, config, mint]`; the reserve is also the authority of its vault.
pub const RESERVE: &[u8] = b"reserve";
/// `[VAULT, reserve]`
pub const VAULT: &[u8] = b"vault";
/// `[VOUCHER, reserve]`
pub const VOUCHER: &[u8] = b"voucher";
/// `[OBLIGATION, config, owner, number as u16 little-endian]`
pub const OBLIGATION: &[u8] = b"obligation";
/// `[CHANGE, config, number as u64 little-endian]`
pub const CHANGE: &[u8] = b"change";

pub fn config_address(creator: &Address) -> Address {
    Address::find_program_address(&[CONFIG, creator.as_ref()], &ID).0
}

pub fn reserve_address(config: &Address, mint: &Address) -> Address {
    Address::find_program_address(&[RESERVE, config.as_ref(), mint.as_ref()], &ID).0
}

pub fn vault_address(reserve: &Address) -> Address {
    Address::find_program_address(&[VAULT, reserve.as_ref()], &ID).0
}

pub fn voucher_address(reserve: &Address) -> Address {
    Address::find_program_address(&[VOUCHER, reserve.as_ref()], &ID).0
}

pub fn obligation_address(config: &Address, owner: &Address, number: u16) -> Address {
    Address::find_program_address(&[OBLIGATION, config.as_ref(), owner.as_ref(), &number.to_le_bytes()], &ID).0
}

pub fn change_address(config: &Address, number: u64) -> Address {
    Address::find_program_address(&[CHANGE, config.as_ref(), &number.to_le_bytes()], &ID).0
}
