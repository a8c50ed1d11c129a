//! `[market]`: the settings that hold for all reserves.

use crate::{MarketFileError, text};
use anchor_lang::prelude::Address;
use ballast::state::MarketSettings;
use ballast_core::terms::LiquidationTerms;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketSection {
    /// The key that opens the market. The market's address follows from it.
    #[serde(with = "text")]
    pub creator: Address,
    #[serde(with = "text")]
    pub guardian: Address,
    #[serde(with = "text")]
    pub fee_receiver: Address,
    /// In force once all reserves are listed. Until then, changes are executed without notice.
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
                rule: "keep to the ranges of LiquidationTerms in crates/ballast-core/src/terms.rs",
            });
        }
        let settings = MarketSettings { terms, guardian, fee_receiver, change_delay_secs };
        let delay = MarketFileError::Market { part: "change_delay_secs", rule: "use 0, or an hour to 30 days" };
        settings.validate().map(|()| settings).map_err(|_| delay)
    }
}

/// Repeats core's struct for serde, which core does not depend on. The compiler keeps the two equal.
#[derive(Serialize, Deserialize)]
#[serde(remote = "LiquidationTerms", deny_unknown_fields)]
struct Terms {
    base_bonus_bps: u16,
    health_slope_bps: u16,
    slot_step_centibps: u16,
    max_bonus_bps: u16,
    deep_step_centibps: u16,
    max_deep_bonus_bps: u16,
    deep_line_bps: u16,
    target_health_bps: u16,
    hard_line_bps: u16,
    warning_bps: u16,
    cure_slots: u32,
    relax_slots: u32,
    #[serde(skip)]
    reserved: u32,
    dust_cents: u64,
}
