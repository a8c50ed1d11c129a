//! `[market]`: what holds for all reserves.

use crate::{MarketFileError, text};
use anchor_lang::prelude::Address;
use ballast::state::MarketSettings;
use ballast_core::terms::LiquidationTerms;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketSection {
    /// Who opened the market, or will: its address follows from it.
    #[serde(with = "text")]
    pub creator: Address,
    #[serde(with = "text")]
    pub guardian: Address,
    #[serde(with = "text")]
    pub fee_receiver: Address,
    /// From the moment at which all reserves are listed; until then changes wait for nothing.
    pub change_delay_secs: u64,
    #[serde(with = "Terms")]
    pub terms: LiquidationTerms,
}

impl MarketSection {
    pub fn settings(&self) -> Result<MarketSettings, MarketFileError> {
        let Self { guardian, fee_receiver, change_delay_secs, terms, .. } = *self;
        if terms.validate().is_err() {
            return Err(MarketFileError::Market {
                part: "terms",
                rule: "the ranges are the constants of LiquidationTerms",
            });
        }
        let settings = MarketSettings { terms, guardian, fee_receiver, change_delay_secs };
        let delay = MarketFileError::Market { part: "change_delay_secs", rule: "0, or from an hour to 30 days" };
        settings.validate().map(|()| settings).map_err(|_| delay)
    }
}

/// Core's struct, field by field, because core knows no serde; the compiler holds the two together.
#[derive(Serialize, Deserialize)]
#[serde(remote = "LiquidationTerms", deny_unknown_fields)]
struct Terms {
    base_bonus_bps: u16,
    health_slope_bps: u16,
    slot_step_bps: u16,
    max_bonus_bps: u16,
    deep_bonus_bps: u16,
    deep_line_bps: u16,
    target_health_bps: u16,
    hard_line_bps: u16,
    cure_slots: u32,
    warning_bps: u16,
    #[serde(skip)]
    reserved: u16,
    dust_cents: u64,
}
