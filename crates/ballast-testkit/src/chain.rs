//! The World as the client's chain. Code that is tested on it runs on a node unchanged.

use crate::world::World;
use anchor_lang::prelude::Address;
use ballast_client::chain::{BATCH, Chain, Filter, Simulation};
use litesvm::types::TransactionMetadata;
use solana_account::Account;
use solana_hash::Hash;
use solana_transaction::versioned::VersionedTransaction;
use std::convert::Infallible;

impl Chain for World {
    type Error = Infallible;

    fn program_accounts(&self, filter: &Filter) -> Result<Vec<(Address, Account)>, Infallible> {
        let mut accounts = self.svm.get_program_accounts(&ballast::ID);
        accounts.retain(|(_, account)| filter.passes(&account.data));
        Ok(accounts)
    }

    fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Infallible> {
        assert!(addresses.len() <= BATCH, "a node refuses {} addresses in one request", addresses.len());
        Ok(addresses.iter().map(|address| self.svm.get_account(address)).collect())
    }

    fn latest_blockhash(&self) -> Result<Hash, Infallible> {
        Ok(self.svm.latest_blockhash())
    }

    fn simulate(&self, transaction: &VersionedTransaction, watched: &[Address]) -> Result<Simulation, Infallible> {
        let (result, meta, after) = match self.svm.simulate_transaction(transaction.clone()) {
            Ok(done) => (Ok(()), done.meta, done.post_accounts),
            Err(failed) => (Err(failed.err), failed.meta, Vec::new()),
        };
        let TransactionMetadata { compute_units_consumed: compute_units, logs, .. } = meta;
        let account = |address: &Address| {
            let after = after.iter().find(|(known, _)| known == address).map(|(_, account)| account.clone().into());
            after.or_else(|| self.svm.get_account(address))
        };
        Ok(Simulation { result, compute_units, logs, accounts: watched.iter().map(account).collect() })
    }
}
