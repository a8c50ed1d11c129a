//! What a story needs of a chain, and the World as one.

use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_testkit::{Failure, Receipt, World};
use solana_account::Account;
use solana_clock::Clock;
use solana_keypair::Keypair;

pub trait Chain {
    /// Sends the instruction as a transaction; the first signer pays the fee.
    fn send(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Result<Receipt, Failure>;

    /// The account, empty where there is none.
    fn get(&self, address: &Address) -> Account;

    /// Writes an account past all rules: wallets, mints and prices come from outside the story.
    fn set(&mut self, address: &Address, account: Account);

    /// Moves on to a later slot at this time.
    fn set_clock(&mut self, slot: u64, unix_timestamp: i64);
}

/// By its own functions of the same names.
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
