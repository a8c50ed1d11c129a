//! The bank of a validator, in this process.

use crate::chain::Chain;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_testkit::{Failure, Receipt};
use solana_account::Account;
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_program_test::tokio::runtime::{Builder, Runtime};
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_rent::Rent;
use solana_signer::Signer;
use solana_transaction::Transaction;

pub struct Bank {
    context: ProgramTestContext,
    /// The bank is asynchronous; a test sends one step after the other.
    runtime: Runtime,
}

impl Bank {
    /// Starts a chain with these accounts and Solana's own.
    pub fn new(genesis: impl IntoIterator<Item = (Address, Account)>) -> Self {
        // With one thread, the bank's ticks stand still while nobody waits for the bank. A blockhash lives for 150
        // ticks of about 6 ms. On a busy machine it would otherwise expire between two lines of this file.
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let mut test = ProgramTest::default();
        // `ProgramTest` has turned on the log of every program to stderr. The receipts contain the logs anyway.
        log::set_max_level(log::LevelFilter::Off);
        for (address, account) in genesis {
            test.add_account(address, account);
        }
        let context = runtime.block_on(test.start_with_context());
        Self { context, runtime }
    }

    pub fn rent(&self) -> Rent {
        self.runtime.block_on(self.context.banks_client.get_rent()).expect("a rent")
    }
}

impl Chain for Bank {
    fn send(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Result<Receipt, Failure> {
        let Self { context, runtime } = self;
        let outcome = runtime.block_on(async {
            // With an old blockhash the bank would refuse a second copy of a transaction as already processed.
            let blockhash = context.get_new_latest_blockhash().await.expect("a blockhash");
            let payer = signers.first().expect("a transaction has a payer").pubkey();
            let transaction =
                Transaction::new_signed_with_payer(std::slice::from_ref(instruction), Some(&payer), signers, blockhash);
            context.banks_client.process_transaction_with_metadata(transaction).await.expect("the bank answers")
        });
        let (compute_units, logs) = outcome
            .metadata
            .map_or_else(Default::default, |metadata| (metadata.compute_units_consumed, metadata.log_messages));
        match outcome.result {
            Ok(()) => Ok(Receipt { compute_units, logs }),
            Err(error) => Err(Failure { error, logs }),
        }
    }

    fn get(&self, address: &Address) -> Account {
        let account = self.runtime.block_on(self.context.banks_client.get_account(*address));
        account.expect("the bank answers").unwrap_or_default()
    }

    fn set(&mut self, address: &Address, account: Account) {
        self.context.set_account(address, &account.into());
    }

    /// The bank creates the slots up to this one, with epochs and their sysvars. Only the time is set here.
    fn set_clock(&mut self, slot: u64, unix_timestamp: i64) {
        self.context.warp_to_slot(slot).expect("a later slot");
        let clock: Clock = self.runtime.block_on(self.context.banks_client.get_sysvar()).expect("a clock");
        assert_eq!(clock.slot, slot);
        self.context.set_sysvar(&Clock { unix_timestamp, ..clock });
    }
}
