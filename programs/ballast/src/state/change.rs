//! A proposed change of parameters, waiting. docs/MODEL.md, "Governance".

use crate::error::BallastError;
use crate::state::{MarketSettings, PriceSource};
use anchor_lang::prelude::*;
use ballast_core::settings::Settings;

/// One per proposal, at `[b"change", config, number]`. Which of the three contents is meant, `kind` says; the others are zero.
#[account]
pub struct Change {
    pub version: u8,
    pub bump: u8,
    /// 0: a reserve's settings, 1: a reserve's price feed, 2: the market's settings.
    pub kind: u8,
    pub reserved_flags: [u8; 5],
    pub config: Address,
    /// What is changed: the reserve or the config.
    pub target: Address,
    /// The target's count of changes when this was proposed: whatever changes it meanwhile makes this one obsolete.
    pub epoch: u64,
    /// Unix seconds of the earliest execution.
    pub executable_at: i64,
    pub ramp_secs: u64,
    pub settings: Settings,
    pub source: PriceSource,
    pub market: MarketSettings,
}

impl Change {
    pub const SETTINGS: u8 = 0;
    pub const FEED: u8 = 1;
    pub const MARKET: u8 = 2;
    /// 14 days: a change that nobody has executed by then was given up.
    pub const LIFE_SECS: i64 = 1_209_600;

    /// INV-11: not before its notice is over, not after it was given up, and not on top of another change.
    pub fn check_executable(&self, target: &Address, epoch: u64, now: i64) -> Result<()> {
        require!(self.target == *target, BallastError::WrongChange);
        require!(now >= self.executable_at, BallastError::ChangeTooEarly);
        let given_up_at = self.executable_at.saturating_add(Self::LIFE_SECS);
        require!(now <= given_up_at && self.epoch == epoch, BallastError::ChangeObsolete);
        Ok(())
    }
}
