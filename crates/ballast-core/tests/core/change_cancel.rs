//! Canceling a change of the market cancels all others of the same epoch.

use ballast_core::notice::ChangeNotice;
use ballast_core::op::change_cancel::change_cancel;

#[test]
fn canceling_a_current_change_also_cancels_those_of_its_epoch() {
    for (proposed, current, after) in [(5, 5, 6), (4, 5, 5), (0, 0, 1), (u64::MAX, u64::MAX, u64::MAX)] {
        let mut epoch = current;
        change_cancel(&mut epoch, &ChangeNotice { epoch: proposed, executable_at: 0 });
        assert_eq!(epoch, after);
    }
}
