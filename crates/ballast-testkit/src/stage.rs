//! The tests' other programs: a multisig that obeys everybody, and a market maker. `tests/stage` is their source.

use crate::programs::STAGE_ID;
use crate::world::World;
use anchor_lang::AccountMeta;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use solana_account::Account;
use stage::{FORWARD, SWAP, forward::AUTHORITY, swap::POOL};

/// An address that signs only through [`forward`], and its bump. Any address is a salt, and each salt gives another
/// authority.
pub fn authority(salt: &Address) -> (Address, u8) {
    Address::find_program_address(&[AUTHORITY, salt.as_ref()], &STAGE_ID)
}

/// The same instruction, called by the stage program. It needs the same signatures, except that of the salt's
/// authority.
pub fn forward(inner: Instruction, salt: &Address) -> Instruction {
    let (authority, bump) = authority(salt);
    let called = [authority, *salt, inner.program_id].map(|address| AccountMeta::new_readonly(address, false));
    let metas = inner.accounts.into_iter().map(|meta| {
        let is_signer = meta.is_signer && meta.pubkey != authority;
        AccountMeta { is_signer, ..meta }
    });
    let accounts = called.into_iter().chain(metas).collect();
    Instruction { program_id: STAGE_ID, accounts, data: [&[FORWARD, bump], inner.data.as_slice()].concat() }
}

/// A pool that pays `numerator` atoms of one mint for `denominator` atoms of another, rounded down, until it is empty.
#[derive(Clone, Copy, Debug)]
pub struct SwapPool {
    pub price: Address,
    pub pool: Address,
    pub vault_in: Address,
    pub vault_out: Address,
}

impl SwapPool {
    /// Creates a pool with `liquidity` newly minted atoms of `mint_out`.
    pub fn new(
        world: &mut World,
        mint_in: &Address,
        mint_out: &Address,
        numerator: u64,
        denominator: u64,
        liquidity: u64,
    ) -> Self {
        let price = world.address();
        let data = [numerator, denominator].map(u64::to_le_bytes).concat();
        world.set(price, Account { lamports: 10_000_000, data, owner: STAGE_ID, ..Account::default() });
        let (pool, _) = pool(&price);
        let vault_in = world.tokens(mint_in, &pool, 0);
        let vault_out = world.tokens(mint_out, &pool, liquidity);
        Self { price, pool, vault_in, vault_out }
    }

    /// The trader's account `source` pays, and their account `destination` receives. `u64::MAX` means all of the
    /// source.
    pub fn swap_ix(&self, trader: &Address, source: Address, destination: Address, amount_in: u64) -> Instruction {
        let Self { price, pool, vault_in, vault_out } = *self;
        let accounts = vec![
            AccountMeta::new_readonly(*trader, true),
            AccountMeta::new(source, false),
            AccountMeta::new(destination, false),
            AccountMeta::new_readonly(pool, false),
            AccountMeta::new(vault_in, false),
            AccountMeta::new(vault_out, false),
            AccountMeta::new_readonly(spl_token_interface::ID, false),
            AccountMeta::new_readonly(price, false),
        ];
        let (_, bump) = self::pool(&price);
        Instruction {
            program_id: STAGE_ID,
            accounts,
            data: [&[SWAP, bump], amount_in.to_le_bytes().as_slice()].concat(),
        }
    }
}

/// The address that owns the vaults of the pool with this price, and its bump.
pub fn pool(price: &Address) -> (Address, u8) {
    Address::find_program_address(&[POOL, price.as_ref()], &STAGE_ID)
}
