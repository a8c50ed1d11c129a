//! What instructions name: an asset, a borrower, a wallet, the target of a change.

use crate::accounts::Found;
use crate::addresses::{reserve_address, vault_address, voucher_address};
use anchor_lang::prelude::Address;
use ballast::state::Reserve;
use ballast_core::positions::Positions;

/// A reserve with the addresses that stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    pub reserve: Address,
    pub mint: Address,
    pub vault: Address,
    pub voucher_mint: Address,
    /// The program of mint and vault: SPL Token or Token-2022.
    pub token_program: Address,
    /// Pyth's account.
    pub price: Address,
}

impl Asset {
    /// Of a mint that may yet have to be listed.
    pub fn new(config: &Address, mint: Address, token_program: Address, price: Address) -> Self {
        let reserve = reserve_address(config, &mint);
        let (vault, voucher_mint) = (vault_address(&reserve), voucher_address(&reserve));
        Self { reserve, mint, vault, voucher_mint, token_program, price }
    }

    pub fn of(reserve: &Found<Reserve>) -> Self {
        let Reserve { mint, vault, voucher_mint, token_program, source, .. } = reserve.state;
        Self { reserve: reserve.address, mint, vault, voucher_mint, token_program, price: source.account }
    }
}

/// An obligation, and where its positions stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrower {
    pub obligation: Address,
    /// In slot order.
    pub positions: Vec<PositionAccounts>,
}

/// What instructions take of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionAccounts {
    pub reserve: Address,
    pub price: Address,
}

/// An obligation has a position in a reserve that was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reserve {0} is not among those that were read; read the market again")]
pub struct UnknownReserve(pub Address);

impl Borrower {
    /// `price_of` tells where the price account of a reserve stands.
    pub fn new(
        obligation: Address,
        positions: &Positions,
        price_of: impl Fn(&Address) -> Option<Address>,
    ) -> Result<Self, UnknownReserve> {
        let accounts = positions.as_slice().iter().map(|position| {
            let reserve = Address::from(position.reserve.bytes);
            let price = price_of(&reserve).ok_or(UnknownReserve(reserve))?;
            Ok(PositionAccounts { reserve, price })
        });
        Ok(Self { obligation, positions: accounts.collect::<Result<_, _>>()? })
    }

    /// The remaining accounts of an instruction that names these reserves (`programs/ballast/src/quotes.rs`).
    pub fn others(&self, named: &[&Asset]) -> Vec<Address> {
        let other = |position: &&PositionAccounts| named.iter().all(|asset| asset.reserve != position.reserve);
        self.positions.iter().filter(other).flat_map(|position| [position.reserve, position.price]).collect()
    }
}

/// Who signs for tokens, and the account that pays them or gets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub signer: Address,
    pub tokens: Address,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Reserve(Address),
    Market,
}

impl Target {
    /// The optional account of the instructions.
    pub(super) fn reserve(self) -> Option<Address> {
        match self {
            Self::Reserve(reserve) => Some(reserve),
            Self::Market => None,
        }
    }
}
