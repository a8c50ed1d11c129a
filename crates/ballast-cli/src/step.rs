//! The action of a plan's step: an instruction with its arguments.

use anchor_lang::prelude::Address;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast::symbol::Symbol;
use ballast_client::instructions::{self, Instruction};
use ballast_client::{Asset, ChangeTarget};
use ballast_core::settings::Tightening;
use serde::{Serialize, Serializer};

#[derive(Clone)]
pub enum StepAction {
    Init {
        creator: Address,
        settings: MarketSettings,
    },
    List {
        asset: Asset,
        feed: PriceFeed,
        accepted_powers: u64,
        symbol: Symbol,
    },
    Tighten {
        reserve: Address,
        to: Tightening,
    },
    Propose {
        target: ChangeTarget,
        number: u64,
        proposal: Proposal,
    },
    Execute {
        change: Address,
        target: ChangeTarget,
        new_price: Option<Address>,
        due: Due,
    },
    /// This instruction cannot be built yet: another step comes first, or the program would refuse it.
    Blocked(&'static str),
    /// No instruction does what the file says.
    Impossible,
}

/// Whether the notice of a change has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Now,
    Later,
}

impl StepAction {
    pub fn instruction(&self) -> &'static str {
        match self {
            Self::Init { .. } => "config_init",
            Self::List { .. } => "reserve_init",
            Self::Tighten { .. } => "reserve_tighten",
            Self::Propose { .. } => "change_propose",
            Self::Execute { .. } => "change_execute",
            Self::Blocked(instruction) => instruction,
            Self::Impossible => "none",
        }
    }

    pub fn is_due(&self) -> bool {
        match self {
            Self::Init { .. } | Self::List { .. } | Self::Tighten { .. } | Self::Propose { .. } => true,
            Self::Execute { due, .. } => *due == Due::Now,
            Self::Blocked(_) | Self::Impossible => false,
        }
    }

    /// Builds the instruction that the market's authority sends.
    pub fn build(&self, authority: &Address, config: &Address) -> Option<Instruction> {
        Some(match self.clone() {
            Self::Init { creator, settings } => instructions::config_init(&creator, settings),
            Self::List { asset, feed, accepted_powers, symbol } => {
                instructions::reserve_init(authority, config, &asset, feed, accepted_powers, symbol)
            }
            Self::Tighten { reserve, to } => instructions::reserve_tighten(authority, config, &reserve, to),
            Self::Propose { target, number, proposal } => {
                instructions::change_propose(authority, config, target, number, proposal)
            }
            Self::Execute { change, target, new_price, .. } => {
                instructions::change_execute(authority, config, target, change, new_price)
            }
            Self::Blocked(_) | Self::Impossible => return None,
        })
    }
}

/// Serializes as the name of the instruction.
impl Serialize for StepAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.instruction())
    }
}
