//! What the client asks a chain. `RpcClient` of `solana_rpc_client` implements it with the feature `rpc`; so does the
//! tests' World.

use crate::accounts::ProgramAccount;
use anchor_lang::prelude::Address;
use solana_account::Account;
use solana_hash::Hash;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

pub trait Chain {
    type Error: std::error::Error;

    /// Returns the program's accounts that pass the filter.
    fn program_accounts(&self, filter: &Filter) -> Result<Vec<(Address, Account)>, Self::Error>;
    /// Returns the accounts at these addresses, in this order, all of one slot; at most [`BATCH`].
    fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Self::Error>;
    fn latest_blockhash(&self) -> Result<Hash, Self::Error>;
    /// Simulates a transaction without verifying its signatures or its blockhash, and returns the accounts at `watched`
    /// after it.
    fn simulate(&self, transaction: &VersionedTransaction, watched: &[Address]) -> Result<Simulation, Self::Error>;
}

/// The most accounts that a node returns for one request.
pub const BATCH: usize = 100;

/// Selects the program's accounts of one kind that have an address at an offset.
#[derive(Clone, Debug)]
pub struct Filter {
    pub discriminator: &'static [u8],
    pub data_size: u64,
    /// Counted from the start of the account, discriminator included.
    pub offset: usize,
    pub address: Address,
}

impl Filter {
    /// `field` is the offset of the address in the account's struct.
    pub fn new<T: ProgramAccount>(field: usize, address: Address) -> Self {
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
    /// The accounts at the watched addresses after the transaction, in their order. They mean nothing if it fails.
    pub accounts: Vec<Option<Account>>,
}
