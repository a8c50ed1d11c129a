//! Writes wallets, mints and token accounts.

use crate::instructions::ListedAsset;
use crate::keys::{self, key};
use crate::node::LocalNode;
use anyhow::Result;
use solana_account::Account;
use solana_address::Address;
use solana_program_pack::Pack;
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use spl_token_interface::native_mint;
use spl_token_interface::state::{Account as Tokens, AccountState, Mint};

/// The rent of a token account. A mint needs less.
const RENT: u64 = 2_039_280;
const LAMPORTS: u64 = 1_000_000_000_000;

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

/// The owner's associated token account.
pub fn token_address(asset: &ListedAsset, owner: &Address) -> Address {
    get_associated_token_address_with_program_id(owner, &asset.mint, &asset.token_program)
}

pub fn atoms(tokens: f64, decimals: u8) -> u64 {
    (tokens * 10f64.powi(decimals.into())) as u64
}

/// A mint with this supply, which the issuer may raise.
pub fn mint(asset: &ListedAsset, supply: u64) -> Account {
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
