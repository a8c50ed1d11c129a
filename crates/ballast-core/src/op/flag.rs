//! Records that an obligation has crossed its warning line or the call line. docs/MODEL.md, "flag".

use crate::call::{Call, Crossing, Crossings};
use crate::health::{Health, Totals};
use crate::units::Bps;
use crate::{Refusal, Result};

/// The lines crossed, at which health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagRecord {
    pub health: Health,
    pub crossings: Crossings,
}

/// Compares the maintenance health with the records. `warning` is how far above 1 the owner wants a warning.
///
/// Refuses when health has crossed no line, so that a transaction without effect fails in simulation.
pub fn flag(call: &mut Call, totals: &Totals, warning: Bps, slot: u64) -> Result<FlagRecord> {
    let health = totals.maintenance;
    let crossings = call.update(&health, warning, slot);
    if crossings.warning == Crossing::None && crossings.call == Crossing::None {
        return Err(Refusal::NothingToFlag);
    }
    Ok(FlagRecord { health, crossings })
}
