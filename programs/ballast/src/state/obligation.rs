//! An obligation: the account of a borrower's positions. docs/MODEL.md, "Delegates". Enforces INV-14.

use crate::error::BallastError;
use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use ballast_core::call::Call;
use ballast_core::op::obligation_settings::Right;
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
    /// The key that may also add collateral; zero for nobody.
    pub delegate: Address,
    /// What the delegate may do beyond that, see [`Right`].
    pub delegate_rights: u64,
    pub call: Call,
    pub positions: Positions,
    pub reserved: [u64; 13],
}

/// The signer for an obligation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Owner,
    Delegate,
}

impl Obligation {
    /// INV-14: the owner may do everything, a delegate what every delegate may and what the owner has granted.
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
