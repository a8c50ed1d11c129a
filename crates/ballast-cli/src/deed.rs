//! What the steps of a plan do.

use anchor_lang::prelude::Address;
use ballast::instructions::{PriceFeed, Proposal};
use ballast::state::MarketSettings;
use ballast_client::instructions::{self, Instruction};
use ballast_client::{Asset, ChangeTarget};
use ballast_core::settings::Tightening;

#[derive(Clone)]
pub enum Deed {
    Init {
        creator: Address,
        settings: MarketSettings,
    },
    List {
        asset: Asset,
        feed: PriceFeed,
        accepted_powers: u64,
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
        is_due: Due,
    },
    /// Another step comes first, or nothing can do it.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Now,
    Later,
}

impl Deed {
    pub fn instruction(&self) -> &'static str {
        match self {
            Self::Init { .. } => "config_init",
            Self::List { .. } => "reserve_init",
            Self::Tighten { .. } => "reserve_tighten",
            Self::Propose { .. } => "change_propose",
            Self::Execute { .. } => "change_execute",
            Self::None => "none",
        }
    }

    pub fn is_due(&self) -> bool {
        !matches!(self, Self::None | Self::Execute { is_due: Due::Later, .. })
    }

    /// As the market's authority sends it.
    pub fn build(&self, authority: &Address, config: &Address) -> Option<Instruction> {
        Some(match self.clone() {
            Self::Init { creator, settings } => instructions::config_init(&creator, settings),
            Self::List { asset, feed, accepted_powers } => {
                instructions::reserve_init(authority, config, &asset, feed, accepted_powers)
            }
            Self::Tighten { reserve, to } => instructions::reserve_tighten(authority, config, &reserve, to),
            Self::Propose { target, number, proposal } => {
                instructions::change_propose(authority, config, target, number, proposal)
            }
            Self::Execute { change, target, new_price, .. } => {
                instructions::change_execute(authority, config, target, change, new_price)
            }
            Self::None => return None,
        })
    }
}
