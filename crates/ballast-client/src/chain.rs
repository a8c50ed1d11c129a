//! What the client needs of a chain. With the feature `rpc`, `solana_rpc_client`'s `RpcClient` is one; so is the World of the tests.

use crate::accounts::Kind;
use anchor_lang::prelude::Address;
use solana_account::Account;
use solana_hash::Hash;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

pub trait Chain {
    type Error: std::error::Error;

    /// The program's accounts that pass.
    fn program_accounts(&self, filter: &Filter) -> Result<Vec<(Address, Account)>, Self::Error>;
    /// All of one slot, in this order; at most [`BATCH`].
    fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Self::Error>;
    fn latest_blockhash(&self) -> Result<Hash, Self::Error>;
    /// Neither signatures nor blockhash are verified. `watched`: the addresses at which is looked afterwards.
    fn simulate(&self, transaction: &VersionedTransaction, watched: &[Address]) -> Result<Simulation, Self::Error>;
}

/// What nodes answer for at a time.
pub const BATCH: usize = 100;

/// Which of the program's accounts: those of one kind that have an address at an offset.
#[derive(Clone, Debug)]
pub struct Filter {
    pub discriminator: &'static [u8],
    pub data_size: u64,
    /// In the whole account.
    pub offset: usize,
    pub address: Address,
}

impl Filter {
    /// `field`: the offset in the kind's struct at which `address` stands.
    pub fn new<T: Kind>(field: usize, address: Address) -> Self {
        let discriminator = T::DISCRIMINATOR;
        Self { discriminator, data_size: T::LEN as u64, offset: discriminator.len() + field, address }
    }

    pub fn passes(&self, data: &[u8]) -> bool {
        let at_offset = data.get(self.offset..).is_some_and(|rest| rest.starts_with(self.address.as_ref()));
        data.len() as u64 == self.data_size && data.starts_with(self.discriminator) && at_offset
    }
}

/// What a transaction would do.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub result: Result<(), TransactionError>,
    pub compute_units: u64,
    pub logs: Vec<String>,
    /// What would stand at the watched addresses, in their order; of no meaning where the transaction fails.
    pub accounts: Vec<Option<Account>>,
}
