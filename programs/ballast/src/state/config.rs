//! A market and its settings. docs/MODEL.md, "Governance". Enforces INV-8, INV-11.

use crate::error::{BallastError, refused};
use anchor_lang::prelude::*;
use ballast_core::notice::ChangeDelay;
use ballast_core::terms::LiquidationTerms;
use bytemuck::{Pod, Zeroable};

/// The settings of a market as a whole.
#[derive(Clone, Copy, Debug, Pod, Zeroable, AnchorSerialize, AnchorDeserialize)]
#[cfg_attr(feature = "idl-build", derive(IdlType))]
#[repr(C)]
pub struct MarketSettings {
    pub terms: LiquidationTerms,
    /// The key that may tighten limits, pause reserves and cancel changes, and nothing else.
    pub guardian: Address,
    /// The owner of the token accounts that fees are paid to.
    pub fee_receiver: Address,
    /// How long a proposed change waits before it can be executed. May be 0 while the market is set up, and never again
    /// after that.
    pub change_delay_secs: u64,
}

/// One per market, at `[b"config", creator]`.
#[account]
pub struct Config {
    pub version: u8,
    pub bump: u8,
    /// How many assets the market has listed.
    pub reserve_count: u8,
    pub reserved_flags: [u8; 5],
    /// The key that opened the market. Part of its address, without rights.
    pub creator: Address,
    /// The key that lists assets and changes settings.
    pub authority: Address,
    /// The key that may accept the authority; zero for nobody.
    pub pending_authority: Address,
    pub market: MarketSettings,
    /// Counts the changes of these settings, including canceled ones.
    pub epoch: u64,
    pub reserved: [u64; 15],
}

impl MarketSettings {
    pub fn delay(&self) -> ChangeDelay {
        ChangeDelay(self.change_delay_secs)
    }

    pub fn validate(&self) -> Result<()> {
        self.terms.validate().map_err(refused)?;
        self.delay().validate().map_err(refused)?;
        // Fees would be paid to token accounts that nobody controls.
        require!(self.fee_receiver != Address::default(), BallastError::NoFeeReceiver);
        Ok(())
    }

    /// Whether these may replace `from`.
    pub fn check_step(&self, from: &Self) -> Result<()> {
        self.delay().check_step(from.delay()).map_err(refused)?;
        self.terms.check_step(&from.terms).map_err(refused)
    }
}

impl Config {
    /// Returns whether the signer is the authority or the guardian.
    pub fn may_tighten(&self, signer: &Address) -> bool {
        self.authority == *signer || self.market.guardian == *signer
    }
}
