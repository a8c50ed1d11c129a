//! A node over JSON-RPC, as a chain.

use crate::chain::{Chain, Filter, Simulation};
use anchor_lang::prelude::Address;
use solana_account::Account;
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::api::client_error::{Error, ErrorKind};
use solana_rpc_client::api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig,
};
use solana_rpc_client::api::filter::{Memcmp, RpcFilterType};
use solana_rpc_client::rpc_client::RpcClient;
use solana_transaction::versioned::VersionedTransaction;

impl Chain for RpcClient {
    type Error = Error;

    fn program_accounts(&self, filter: &Filter) -> Result<Vec<(Address, Account)>, Error> {
        let filters = vec![
            RpcFilterType::DataSize(filter.data_size),
            RpcFilterType::Memcmp(Memcmp::new_base58_encoded(0, filter.discriminator)),
            RpcFilterType::Memcmp(Memcmp::new_base58_encoded(filter.offset, filter.address.as_ref())),
        ];
        // By default a node answers in base 58, which it refuses for accounts of this size.
        let account_config = RpcAccountInfoConfig { encoding: Some(UiAccountEncoding::Base64), ..Default::default() };
        let config = RpcProgramAccountsConfig { filters: Some(filters), account_config, ..Default::default() };
        let found = self.get_program_ui_accounts_with_config(&ballast::ID, config)?.into_iter();
        found
            .map(|(address, account)| Ok((address, account.to_account().ok_or_else(|| unreadable(&address))?)))
            .collect()
    }

    fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, Error> {
        self.get_multiple_accounts(addresses)
    }

    fn latest_blockhash(&self) -> Result<Hash, Error> {
        self.get_latest_blockhash()
    }

    fn simulate(&self, transaction: &VersionedTransaction, watched: &[Address]) -> Result<Simulation, Error> {
        let looked_at = || RpcSimulateTransactionAccountsConfig {
            encoding: Some(UiAccountEncoding::Base64),
            addresses: watched.iter().map(ToString::to_string).collect(),
        };
        let config = RpcSimulateTransactionConfig {
            replace_recent_blockhash: true,
            commitment: Some(CommitmentConfig::confirmed()),
            accounts: (!watched.is_empty()).then(looked_at),
            ..Default::default()
        };
        let answer = self.simulate_transaction_with_config(transaction, config)?.value;
        let accounts = answer.accounts.unwrap_or_default().into_iter().zip(watched).map(|(account, address)| {
            account.map(|account| account.to_account().ok_or_else(|| unreadable(address))).transpose()
        });
        Ok(Simulation {
            result: answer.err.map_or(Ok(()), |error| Err(error.into())),
            compute_units: answer.units_consumed.unwrap_or_default(),
            logs: answer.logs.unwrap_or_default(),
            accounts: accounts.collect::<Result<_, _>>()?,
        })
    }
}

fn unreadable(address: &Address) -> Error {
    ErrorKind::Custom(format!("the node sent no bytes for {address}")).into()
}
