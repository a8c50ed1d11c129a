//! Sets the lines of an obligation and the rights of its delegate. docs/MODEL.md, "obligation_settings".

use crate::terms::LiquidationTerms;
use crate::{Refusal, Result};

/// What a signer does with an obligation (INV-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    AddCollateral,
    Withdraw,
    Borrow,
}

impl Right {
    /// Every right that an owner can grant.
    pub const ALL: u64 = 3;

    /// The bit of the delegate's rights; 0 for what every delegate may do.
    pub fn bit(self) -> u64 {
        match self {
            Self::AddCollateral => 0,
            Self::Withdraw => 1,
            Self::Borrow => 2,
        }
    }
}

/// Refuses a target health, a warning line or rights of the delegate that an owner cannot choose.
pub fn obligation_settings(target_health_bps: u16, warning_bps: u16, delegate_rights: u64) -> Result<()> {
    let lines = LiquidationTerms::is_target(target_health_bps) && warning_bps <= LiquidationTerms::MAX_WARNING_BPS;
    if lines && delegate_rights & !Right::ALL == 0 { Ok(()) } else { Err(Refusal::InvalidOwnerSettings) }
}
