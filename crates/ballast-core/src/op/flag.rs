//! Records that an obligation has crossed its warning line or the call line, and runs its clocks. docs/MODEL.md, "flag".

use crate::call::{Call, Crossing, Crossings};
use crate::health::{Health, Totals};
use crate::terms::LiquidationTerms;
use crate::units::Bps;
use crate::{Refusal, Result};

/// The lines crossed, at which health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagRecord {
    pub health: Health,
    pub crossings: Crossings,
}

/// Compares the maintenance health with the records, and runs the clocks of the auction. `warning` is how far above 1
/// the owner wants a warning.
///
/// Refuses when nothing would change, so that a transaction without effect fails in simulation.
pub fn flag(call: &mut Call, totals: &Totals, terms: &LiquidationTerms, warning: Bps, slot: u64) -> Result<FlagRecord> {
    let crossings = call.update(totals, terms, warning, slot);
    let Crossings { warning, call, clocks } = crossings;
    if warning == Crossing::None && call == Crossing::None && !clocks {
        return Err(Refusal::NothingToFlag);
    }
    Ok(FlagRecord { health: totals.maintenance, crossings })
}
