//! Transactions that somebody signs now and sends at any later time.

use crate::receipt::{Failure, Receipt};
use crate::world::World;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction::advance_nonce_account;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

/// An account of the system program. Its value takes the place of a recent blockhash.
pub struct Nonce {
    pub address: Address,
    pub authority: Address,
    value: [u8; 32],
}

impl Nonce {
    pub fn new(world: &mut World, authority: &Keypair) -> Self {
        let (address, authority) = (world.address(), authority.pubkey());
        let value = world.address().to_bytes();
        // The current version, initialized: authority, value, lamports per signature.
        let state = [1u32, 1].map(u32::to_le_bytes).concat();
        let data = [state.as_slice(), authority.as_ref(), value.as_slice(), &5_000u64.to_le_bytes()].concat();
        world.set(address, Account { lamports: 10_000_000, data, ..Account::default() });
        Self { address, authority, value }
    }

    pub fn advance_ix(&self) -> Instruction {
        advance_nonce_account(&self.address, &self.authority)
    }

    /// Sends the instructions after the advance, with the nonce as the blockhash, so that they do not expire.
    pub fn send(
        &self,
        world: &mut World,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, Failure> {
        let all = [&[self.advance_ix()], instructions].concat();
        let payer = signers.first().expect("a transaction has a payer").pubkey();
        let message = VersionedMessage::Legacy(Message::new_with_blockhash(&all, Some(&payer), &self.value.into()));
        let transaction = VersionedTransaction::try_new(message, signers).expect("all signers are given");
        Ok(world.svm.send_transaction(transaction)?.into())
    }
}
