//! A borrower's account.

use crate::error::BallastError;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::call::Call;
use ballast_core::positions::Positions;

/// Several per owner, by number, at `[b"obligation", config, owner, number]`.
#[account]
pub struct Obligation {
    pub version: u8,
    pub bump: u8,
    pub number: u16,
    /// The health that a liquidation restores.
    pub target_health_bps: u16,
    /// How far above 1 the owner wants to be warned.
    pub warning_bps: u16,
    pub config: Address,
    pub owner: Address,
    /// Who else may add collateral; zero for nobody.
    pub delegate: Address,
    /// What else the delegate may do, see [`Right`].
    pub delegate_rights: u64,
    pub call: Call,
    pub positions: Positions,
    pub reserved: [u64; 13],
}

/// What a signer wants to do with an obligation.
#[derive(Clone, Copy)]
pub enum Right {
    AddCollateral,
    Withdraw,
    Borrow,
}

impl Right {
    /// All that an owner can grant.
    pub const ALL: u64 = 3;

    /// The bit of `delegate_rights`; 0 for what every delegate may do.
    pub fn bit(self) -> u64 {
        match self {
            Self::AddCollateral => 0,
            Self::Withdraw => 1,
            Self::Borrow => 2,
        }
    }
}

/// Who signs for an obligation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Owner,
    Delegate,
}

impl Obligation {
    /// INV-14: the owner may do all, the delegate what every delegate may and what the owner has granted.
    #[inline(never)]
    pub fn authorize(&self, signer: &Address, right: Right) -> Result<Actor> {
        if address_eq(&self.owner, signer) {
            return Ok(Actor::Owner);
        }
        require!(address_eq(&self.delegate, signer), BallastError::NotOwner);
        require!(self.delegate_rights & right.bit() == right.bit(), BallastError::NotGranted);
        Ok(Actor::Delegate)
    }
}
