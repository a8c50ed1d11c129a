//! Cancels a queued change. docs/MODEL.md, "change_cancel".

use crate::notice::ChangeNotice;

/// Cancels a change of the reserve or market that has the `epoch`, and all other changes of this epoch. So nobody can
/// propose faster than another cancels.
pub fn change_cancel(epoch: &mut u64, notice: &ChangeNotice) {
    if notice.epoch == *epoch {
        *epoch = epoch.saturating_add(1);
    }
}
