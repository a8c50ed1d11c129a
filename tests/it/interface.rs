//! The interface as committed: instructions and their accounts by name. `binary.rs` compares it with the program.

use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use serde_json::Value;
use std::sync::LazyLock;

static IDL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../snapshots/ballast.idl.json")).expect("an IDL in JSON"));

fn instructions() -> &'static [Value] {
    IDL["instructions"].as_array().expect("instructions")
}

fn names(entries: &'static [Value]) -> impl Iterator<Item = &'static str> {
    entries.iter().map(|entry| entry["name"].as_str().expect("a name"))
}

/// Returns the names of all instructions.
pub fn instruction_names() -> impl Iterator<Item = &'static str> {
    names(instructions())
}

/// Returns the names of an instruction's accounts, in order. The remaining accounts have none.
pub fn account_names(instruction: &str) -> Vec<&'static str> {
    let found = instructions().iter().find(|entry| entry["name"] == instruction).expect("an instruction");
    account_names_of(found)
}

fn account_names_of(entry: &'static Value) -> Vec<&'static str> {
    names(entry["accounts"].as_array().expect("accounts")).collect()
}

/// Returns the account names of an instruction whose data starts with the discriminator of one.
fn names_in(instruction: &Instruction) -> Vec<&'static str> {
    let begins_data = |byte: &Value, data: &u8| byte.as_u64() == Some(u64::from(*data));
    let found = instructions().iter().find(|entry| {
        let discriminator = entry["discriminator"].as_array().expect("a discriminator");
        discriminator.iter().zip(&instruction.data).all(|(byte, data)| begins_data(byte, data))
    });
    account_names_of(found.expect("an instruction of the program"))
}

/// Returns the account of an instruction by its name in the interface.
pub fn account_of<'a>(instruction: &'a mut Instruction, name: &str) -> &'a mut AccountMeta {
    let index = names_in(instruction).iter().position(|known| *known == name);
    &mut instruction.accounts[index.unwrap_or_else(|| panic!("the instruction has no account {name}"))]
}

/// Returns how many accounts the interface names. The remaining accounts follow them.
pub fn named_accounts(instruction: &Instruction) -> usize {
    names_in(instruction).len()
}

/// Returns the address of an instruction's only signer.
pub fn signer_of(instruction: &mut Instruction) -> &mut Address {
    let mut signers = instruction.accounts.iter_mut().filter(|meta| meta.is_signer);
    let signer = signers.next().expect("a signer");
    assert!(signers.next().is_none(), "one signer");
    &mut signer.pubkey
}

/// Drops the reserve and the price of the last position from the remaining accounts.
pub fn drop_last_position(instruction: &mut Instruction) {
    instruction.accounts.truncate(instruction.accounts.len() - 2);
}

/// Drops the reserves and prices of all positions: everything behind the named accounts.
pub fn drop_positions(instruction: &mut Instruction) {
    let named = named_accounts(instruction);
    instruction.accounts.truncate(named);
}
