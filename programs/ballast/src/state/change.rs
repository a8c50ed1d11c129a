//! A queued change. docs/MODEL.md, "Governance". Enforces INV-11.

use crate::error::{BallastError, refused};
use crate::state::{MarketSettings, PriceSource};
use anchor_lang::prelude::*;
use ballast_core::notice::ChangeNotice;
use ballast_core::settings::Settings;

/// One per proposal, at `[b"change", config, number]`. `kind` selects one of the three contents; the other two are
/// zero.
#[account]
pub struct Change {
    pub version: u8,
    pub bump: u8,
    /// 0: a reserve's settings, 1: a reserve's price feed, 2: the market's settings.
    pub kind: u8,
    pub reserved_flags: [u8; 5],
    pub config: Address,
    /// The account that changes: the reserve or the config.
    pub target: Address,
    /// The target's epoch when the change was proposed. Any other change of the target makes this one obsolete.
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

    pub fn notice(&self) -> ChangeNotice {
        ChangeNotice { epoch: self.epoch, executable_at: self.executable_at }
    }

    /// INV-11: refuses another target, one in another epoch, and a time before the end of the notice.
    pub fn check_executable(&self, target: &Address, epoch: u64, now: i64) -> Result<()> {
        require!(self.target == *target, BallastError::WrongChange);
        self.notice().check_executable(epoch, now).map_err(refused)
    }
}
