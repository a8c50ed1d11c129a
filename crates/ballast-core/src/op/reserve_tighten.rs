//! Lowers limits at once. docs/MODEL.md, "reserve_tighten".

use crate::Result;
use crate::pool::Pool;
use crate::settings::Tightening;

/// Lowers what may fall without notice: none of it makes anybody liquidatable (INV-11). Queued changes of the old
/// settings become obsolete.
pub fn reserve_tighten(pool: &mut Pool, to: &Tightening) -> Result<()> {
    pool.settings.tighten(to)?;
    pool.epoch = pool.epoch.saturating_add(1);
    Ok(())
}
