//! What exists before the market: the program, mints, price accounts, wallets with SOL and tokens. Written, not sent, because on other
//! clusters others have made it.

use crate::instructions::{Asset, Market};
use crate::keys::{self, key};
use crate::node::Node;
use crate::prices::Prices;
use crate::publish::publish;
use anchor_lang::prelude::Address;
use anyhow::{Context, Result};
use solana_account::Account;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::native_mint;
use spl_token_interface::state::{Account as Tokens, AccountState, Mint};
use std::path::Path;

/// What an account of a token or a mint keeps to exist, and more than enough.
const RENT: u64 = 2_039_280;
const LAMPORTS: u64 = 1_000_000_000_000;
/// What everybody has of every asset, in USD.
pub const DOLLARS: f64 = 1_000_000.0;

/// `path`: of the program that stands where Ballast does.
pub fn write(node: &Node, market: &Market, prices: &Prices, path: &Path) -> Result<()> {
    let elf = std::fs::read(path)
        .with_context(|| format!("{} cannot be read\nhint: `cargo xtask build` makes it", path.display()))?;
    node.deploy(ballast::ID, key(keys::AUTHORITY).pubkey(), &elf)?;
    for name in keys::ALL {
        node.set(key(name).pubkey(), Account { lamports: LAMPORTS, ..Account::default() })?;
    }
    for (asset, quote) in market.assets.iter().zip(&prices.quotes) {
        let amount = atoms(DOLLARS / quote.spot.dollars, asset.decimals);
        node.set(asset.mint, mint(asset, amount * keys::WITH_TOKENS.len() as u64))?;
        for name in keys::WITH_TOKENS {
            let owner = key(name).pubkey();
            node.set(token_address(asset, &owner), tokens(asset, owner, amount))?;
        }
    }
    publish(node, market, prices)
}

/// The owner's associated token account.
pub fn token_address(asset: &Asset, owner: &Address) -> Address {
    get_associated_token_address_with_program_id(owner, &asset.mint, &asset.token_program)
}

pub fn atoms(tokens: f64, decimals: u8) -> u64 {
    (tokens * 10f64.powi(decimals.into())) as u64
}

fn mint(asset: &Asset, supply: u64) -> Account {
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

fn tokens(asset: &Asset, owner: Address, amount: u64) -> Account {
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

fn packed<T: Pack>(state: T, asset: &Asset, lamports: u64) -> Account {
    let mut data = vec![0; T::LEN];
    state.pack_into_slice(&mut data);
    Account { lamports, data, owner: asset.token_program, ..Account::default() }
}
