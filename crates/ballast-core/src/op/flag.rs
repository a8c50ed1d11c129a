//! Record that an obligation has crossed its warning line or the line of the margin call. docs/MODEL.md, "flag".

use crate::call::{Call, Crossing, Crossings};
use crate::health::{Health, Totals};
use crate::units::Bps;
use crate::{Refusal, Result};

/// The lines crossed, at which health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    pub health: Health,
    pub crossings: Crossings,
}

/// Compares the maintenance health with the records. `warning`: how far above 1 the owner wants to be warned.
///
/// Refuses when no line has been crossed, so that nobody pays for nothing.
pub fn flag(call: &mut Call, totals: &Totals, warning: Bps, slot: u64) -> Result<Flag> {
    let health = totals.maintenance;
    let crossings = call.update(&health, warning, slot);
    if crossings.warning == Crossing::None && crossings.call == Crossing::None {
        return Err(Refusal::NothingToFlag);
    }
    Ok(Flag { health, crossings })
}
