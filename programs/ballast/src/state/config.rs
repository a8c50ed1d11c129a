//! A market.

use crate::error::{BallastError, refused};
use anchor_lang::prelude::*;
use ballast_core::terms::LiquidationTerms;
use bytemuck::{Pod, Zeroable};

/// What governance decides about a market as a whole.
#[derive(Clone, Copy, Pod, Zeroable, AnchorSerialize, AnchorDeserialize)]
#[cfg_attr(feature = "idl-build", derive(IdlType))]
#[repr(C)]
pub struct MarketSettings {
    pub terms: LiquidationTerms,
    /// May tighten limits, pause reserves and cancel changes; nothing else.
    pub guardian: Address,
    /// Who owns the token accounts that fees are paid to.
    pub fee_receiver: Address,
    /// How long a proposed change waits before it can be executed. 0 while the market is being set up; never lowered to 0 again.
    pub change_delay_secs: u64,
}

/// One per market, at `[b"config", creator]`.
#[account]
pub struct Config {
    pub version: u8,
    pub bump: u8,
    /// How many assets have been listed.
    pub reserve_count: u8,
    pub reserved_flags: [u8; 5],
    /// Who opened the market: part of its address, without rights of its own.
    pub creator: Address,
    /// Who lists assets and changes parameters.
    pub authority: Address,
    /// Who may accept the authority; zero for nobody.
    pub pending_authority: Address,
    pub market: MarketSettings,
    /// Counts the changes of the settings.
    pub epoch: u64,
    pub reserved: [u64; 15],
}

impl MarketSettings {
    /// An hour.
    pub const MIN_DELAY_SECS: u64 = 3_600;
    /// 30 days.
    pub const MAX_DELAY_SECS: u64 = 2_592_000;

    pub fn validate(&self) -> Result<()> {
        self.terms.validate().map_err(refused)?;
        let delay = self.change_delay_secs;
        let waits = delay == 0 || (Self::MIN_DELAY_SECS..=Self::MAX_DELAY_SECS).contains(&delay);
        require!(waits, BallastError::InvalidDelay);
        // Whatever was collected meanwhile would be in accounts that nobody controls.
        require!(self.fee_receiver != Address::default(), BallastError::NoFeeReceiver);
        Ok(())
    }

    /// Whether these may replace `from`: what has once been waited for is always waited for.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        require!(from.change_delay_secs == 0 || self.change_delay_secs != 0, BallastError::InvalidDelay);
        self.terms.check_step(&from.terms).map_err(refused)
    }
}

impl Config {
    /// The authority and the guardian.
    pub fn may_tighten(&self, signer: &Address) -> bool {
        self.authority == *signer || self.market.guardian == *signer
    }
}
