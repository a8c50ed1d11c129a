//! Give a queued change up. docs/MODEL.md, "change_cancel".

use crate::notice::ChangeNotice;

/// Cancels a change of the market that `epoch` counts for. The changes that were proposed beside it go with it, so that
/// nobody proposes faster than another cancels.
pub fn change_cancel(epoch: &mut u64, notice: &ChangeNotice) {
    if notice.epoch == *epoch {
        *epoch = epoch.saturating_add(1);
    }
}
