//! What to pay for a place in a block, and whether a liquidation is worth it.

use ballast_client::transaction::priority_lamports;
use ballast_core::units::{BPS_ONE, Usd};

use crate::setup::FeeSettings;

/// What a transaction offers for its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeOffer {
    pub micro_lamports_per_unit: u64,
    pub tip_lamports: u64,
}

impl FeeOffer {
    /// The cost of one signature.
    const BASE_LAMPORTS: u64 = 5_000;

    /// `paid` and `tipped` are the price of a compute unit and the tip that others have recently paid. Losses raise
    /// both toward the caps with their cube, because the first losses may be bad luck.
    pub fn new(fees: &FeeSettings, paid: u64, tipped: u64, losses: u32) -> Self {
        let urgent = u128::from(paid) * u128::from(fees.urgency_bps) / u128::from(BPS_ONE);
        let cap = fees.cap_micro_lamports;
        let price = u64::try_from(urgent).unwrap_or(u64::MAX).max(raised(cap, losses, fees.most_losses));
        let tip = tipped.max(raised(fees.cap_tip_lamports, losses, fees.most_losses)).min(fees.cap_tip_lamports);
        Self {
            micro_lamports_per_unit: price.max(fees.floor_micro_lamports).min(cap),
            tip_lamports: if fees.tip_account.is_some() { tip } else { 0 },
        }
    }

    /// Returns the cost of a transaction that is in a block but has failed.
    pub fn failed_lamports(&self, units: u32) -> u64 {
        priority_lamports(self.micro_lamports_per_unit, units).saturating_add(Self::BASE_LAMPORTS)
    }

    /// Returns the cost of a transaction that succeeds.
    pub fn lamports(&self, units: u32) -> u64 {
        self.failed_lamports(units).saturating_add(self.tip_lamports)
    }
}

/// Returns `cap * (losses / most)^3`.
fn raised(cap: u64, losses: u32, most: u32) -> u64 {
    let (losses, most) = (u128::from(losses.min(most)), u128::from(most.max(1)));
    // At most the cap.
    (u128::from(cap) * losses.pow(3) / most.pow(3)) as u64
}

/// How recent liquidations have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LandingRecord {
    pub landed: u64,
    pub failed: u64,
}

impl LandingRecord {
    /// At this count the record forgets half: a bad hour must not silence the keeper forever.
    const MEMORY: u64 = 64;

    /// Forgets half, because time has passed. Otherwise a keeper that expects to fail would never try again.
    pub fn fade(&mut self) {
        *self = Self { landed: self.landed / 2, failed: self.failed / 2 };
    }

    /// Counts one more outcome.
    pub fn add(&mut self, is_landed: bool) {
        *(if is_landed { &mut self.landed } else { &mut self.failed }) += 1;
        if self.landed + self.failed >= Self::MEMORY {
            self.fade();
        }
    }

    /// Returns the chance of the next one in basis points, by Laplace's rule: one half before anything is known.
    pub fn chance_bps(&self) -> u64 {
        let (landed, failed) = (u128::from(self.landed), u128::from(self.failed));
        ((landed + 1) * u128::from(BPS_ONE) / (landed + failed + 2)) as u64
    }

    /// Returns what an attempt is expected to earn, in units of 2^-40 USD. `gross` is what it earns before costs if it
    /// lands, `cost` what it costs then, and `failed_cost` what it costs if it fails.
    pub fn expected(&self, gross: i128, cost: Usd, failed_cost: Usd) -> i128 {
        let chance = i128::from(self.chance_bps());
        let one = i128::from(BPS_ONE);
        let landed = gross.saturating_sub(cost.0.cast_signed()).saturating_mul(chance);
        landed.saturating_sub(failed_cost.0.cast_signed().saturating_mul(one - chance)) / one
    }
}
