//! What instructions name: an asset, an obligation with its positions, a wallet, the target of a change.

use crate::accounts::Found;
use crate::addresses::{reserve_address, vault_address, voucher_address};
use anchor_lang::prelude::Address;
use ballast::state::Reserve;
use ballast_core::positions::Positions;

/// A reserve and the addresses in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    pub reserve: Address,
    pub mint: Address,
    pub vault: Address,
    pub voucher_mint: Address,
    /// The token program of mint and vault: SPL Token or Token-2022.
    pub token_program: Address,
    /// Pyth's price account.
    pub price: Address,
}

impl Asset {
    /// Derives the addresses of a mint's reserve, which need not exist yet.
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

/// An obligation, and the accounts of its positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObligationAccounts {
    pub obligation: Address,
    /// In slot order.
    pub positions: Vec<PositionAccounts>,
}

/// The accounts of a position that instructions take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionAccounts {
    pub reserve: Address,
    pub price: Address,
}

/// An obligation has a position in a reserve that the snapshot does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot does not have reserve {0}; read the market again")]
pub struct UnknownReserve(pub Address);

impl ObligationAccounts {
    /// `price_of` returns the price account of a reserve.
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

    /// Returns the remaining accounts of an instruction that already names these reserves
    /// (`programs/ballast/src/quotes.rs`).
    pub fn others(&self, named: &[&Asset]) -> Vec<Address> {
        let other = |position: &&PositionAccounts| named.iter().all(|asset| asset.reserve != position.reserve);
        self.positions.iter().filter(other).flat_map(|position| [position.reserve, position.price]).collect()
    }
}

/// The signer, and the token account that pays or receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenWallet {
    pub signer: Address,
    pub tokens: Address,
}

/// What a change changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTarget {
    Reserve(Address),
    Market,
}

impl ChangeTarget {
    /// Returns the optional reserve account of the instructions.
    pub(super) fn reserve(self) -> Option<Address> {
        match self {
            Self::Reserve(reserve) => Some(reserve),
            Self::Market => None,
        }
    }
}
