//! Deposits 0.1 BTC as collateral and borrows 1,000 USDC against it. By default on the localnet, as its wallet `alice`:
//!
//! cargo run --locked --ignore-rust-version -p ballast-client --features rpc --example borrow [URL KEYPAIR]

use anchor_lang::prelude::Address;
use ballast_client::instructions::{self, Instruction};
use ballast_client::snapshot::PricedReserve;
use ballast_client::transaction::{Envelope, written};
use ballast_client::{Snapshot, TokenWallet, addresses, send};
use ballast_core::price::PriceUse;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::{Keypair, read_keypair_file};
use solana_rpc_client::rpc_client::RpcClient;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use std::error::Error;

/// The node of `cargo xtask localnet` and a wallet's file; the addresses below are the same in every run.
const LOCALNET: [&str; 2] = ["http://127.0.0.1:8899", "target/localnet/alice.json"];
const CONFIG: Address = Address::from_str_const("4XYzXaH8P1WhyZqyL61uZvxUtCTmXvA4To8ZJYq2hF93");
const BTC: Address = Address::from_str_const("cbbtcf3aa214zXHbiAZQwf4122FBYbraNdFqgw4iMij");
const USDC: Address = Address::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
/// In atoms: BTC has 8 decimals, USDC 6.
const COLLATERAL: u64 = 10_000_000;
const LOAN: u64 = 1_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let named = std::env::args().skip(1).collect::<Vec<_>>();
    let [url, file] = if let [url, file] = named.as_slice() { [url.as_str(), file] } else { LOCALNET };
    // Confirmed, so that each read shows the transaction before it.
    let node = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::confirmed());
    let key = read_keypair_file(file).map_err(|_| format!("{file} is not a keypair"))?;
    let (owner, market) = (key.pubkey(), Snapshot::read(&node, &CONFIG)?);
    let (collateral, debt) = (listed(&market, &BTC)?, listed(&market, &USDC)?);

    let obligation = addresses::obligation_address(&CONFIG, &owner, 0);
    let open = instructions::obligation_open(&owner, &CONFIG, 0);
    let deposit = instructions::deposit(&wallet(&owner, collateral), &obligation, &collateral.asset(), COLLATERAL);
    let is_open = market.obligation(&node, &obligation).is_ok();
    act(&node, &key, if is_open { &[] } else { std::slice::from_ref(&open) }, deposit)?;

    // Read the obligation again, because `borrow` takes the accounts of all its positions.
    let borrower = market.obligation_accounts(&market.obligation(&node, &obligation)?)?;
    act(&node, &key, &[], instructions::borrow(&wallet(&owner, debt), &borrower, &debt.asset(), LOAN))?;

    let market = Snapshot::read(&node, &CONFIG)?;
    let totals = market.totals(&market.obligation(&node, &obligation)?.state.positions, PriceUse::Liquidation)?;
    println!("obligation {obligation}: health {} bps", totals.maintenance.factor_bps_floor());
    Ok(())
}

/// Simulates, which sets the compute unit limit and explains a refusal; then signs, sends, and waits until it has
/// landed.
fn act(node: &RpcClient, key: &Keypair, first: &[Instruction], last: Instruction) -> Result<(), Box<dyn Error>> {
    let instructions = [first, &[last]].concat();
    let micro_lamports_per_unit = send::recent_priority_fee(node, &written(&instructions))?;
    let envelope = Envelope { payer: key.pubkey(), micro_lamports_per_unit, tables: &[] };
    let message = envelope.prepare(node, &instructions, &[])?.message;
    let landed = send::send(node, &VersionedTransaction::try_new(message, &[key])?)?;
    println!("slot {}: {}", landed.slot, landed.signature);
    Ok(())
}

fn listed<'a>(market: &'a Snapshot, mint: &Address) -> Result<&'a PricedReserve, String> {
    let listed = market.reserves.iter().find(|listed| listed.reserve.state.mint == *mint);
    listed.ok_or_else(|| format!("the market does not list {mint}"))
}

/// The owner's associated token account. The localnet has created it.
fn wallet(owner: &Address, listed: &PricedReserve) -> TokenWallet {
    let asset = listed.asset();
    let tokens = get_associated_token_address_with_program_id(owner, &asset.mint, &asset.token_program);
    TokenWallet { signer: *owner, tokens }
}
