//! A node over JSON-RPC as the chain.

use crate::chain::{Chain, Filter, Simulation};
use anchor_lang::prelude::Address;
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::api::client_error::Error;
use solana_rpc_client::api::config::{RpcProgramAccountsConfig, RpcSimulateTransactionConfig};
use solana_rpc_client::api::filter::{Memcmp, RpcFilterType};
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction::versioned::VersionedTransaction;

impl Chain for RpcClient {
    type Error = Error;

    fn program_accounts(&self, filter: &Filter) -> Result<Vec<(Address, Account)>, Error> {
        let filters = vec![
            RpcFilterType::DataSize(filter.data_size),
            RpcFilterType::Memcmp(Memcmp::new_raw_bytes(0, filter.discriminator.to_vec())),
            RpcFilterType::Memcmp(Memcmp::new_raw_bytes(filter.offset, filter.address.to_bytes().to_vec())),
        ];
        let config = RpcProgramAccountsConfig { filters: Some(filters), ..Default::default() };
        self.get_program_accounts_with_config(&ballast::ID, config)
    }

    fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Error> {
        self.get_multiple_accounts(addresses)
    }

    fn latest_blockhash(&self) -> Result<Hash, Error> {
        self.get_latest_blockhash()
    }

    fn simulate(&self, transaction: &VersionedTransaction) -> Result<Simulation, Error> {
        let config = RpcSimulateTransactionConfig {
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig::confirmed()),
            ..Default::default()
        };
        let answer = self.simulate_transaction_with_config(transaction, config)?.value;
        Ok(Simulation {
            result: answer.err.map_or(Ok(()), |error| Err(error.into())),
            compute_units: answer.units_consumed.unwrap_or_default(),
            logs: answer.logs.unwrap_or_default(),
        })
    }
}
