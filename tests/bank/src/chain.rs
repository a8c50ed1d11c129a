//! What the tests need from a chain, and the World as such a chain.

use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_testkit::{Failure, Receipt, World};
use solana_account::Account;
use solana_clock::Clock;
use solana_keypair::Keypair;

pub trait Chain {
    /// Sends the instruction as a transaction. The first signer pays the fee.
    fn send(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Result<Receipt, Failure>;

    /// Returns the account, or an empty one if there is none.
    fn get(&self, address: &Address) -> Account;

    /// Writes an account past all rules. Wallets, mints and prices come from outside the test.
    fn set(&mut self, address: &Address, account: Account);

    /// Moves to a later slot and time.
    fn set_clock(&mut self, slot: u64, unix_timestamp: i64);
}

/// Calls the World's functions of the same names.
impl Chain for World {
    fn send(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Result<Receipt, Failure> {
        World::send(self, std::slice::from_ref(instruction), signers)
    }

    fn get(&self, address: &Address) -> Account {
        World::get(self, address)
    }

    fn set(&mut self, address: &Address, account: Account) {
        World::set(self, *address, account);
    }

    fn set_clock(&mut self, slot: u64, unix_timestamp: i64) {
        self.svm.set_sysvar(&Clock { slot, unix_timestamp, ..self.svm.get_sysvar() });
    }
}
