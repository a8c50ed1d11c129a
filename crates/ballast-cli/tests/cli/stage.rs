//! A market behind a node, and a wallet whose keypair is on disk.

use crate::facade::Node;
use anchor_lang::prelude::Address;
use ballast_cli::answer::{Answer, CommandError};
use ballast_cli::command::Command;
use ballast_testkit::{Listing, Market, User, World};
use clap::Parser;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address;
use spl_token_interface::native_mint;
use tempfile::TempDir;

/// Runs a command line on a node, and checks that its output contains no secret.
pub fn ask(node: &Node, secrets: &[&Keypair], line: &str) -> Result<Answer, CommandError> {
    let command = Command::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}: {error}"));
    let rpc = RpcClient::new_with_commitment(&node.url, CommitmentConfig::confirmed());
    let answer = ballast_cli::answer(&command, &rpc);
    let said = match &answer {
        Ok(answer) => format!("{}{}", answer.text, answer.json),
        Err(failure) => format!("{failure}{}{failure:?}", failure.hint()),
    };
    for key in secrets {
        let (bytes, list) = (key.to_bytes(), format!("{:?}", key.to_bytes()));
        let forms = [key.to_base58_string(), list[1..60].to_owned(), bs58::encode(&bytes[..32]).into_string()];
        assert!(forms.iter().all(|secret| !said.contains(secret)), "{line} prints a secret");
    }
    answer
}

/// A market with SOL at 100 $ and a dollar, a lender of both, and a wallet with SOL and dollars.
pub struct Stage {
    pub node: Node,
    pub market: Market,
    pub key: Keypair,
    pub folder: TempDir,
}

pub const DOLLAR: usize = 1;
pub const SOL: usize = 0;

impl Stage {
    pub fn new() -> Self {
        let mut world = World::new();
        let mut market = Market::new(&mut world);
        let sol = world.native_mint();
        market.list_mint(&mut world, sol, &Listing::new(9, 100.0).named("SOL")).expect("a listing");
        market.list(&mut world, &Listing::new(6, 1.0).named("USDC"));
        let lender = User::new(&mut world, &market, 1_000_000_000_000);
        for asset in [SOL, DOLLAR] {
            lender.deposit(&mut world, &market, asset, 500_000_000_000).expect("deposit");
        }
        let key = world.wallet();
        let dollars = world.tokens(&market.assets[DOLLAR].mint, &key.pubkey(), 1_000_000_000);
        let account = world.get(&dollars);
        world.set(get_associated_token_address(&key.pubkey(), &market.assets[DOLLAR].mint), account);
        let folder = tempfile::tempdir().expect("a folder");
        write_key(&folder, "own.json", &key);
        Self { node: Node::serve(world), market, key, folder }
    }

    pub fn ask(&self, line: &str) -> Result<Answer, CommandError> {
        let line = format!("ballast {line} --market {}", self.market.config);
        ask(&self.node, &[&self.key, &self.market.authority, &self.market.guardian], &line)
    }

    /// Runs a command signed by the wallet.
    pub fn act(&self, line: &str) -> Result<Answer, CommandError> {
        self.ask(&format!("{line} --keypair {}/own.json", self.folder.path().display()))
    }

    pub fn dollars(&self) -> u64 {
        let mint = self.market.assets[DOLLAR].mint;
        self.node.chained().world.balance(&get_associated_token_address(&self.key.pubkey(), &mint))
    }

    pub fn lamports(&self) -> u64 {
        self.node.chained().world.get(&self.key.pubkey()).lamports
    }

    /// Returns the wallet's account for wrapped SOL. It is empty unless it holds some.
    pub fn wrapped(&self) -> Address {
        get_associated_token_address(&self.key.pubkey(), &native_mint::ID)
    }
}

pub fn write_key(folder: &TempDir, name: &str, key: &Keypair) {
    std::fs::write(folder.path().join(name), format!("{:?}", key.to_bytes())).expect("a file");
}
