//! Closes a reserve to some actions for at most a day. docs/MODEL.md, "pause".

use crate::Result;
use crate::pause::Pauser;
use crate::pool::Pool;

/// Sets the pause. [`crate::pause::Pause::set`] says what the authority and the guardian may do.
pub fn pause(pool: &mut Pool, by: Pauser, actions: u64, secs: u32, now: i64) -> Result<()> {
    pool.pause.set(by, actions, secs, now)
}
