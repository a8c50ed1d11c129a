//! What exists before the market: the programs, mints, price accounts, and wallets with SOL and tokens. The accounts
//! are written, not sent, because on other clusters other people have created them.

use crate::instructions::{ListedAsset, Market, SWAP_PROGRAM, swap_program_path};
use crate::keys::{self, key};
use crate::node::LocalNode;
use crate::prices::Prices;
use crate::publish::publish;
use crate::swaps;
use anyhow::{Result, anyhow};
use solana_account::Account;
use solana_address::Address;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::native_mint;
use spl_token_interface::state::{Account as Tokens, AccountState, Mint};
use std::path::Path;

/// More than a token account or a mint needs to exist.
const RENT: u64 = 2_039_280;
const LAMPORTS: u64 = 1_000_000_000_000;
/// What every wallet with tokens holds of every asset, in USD.
pub const DOLLARS: f64 = 1_000_000.0;

/// Writes it all. `path` is the program to deploy at Ballast's address.
pub fn write(node: &LocalNode, market: &Market, prices: &Prices, path: &Path) -> Result<()> {
    for (program, path) in [(ballast::ID, path), (SWAP_PROGRAM, &swap_program_path())] {
        let elf = std::fs::read(path).map_err(|error| {
            anyhow!("cannot read {}: {error}\nhint: run `cargo xtask build`, which compiles it", path.display())
        })?;
        node.deploy(program, key(keys::AUTHORITY).pubkey(), &elf)?;
    }
    for name in keys::ALL {
        fund(node, &key(name).pubkey())?;
    }
    for (number, asset) in market.assets.iter().enumerate() {
        let amount = share(market, prices, number);
        let pools = swaps::pools(market).filter(|([_, to], _)| *to == number).count();
        node.set(asset.mint, mint(asset, amount * (keys::WITH_TOKENS.len() + pools) as u64))?;
        for name in keys::WITH_TOKENS {
            give(node, asset, &key(name).pubkey(), amount)?;
        }
    }
    for ([from, to], swap) in swaps::pools(market) {
        give(node, &market.assets[from], &swap.pool, 0)?;
        give(node, &market.assets[to], &swap.pool, share(market, prices, to))?;
    }
    publish(node, market, prices)
}

/// Gives a wallet SOL for fees.
pub fn fund(node: &LocalNode, wallet: &Address) -> Result<()> {
    node.set(*wallet, Account { lamports: LAMPORTS, ..Account::default() })
}

/// Gives tokens, in the owner's associated token account, and returns its address.
pub fn give(node: &LocalNode, asset: &ListedAsset, owner: &Address, amount: u64) -> Result<Address> {
    let address = token_address(asset, owner);
    node.set(address, tokens(asset, *owner, amount))?;
    Ok(address)
}

/// What every wallet and every pool holds of an asset.
fn share(market: &Market, prices: &Prices, number: usize) -> u64 {
    atoms(DOLLARS / prices.quotes[number].spot.dollars, market.assets[number].decimals)
}

/// The owner's associated token account.
pub fn token_address(asset: &ListedAsset, owner: &Address) -> Address {
    get_associated_token_address_with_program_id(owner, &asset.mint, &asset.token_program)
}

pub fn atoms(tokens: f64, decimals: u8) -> u64 {
    (tokens * 10f64.powi(decimals.into())) as u64
}

fn mint(asset: &ListedAsset, supply: u64) -> Account {
    // Wrapped SOL has no issuer.
    let issuer = (asset.mint != native_mint::ID).then(|| key(keys::ISSUER).pubkey());
    let state = Mint {
        mint_authority: issuer.into(),
        supply: if issuer.is_some() { supply } else { 0 },
        decimals: asset.decimals,
        is_initialized: true,
        ..Mint::default()
    };
    packed(state, asset, RENT)
}

fn tokens(asset: &ListedAsset, owner: Address, amount: u64) -> Account {
    let wrapped = asset.mint == native_mint::ID;
    let state = Tokens {
        mint: asset.mint,
        owner,
        amount,
        state: AccountState::Initialized,
        is_native: wrapped.then_some(RENT).into(),
        ..Tokens::default()
    };
    packed(state, asset, if wrapped { RENT + amount } else { RENT })
}

fn packed<T: Pack>(state: T, asset: &ListedAsset, lamports: u64) -> Account {
    let mut data = vec![0; T::LEN];
    state.pack_into_slice(&mut data);
    Account { lamports, data, owner: asset.token_program, ..Account::default() }
}
