//! What the keeper knows of one account.

use anchor_lang::prelude::Address;
use ballast::state;
use ballast_core::call::Call;
use ballast_core::pool::Pool;
use ballast_core::positions::Positions;
use ballast_core::price::RawPrice;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::Bps;

/// The part of an obligation that decides about its liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackedObligation {
    pub positions: Positions,
    pub call: Call,
    /// The health that a liquidation restores.
    pub target: Bps,
    /// How far above 1 the owner wants to be warned, 0 to [`LiquidationTerms::MAX_WARNING_BPS`].
    pub warning: Bps,
}

impl From<&state::Obligation> for TrackedObligation {
    fn from(state: &state::Obligation) -> Self {
        let (target, warning) = (Bps(state.target_health_bps), Bps(state.warning_bps));
        Self { positions: state.positions, call: state.call, target, warning }
    }
}

/// An account's content.
#[derive(Clone, Debug, PartialEq)]
pub enum TrackedValue {
    Terms(LiquidationTerms),
    /// A reserve's books and settings, and the account that prices it.
    Reserve(Box<Pool>, Address),
    /// The price as it stands in the oracle's account. Core decides whether it may be used.
    Price(RawPrice),
    Obligation(Box<TrackedObligation>),
}

/// When an account was written. Write versions of one slot order its writes. Those of different nodes cannot be
/// compared, so one market listens to one node at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub slot: u64,
    /// `u64::MAX` for a value read as of the end of the slot.
    pub write_version: u64,
}

/// An account at one version. Without a value it is closed, or has never existed.
pub type VersionedValue = (Version, Option<TrackedValue>);

/// What a source says about one account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountUpdate {
    pub account: Address,
    pub version: Version,
    /// `None`: the account has been closed.
    pub value: Option<TrackedValue>,
}

/// Why the market refuses an update. It changes nothing then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    #[error("the obligation has a position in an unknown reserve; load the market's reserves first")]
    UnknownReserve,
    #[error("the listing number belongs to another reserve, or is too large")]
    ReserveNumber,
    #[error("the obligation breaks an invariant of the program, or owes 2^96 shares; it was not decoded correctly")]
    Malformed,
}
